"""The embargo: a moment before which nothing leaves, compared in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from videogen.errors import InputError
from videogen.release.decision import Gate

LATE = timedelta(minutes=5)
"""From this much after its embargo a release counts as late."""
_CLOCK_TOLERANCE = timedelta(minutes=2)


def parse_moment(text: str) -> datetime:
    """A moment with its zone, in UTC: ``2026-12-01T18:00+05:30``.

    Raises:
        InputError: it is not a moment, or names no zone.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError(
            f"{text[:60]!r} is not a moment", remedy="write date, time and zone: 2026-12-01T18:00+05:30"
        ) from error
    if moment.tzinfo is None:
        raise InputError(
            f"{text[:60]!r} names no time zone", remedy=f"add it, e.g. {text.strip()[:40]}+05:30, or Z for UTC"
        )
    return moment.astimezone(UTC)


def embargo_gate(until: datetime | None, now: datetime, *, last_known: datetime | None = None) -> Gate:
    """Nothing leaves before the embargo has passed, by this machine's clock in UTC.

    Args:
        until: the embargo; None: there is none.
        now: this moment.
        last_known: the latest moment that is on record; a clock that is behind it was set back and proves nothing.
    """
    if until is None:
        return Gate(name="embargo", state="holds", found="none")
    if last_known is not None and now < last_known - _CLOCK_TOLERANCE:
        found = (
            f"this machine's clock says {_shown(now)}, but the last decision is of {_shown(last_known)}: set it right"
        )
        return Gate(name="embargo", state="failed", found=found)
    found = f"until {_shown(until)}, now {_shown(now)}"
    return Gate(name="embargo", state="holds" if now >= until else "failed", found=found)


def lateness(until: datetime | None, published: datetime) -> str:
    """By how much a release came after its embargo, in words; "": there was none, or it came in time."""
    if until is None or published - until < LATE:
        return ""
    minutes = round((published - until).total_seconds() / 60)
    hours = f"{minutes // 60} h " if minutes >= 60 else ""
    return f"{hours}{minutes % 60} min after the embargo"


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
