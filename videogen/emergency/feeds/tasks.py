"""Fetching many addresses beside each other, so that slow ones cost nobody else's time.

A group (a feed, with all that it points to) has a share of the workers and of the time. Fetching happens in threads;
what came is handled one by one in the caller's.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from threading import Thread
from typing import NamedTuple

from videogen.emergency.cap.reader import Link
from videogen.emergency.feeds.fetching import Reply, shown
from videogen.errors import FetchError

WORKERS, WORKERS_PER_GROUP = 16, 4
_LEAST_SECONDS = 0.2
_SLACK = 0.5


class Task(NamedTuple):
    """One address to fetch. link: None: the feed itself. fetch: is given the seconds that it may take."""

    group: str
    link: Link | None
    seconds: float
    fetch: Callable[[float], Reply]


class Outcome(NamedTuple):
    """What came of a task: a reply, or the error."""

    task: Task
    reply: Reply | None
    error: Exception | None


@dataclass
class _Group:
    waiting: deque[Task] = field(default_factory=deque)
    running: int = 0
    end: float | None = None


def run_tasks(
    tasks: Sequence[Task], on_outcome: Callable[[Outcome], Sequence[Task]], *, seconds: float, group_seconds: float
) -> None:
    """Fetch what the tasks name, in their order as far as there are workers; what is not begun in time is left out.

    Args:
        on_outcome: called for every task that ended, in this thread; returns what is to be fetched next.
        seconds: for all of them.
        group_seconds: for each group, from its first task on.
    """
    end = time.monotonic() + seconds
    groups: dict[str, _Group] = {}
    running: dict[Future[Reply], tuple[Task, float]] = {}
    _add(groups, tasks)
    while True:
        _begin(groups, running, end, group_seconds)
        if not running:
            return
        soonest = min(limit for _, limit in running.values())
        done, _ = wait(running, timeout=max(0.0, soonest - time.monotonic()), return_when=FIRST_COMPLETED)
        late = {future for future, (_, limit) in running.items() if time.monotonic() >= limit} - done
        for future in (*done, *late):
            task, _ = running.pop(future)
            groups[task.group].running -= 1
            _add(groups, on_outcome(_outcome(task, future)))


def _add(groups: dict[str, _Group], tasks: Sequence[Task]) -> None:
    for task in tasks:
        groups.setdefault(task.group, _Group()).waiting.append(task)


def _begin(
    groups: dict[str, _Group],
    running: dict[Future[Reply], tuple[Task, float]],
    end: float,
    group_seconds: float,
) -> None:
    """Hand tasks to free workers, one of each group in turn."""
    for turn in range(WORKERS_PER_GROUP):
        for group in groups.values():
            now = time.monotonic()
            if len(running) >= WORKERS or not group.waiting or group.running > turn:
                continue
            if group.end is None:
                group.end = min(end, now + group_seconds)
            seconds = min(group.waiting[0].seconds, group.end - now)
            if seconds < _LEAST_SECONDS:
                continue
            task = group.waiting.popleft()
            group.running += 1
            running[_start(task, seconds)] = (task, now + seconds + _SLACK)


def _start(task: Task, seconds: float) -> Future[Reply]:
    """Fetch in a thread of its own. One that looks up a name cannot be stopped, and is left to end by itself."""
    future: Future[Reply] = Future()

    def work() -> None:
        try:
            future.set_result(task.fetch(seconds))
        except BaseException as error:
            future.set_exception(error)

    Thread(target=work, name="feeds", daemon=True).start()
    return future


def _outcome(task: Task, future: Future[Reply]) -> Outcome:
    if not future.done():
        where = shown(task.link.url if task.link else task.group)
        return Outcome(task, None, FetchError(f"{where} takes longer than {task.seconds:g} s"))
    try:
        return Outcome(task, future.result(), None)
    except Exception as error:
        return Outcome(task, None, error)
