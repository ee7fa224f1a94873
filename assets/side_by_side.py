"""Videos made side by side, one a core, while earlier ones are being stored."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from resources.videos import Video
from resources.work import Made
from videogen.progress import report, unheard

Maker = Callable[[Video], Made[Any]]


@contextmanager
def side_by_side(stage: str, videos: Sequence[Video], make: Maker) -> Iterator[Maker]:
    """`make`, which begins with the next videos before it is asked for them.

    It must be asked for `videos` in their order; a fault in one is raised when that one is asked for. Progress is
    then told by finished videos. On one core, or with one video, this is `make` itself.
    """
    workers = min(len(videos), cores())
    if workers < 2:
        yield make
        return
    begun: dict[str, Future[Made[Any]]] = {}
    places = {video.id: place for place, video in enumerate(videos)}

    def ask(video: Video) -> Made[Any]:
        place = places[video.id]
        for near in videos[place : place + workers + 1]:
            if near.id not in begun:
                begun[near.id] = pool.submit(_alone, make, near)
        # A finished value must not stay in memory until the step ends.
        made = begun[video.id].result()
        begun[video.id] = Future()
        report(stage, place + 1, len(videos))
        return made

    with ThreadPoolExecutor(workers, thread_name_prefix=stage) as pool, _threads_restored():
        yield ask


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _alone(make: Maker, video: Video) -> Made[Any]:
    if torch := sys.modules.get("torch"):
        # One core each: threads of several videos would wait for each other.
        torch.set_num_threads(1)
    started = time.perf_counter()
    with unheard():
        made = make(video)
    return replace(made, seconds=made.seconds or time.perf_counter() - started)


@contextmanager
def _threads_restored() -> Iterator[None]:
    """PyTorch's number of threads is kept for each thread and once for those to come; give the latter back."""
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else None
    try:
        yield
    finally:
        if torch and before:
            torch.set_num_threads(before)
