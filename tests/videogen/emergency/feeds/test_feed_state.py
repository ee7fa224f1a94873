"""When a feed is looked at again, and what is still to be fetched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from videogen.emergency.cap.reader import Link
from videogen.emergency.feeds.state import (
    LONGEST_PAUSE,
    MOST_TRIES,
    FeedState,
    failed,
    link_done,
    link_failed,
    pause,
    seen,
    seen_unchanged,
)

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ONE, TWO = Link("https://river.example/1", "a"), Link("https://river.example/2", "a")


def look(state: FeedState, *links: Link) -> FeedState:
    return seen(state, links, NOW, MINUTE, etag="x", last_modified=None)


def pending(state: FeedState) -> list[Link]:
    return [one.link for one in state.pending]


def test_new_links_are_fetched_once_in_their_order() -> None:
    state = look(FeedState(), ONE, TWO, ONE)
    assert pending(state) == [ONE, TWO]
    state = look(link_done(state, ONE), ONE, TWO)
    assert (pending(state), state.fetched) == ([TWO], (ONE,))


def test_a_link_with_a_new_version_is_fetched_again() -> None:
    state = look(link_done(look(FeedState(), ONE), ONE), ONE._replace(version="b"))
    assert pending(state) == [ONE._replace(version="b")]


def test_a_vanished_entry_is_forgotten_if_fetched_and_fetched_if_not() -> None:
    state = look(link_done(look(FeedState(), ONE, TWO), ONE))
    assert (pending(state), state.fetched) == ([TWO], ())


def test_an_unchanged_feed_keeps_what_is_still_to_be_fetched() -> None:
    state = seen_unchanged(look(FeedState(), ONE), NOW, MINUTE)
    assert pending(state) == [ONE]
    assert state.next_look == NOW + MINUTE


def test_pauses_double_up_to_an_hour_and_end_with_the_first_success() -> None:
    state = FeedState()
    pauses = []
    for _ in range(8):
        state = failed(state, "it is down", NOW, MINUTE)
        pauses.append((state.next_look - NOW).total_seconds() / 60)
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60]
    assert (seen_unchanged(state, NOW, MINUTE).failures, seen_unchanged(state, NOW, MINUTE).error) == (0, None)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.floats(5, 86_400), st.floats(0, 1e6))
def test_a_pause_is_never_shorter_than_the_interval_and_never_endless(
    failures: int, seconds: float, asked: float
) -> None:
    interval = timedelta(seconds=seconds)
    found = pause(failures, interval, timedelta(seconds=asked))
    assert interval <= found <= max(LONGEST_PAUSE, interval)


def test_a_server_that_asks_for_time_gets_it() -> None:
    assert pause(1, MINUTE, timedelta(minutes=30)) == timedelta(minutes=30)


def test_a_message_that_never_comes_is_given_up_in_the_end() -> None:
    state = look(FeedState(), ONE)
    for _ in range(MOST_TRIES - 1):
        state = link_failed(state, ONE, NOW, MINUTE)
        assert state.pending[0].next_try > NOW
    state = link_failed(state, ONE, NOW, MINUTE)
    assert (state.pending, state.fetched) == ((), (ONE,))
    assert pending(look(state, ONE)) == []
