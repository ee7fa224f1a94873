"""Pieces of work side by side on a processor: one a core, each with one thread of PyTorch."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def one_core_each(workers: int, name: str) -> Iterator[ThreadPoolExecutor | None]:
    """A pool of `workers` threads, or None where that would be one; what runs in it first calls `on_one_core`.

    PyTorch's number of threads is as before when the block ends.
    """
    if workers < 2:
        yield None
        return
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else None
    try:
        with ThreadPoolExecutor(workers, thread_name_prefix=name) as pool:
            yield pool
    finally:
        # PyTorch keeps it for each thread, and once for those to come.
        if torch and before:
            torch.set_num_threads(before)


def on_one_core() -> None:
    """Give PyTorch one core in this thread: threads of several pieces of work would wait for each other."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)


def together(pool: ThreadPoolExecutor | None, work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """What `work` gives for each item, in order. A fault in one is raised when all are at rest."""
    if pool is None or len(items) < 2:
        return [work(item) for item in items]

    def alone(item: Item) -> Result:
        on_one_core()
        return work(item)

    begun = [pool.submit(alone, item) for item in items]
    wait(begun)
    return [one.result() for one in begun]
