"""What is remembered of a feed between two looks at it, and when to look again. No input or output here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime

from videogen.emergency.cap.model import Part
from videogen.emergency.cap.reader import Link

LONGEST_PAUSE = timedelta(hours=1)
MOST_TRIES = 8
MOST_LINKS = 2000
"""Messages of one feed that are followed; a feed lists its newest first."""
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Pending(Part):
    """A message that a feed points to and that has not been fetched yet."""

    link: Link
    failures: int = 0
    next_try: AwareDatetime = _BEGINNING


class FeedState(Part):
    """A feed.

    etag, last_modified: what the server said of the version last seen. failures: looks in a row that failed.
    fetched: links of the feed that are done with. error: why the latest look failed.
    """

    etag: str | None = None
    last_modified: str | None = None
    failures: int = 0
    next_look: AwareDatetime = _BEGINNING
    last_success: AwareDatetime | None = None
    error: str | None = None
    pending: tuple[Pending, ...] = ()
    fetched: tuple[Link, ...] = ()


def pause(failures: int, interval: timedelta, asked: timedelta | None = None) -> timedelta:
    """How long to wait after that many failures in a row: twice as long each time, an hour at most.

    Args:
        asked: what the server asked for (Retry-After).
    """
    doubled = min(interval * float(2 ** min(failures, 20)), max(LONGEST_PAUSE, interval))
    return max(doubled, min(asked or timedelta(0), LONGEST_PAUSE))


def seen_unchanged(state: FeedState, now: datetime, interval: timedelta) -> FeedState:
    """After the server said that nothing is new."""
    changes = {"failures": 0, "error": None, "last_success": now, "next_look": now + interval}
    return state.model_copy(update=changes)


def seen(
    state: FeedState,
    links: Sequence[Link],
    now: datetime,
    interval: timedelta,
    *,
    etag: str | None,
    last_modified: str | None,
) -> FeedState:
    """After a new version of the feed was read.

    Links that are new become pending. Those that have vanished from the feed are forgotten if they were fetched, for a
    vanished entry cancels nothing; if they were not, they are still fetched.
    """
    there = set(links)
    fetched = tuple(link for link in state.fetched if link in there)
    known = {*fetched, *(one.link for one in state.pending)}
    new = tuple(Pending(link=link) for link in dict.fromkeys(links) if link not in known)
    return seen_unchanged(state, now, interval).model_copy(
        update={
            "etag": etag,
            "last_modified": last_modified,
            "pending": (*state.pending, *new),
            "fetched": fetched,
        }
    )


def failed(
    state: FeedState, error: str, now: datetime, interval: timedelta, asked: timedelta | None = None
) -> FeedState:
    """After a look that failed."""
    failures = state.failures + 1
    return state.model_copy(
        update={"failures": failures, "error": error, "next_look": now + pause(failures, interval, asked)}
    )


def link_done(state: FeedState, link: Link) -> FeedState:
    """After a message was fetched, whether or not it was taken."""
    rest = tuple(one for one in state.pending if one.link != link)
    return state.model_copy(update={"pending": rest, "fetched": (*state.fetched, link)})


def link_failed(state: FeedState, link: Link, now: datetime, interval: timedelta) -> FeedState:
    """After a message could not be fetched: it is tried again later, `MOST_TRIES` times in all."""
    (current,) = (one for one in state.pending if one.link == link)
    failures = current.failures + 1
    if failures >= MOST_TRIES:
        return link_done(state, link)
    later = Pending(link=link, failures=failures, next_try=now + pause(failures - 1, interval))
    return state.model_copy(update={"pending": tuple(later if one.link == link else one for one in state.pending)})
