"""Which requests are due, which videos are busy, and how partitions become one range."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.partitions import VIDEOS
from resources.runs.partitions import active_videos, bring_together, range_tags, ranges, videos_of_run
from videogen.domain.requests import VideoRequest
from videogen.intake.waiting_requests import Waiting, is_due, look_up, settled_until
from videogen.storage.request_store import RequestStore

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def waiting(age: timedelta = timedelta(minutes=5), *, started: bool = False, **fields: object) -> Waiting:
    request = VideoRequest(prompt="a bus", created_at=NOW - age, **{"source": "launchpad", **fields})
    return Waiting(request, started)


def test_a_request_without_a_run_is_due_at_once() -> None:
    assert is_due(waiting(timedelta(seconds=0)), {}, NOW, at_night=False)


@pytest.mark.parametrize("source", ["command-line", "python"])
def test_who_runs_a_request_himself_gets_time_to_do_so(source: str) -> None:
    assert not is_due(waiting(timedelta(minutes=4), source=source), {}, NOW, at_night=False)
    assert is_due(waiting(timedelta(minutes=6), source=source), {}, NOW, at_night=False)


def test_batch_requests_wait_for_the_night() -> None:
    request = waiting(priority=-10)
    assert not is_due(request, {}, NOW, at_night=False)
    assert is_due(request, {}, NOW, at_night=True)


@pytest.mark.parametrize("at_night", [False, True])
def test_what_was_started_or_is_queued_is_not_due(at_night: bool) -> None:
    request = waiting()
    assert not is_due(waiting(started=True), {}, NOW, at_night=at_night)
    assert not is_due(request, {request.request.id: "run"}, NOW, at_night=at_night)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 300)), max_size=12))
def test_nothing_that_waits_or_is_young_lies_before_the_cursor(facts: list[tuple[bool, int]]) -> None:
    seen = [waiting(timedelta(minutes=age), started=started) for started, age in facts]
    cursor = settled_until(seen, NOW, "")
    passed = [item for item in seen if item.request.id <= cursor]
    assert all(item.started and NOW - item.request.created_at >= timedelta(hours=1) for item in passed)
    if len(passed) < len(seen):
        first = seen[len(passed)]
        assert not first.started or NOW - first.request.created_at < timedelta(hours=1)


@given(st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1), min_size=1))))
def test_ranges_cover_exactly_the_ids_and_have_no_gaps(case: tuple[int, set[int]]) -> None:
    count, chosen = case
    keys = [f"k{index:02d}" for index in range(count)]
    found = ranges([keys[index] for index in chosen], keys)
    assert [key for part in found for key in part] == [keys[index] for index in sorted(chosen)]
    for part in found:
        first = keys.index(part[0])
        assert part == keys[first : first + len(part)]
    assert len(found) == sum(index - 1 not in chosen for index in chosen)


def test_a_run_knows_its_videos_by_partition_or_range() -> None:
    keys = ["a", "b", "c", "d"]
    one = dg.DagsterRun("job", tags=range_tags(["b"]))
    some = dg.DagsterRun("job", tags=range_tags(["b", "c"]))
    assert videos_of_run(one, keys) == ["b"]
    assert videos_of_run(some, keys) == ["b", "c"]
    assert videos_of_run(dg.DagsterRun("job"), keys) == []


def test_videos_of_queued_runs_are_busy() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(VIDEOS.name, ["a", "b", "c"])
        instance.add_run(
            dg.DagsterRun("job", run_id="1", tags=range_tags(["a", "b"]), status=dg.DagsterRunStatus.STARTED)
        )
        instance.add_run(dg.DagsterRun("job", run_id="2", tags=range_tags(["c"]), status=dg.DagsterRunStatus.FAILURE))
        assert active_videos(instance) == {"a": "1", "b": "1"}


def test_scattered_and_new_requests_become_one_range() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(VIDEOS.name, ["a", "x", "b", "y", "c"])
        assert bring_together(instance, ["a", "b", "c", "new"]) == [["a", "b", "c", "new"]]
        assert instance.get_dynamic_partitions(VIDEOS.name) == ["x", "y", "a", "b", "c", "new"]


def test_neighbours_stay_where_they_are() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(VIDEOS.name, ["a", "b", "c"])
        assert bring_together(instance, ["a", "b"]) == [["a", "b"]]
        assert instance.get_dynamic_partitions(VIDEOS.name) == ["a", "b", "c"]


def test_a_damaged_request_keeps_no_other_from_its_run(tmp_path, caplog) -> None:
    store = RequestStore(str(tmp_path))
    damaged, good = (store.submit(VideoRequest(prompt="x")).id for _ in range(2))
    (tmp_path / damaged / "request.json").write_text("")
    assert [found.request.id for found in look_up(store)] == [good]
    assert damaged in caplog.text


def test_years_of_settled_requests_are_passed_over_in_steps_and_none_that_waits_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videogen.intake.waiting_requests.AT_ONCE", 3)
    now = datetime(2026, 11, 30, tzinfo=UTC)
    store = RequestStore(str(tmp_path))

    def ask(day: int, begun: bool) -> str:
        made = store.submit(VideoRequest(prompt="x", created_at=now - timedelta(days=day))).id
        if begun:
            store.open_attempt(made, reason="first attempt")
        return made

    old = [ask(day, True) for day in (9, 8, 7, 6)]
    waits = ask(5, False)
    later = [ask(day, True) for day in (4, 3, 2, 1)]

    first = look_up(store, "", now)
    cursor = settled_until(first, now, "")
    second = look_up(store, cursor, now)

    assert [one.request.id for one in first] == old[:3]
    assert cursor == old[2]
    assert [one.request.id for one in second] == [old[3], waits, *later]
    assert settled_until(second, now, cursor) == old[3]
