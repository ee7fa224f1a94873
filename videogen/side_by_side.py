"""Pieces of work side by side on a processor: one a core, each with one thread of PyTorch."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def one_core_each(workers: int, name: str) -> Iterator[ThreadPoolExecutor]:
    """A pool of `workers` threads; what runs in it should call `on_one_core` first.

    PyTorch's number of threads is as before when the block ends.
    """
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
