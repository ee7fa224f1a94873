"""Finds the requests that wait for their first run, and decides when it is due."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from videogen.domain.priorities import NIGHTLY_HOUR
from videogen.domain.requests import VideoRequest
from videogen.errors import ArtifactError
from videogen.storage.cancellations import is_cancelled
from videogen.storage.request_store import RequestStore

_log = logging.getLogger(__name__)
GRACE = timedelta(minutes=5)
"""How long the process that submitted a request has to start its run itself: on a busy machine a minute or two."""
SETTLED_AFTER = timedelta(hours=1)
AT_ONCE = 5000
"""Settled requests that one look passes over; the next look goes on behind them. Dagster gives a tick a minute."""


@dataclass(frozen=True)
class Waiting:
    """A request and what is known about it. started: some run has opened an attempt, or it was cancelled."""

    request: VideoRequest
    started: bool


def is_left_to_dagster(request: VideoRequest) -> bool:
    """Return whether sensors may regenerate and publish; a video that a person runs is left to that person."""
    return not request.source.runs_itself


def is_due(waiting: Waiting, active: Collection[str], now: datetime, *, at_night: bool) -> bool:
    """Return whether a first run should be started now. Priorities below 0 wait for the night."""
    request = waiting.request
    if waiting.started or request.id in active:
        return False
    if request.source.runs_itself and now - request.created_at < GRACE:
        return False
    return at_night or request.priority >= 0


def next_night(now: datetime) -> datetime:
    """When requests with a priority below 0 are run next, in UTC. now: with a time zone."""
    today = now.astimezone(UTC).replace(hour=NIGHTLY_HOUR, minute=0, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


def settled_until(seen: Sequence[Waiting], now: datetime, before: str) -> str:
    """Return the newest id up to which nothing waits; recent ids never count, as requests may arrive late."""
    for waiting in seen:
        if not _is_settled(waiting, now):
            return before
        before = waiting.request.id
    return before


def _is_settled(waiting: Waiting, now: datetime) -> bool:
    return waiting.started and now - waiting.request.created_at >= SETTLED_AFTER


def look_up(requests: RequestStore, after: str = "", now: datetime | None = None) -> list[Waiting]:
    """Return the requests newer than the id `after`, oldest first; damaged ones are logged and skipped.

    All of them, unless the first `AT_ONCE` are settled: then these. None that waits is ever left out for that.
    """
    moment = now or datetime.now(UTC)
    found: list[Waiting] = []
    settled = True
    for video_id in requests.since(after):
        if settled and len(found) >= AT_ONCE:
            break
        try:
            begun = bool(requests.attempts(video_id)) or is_cancelled(requests, video_id)
            found.append(Waiting(requests.get(video_id), begun))
            settled = settled and _is_settled(found[-1], moment)
        except ArtifactError as error:
            # One damaged file must not keep all other requests from their runs.
            _log.error(str(error.at(stage="request", video_id=video_id)))
    return found
