"""Runs tasks in parallel worker threads, one a core, each with a single PyTorch thread."""

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
    """Return a pool of `workers` threads that call `on_one_core` first; None if one worker is enough.

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
    """Limit PyTorch to one core in this thread, so that parallel tasks do not wait for each other."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)


def together(pool: ThreadPoolExecutor | None, work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Apply `work` to each item and return the results in order. Errors are raised after all tasks have ended."""
    if pool is None or len(items) < 2:
        return [work(item) for item in items]

    def alone(item: Item) -> Result:
        on_one_core()
        return work(item)

    begun = [pool.submit(alone, item) for item in items]
    wait(begun)
    return [one.result() for one in begun]
