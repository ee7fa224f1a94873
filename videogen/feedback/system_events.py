"""What the system itself knows about how videos fared: published, withdrawn, made again by a person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from videogen.domain.feedback_kinds import Implicit
from videogen.errors import ArtifactError
from videogen.feedback.collector import FeedbackCollector
from videogen.feedback.events import FeedbackEvent
from videogen.feedback.privacy.pseudonyms import SYSTEM

_LOOK_BACK = timedelta(days=30)
_RELEASES = """
SELECT video_id, attempt, event, decided_at FROM releases
WHERE event IN ('published', 'withdrawn') AND decided_at >= ? AND decided_at < ? AND attempt IS NOT NULL
"""
_MADE_BY_THE_SYSTEM = ("regeneration", "experiment", "first attempt", "recomputed by another run")


def system_events(collector: FeedbackCollector, day: date) -> list[FeedbackEvent]:
    """The events of a day (UTC) that follow from releases and from attempts that people asked for.

    Their ids follow from what happened, so that asking again keeps nothing twice.
    """
    return [*_releases(collector, day), *_retries(collector, day)]


def _releases(collector: FeedbackCollector, day: date) -> Iterator[FeedbackEvent]:
    start = datetime.combine(day, time(), UTC)
    rows = collector.store.warehouse.query(_RELEASES, [start, start + timedelta(days=1)])
    for row in rows.to_dict("records"):
        kind: Implicit = "publish" if row["event"] == "published" else "withdraw"
        yield _event(kind, str(row["video_id"]), int(row["attempt"]), row["decided_at"].to_pydatetime())


def _retries(collector: FeedbackCollector, day: date) -> Iterator[FeedbackEvent]:
    oldest = f"{day - _LOOK_BACK:%Y%m%d}"
    for video_id in collector.requests.ids():
        if not oldest <= video_id[:8] <= f"{day:%Y%m%d}":
            continue
        try:
            attempts = collector.requests.attempts(video_id)
        except ArtifactError:
            continue
        for attempt in attempts:
            by_person = attempt.number > 1 and not attempt.reason.startswith(_MADE_BY_THE_SYSTEM)
            if by_person and attempt.created_at.astimezone(UTC).date() == day:
                # It says something about the attempt before.
                yield _event("retry", video_id, attempt.number - 1, attempt.created_at)


def _event(kind: Implicit, video_id: str, attempt: int, moment: datetime) -> FeedbackEvent:
    name = f"{kind} {video_id} {attempt} {moment.isoformat()}"
    return FeedbackEvent(
        event_id=hashlib.sha256(name.encode()).hexdigest()[:32],
        received_at=moment,
        video_id=video_id,
        attempt=attempt,
        kind=kind,
        value=1.0,
        rater=SYSTEM,
        channel="system",
    )
