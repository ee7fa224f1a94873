"""Computes the next videos in parallel, one a core, while earlier ones are being stored."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from resources.runs.videos import Video
from resources.runs.work import Made, Maker
from videogen.runtime.progress import report, unheard
from videogen.runtime.worker_threads import cores, on_one_core, one_core_each

Values = Mapping[str, Made[Any]]


@contextmanager
def side_by_side(stage: str, videos: Sequence[Video], make: Maker) -> Iterator[Maker]:
    """Wrap `make` so that upcoming videos are computed in the background.

    It must be asked for `videos` in their order; a fault in one is raised when that one is asked for. Progress is
    then told by finished videos. On one core, or with one video, this is `make` itself.
    """
    workers = min(len(videos), cores())
    with one_core_each(workers, stage) as pool:
        yield make if pool is None else _beginning_early(pool, workers, stage, videos, make)


def _beginning_early(pool: ThreadPoolExecutor, workers: int, stage: str, videos: Sequence[Video], make: Maker) -> Maker:
    begun: dict[str, Future[Values]] = {}
    places = {video.id: place for place, video in enumerate(videos)}

    def ask(video: Video) -> Values:
        place = places[video.id]
        for near in videos[place : place + workers + 1]:
            if near.id not in begun:
                begun[near.id] = pool.submit(_alone, make, near)
        # A finished value must not stay in memory until the step ends.
        made = begun[video.id].result()
        begun[video.id] = Future()
        report(stage, place + 1, len(videos))
        return made

    return ask


def _alone(make: Maker, video: Video) -> Values:
    on_one_core()
    started = time.perf_counter()
    with unheard():
        values = make(video)
    each = (time.perf_counter() - started) / len(values)
    return {stage: replace(made, seconds=made.seconds or each) for stage, made in values.items()}
