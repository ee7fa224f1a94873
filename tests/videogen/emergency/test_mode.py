"""The emergency mode: who holds it, how long, and who has to wait."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videogen.emergency.mode import OPERATOR, EmergencyMode
from videogen.errors import ArtifactError, InputError


@pytest.fixture
def mode(tmp_path: Path) -> EmergencyMode:
    return EmergencyMode(str(tmp_path))


def test_it_is_off_until_somebody_needs_it(mode: EmergencyMode) -> None:
    assert mode.state() is None
    assert not mode.outranks(-10)


def test_work_below_its_level_waits_and_other_work_does_not(mode: EmergencyMode) -> None:
    mode.enter("flood", 120)
    assert mode.outranks(119)
    assert mode.outranks(-10)
    assert not mode.outranks(120)


def test_it_lasts_as_long_as_one_of_its_holders_needs_it(mode: EmergencyMode) -> None:
    mode.enter("flood", 150, seconds=60)
    mode.enter(OPERATOR, 100, why="storm season")
    state = mode.state()
    assert state is not None
    assert (state.level, state.until, [holder.who for holder in state.holders]) == (150, None, ["flood", OPERATOR])
    assert mode.leave("flood")
    assert not mode.leave("flood")
    state = mode.state()
    assert state is not None
    assert state.level == 100
    assert mode.end() == [OPERATOR]
    assert mode.state() is None


def test_a_holder_that_died_loses_it_when_its_time_is_up(mode: EmergencyMode) -> None:
    holder = mode.enter("flood", seconds=60)
    assert holder.until is not None
    assert mode.state(holder.until - timedelta(seconds=1)) is not None
    assert mode.state(holder.until) is None


def test_renewing_it_keeps_the_beginning(mode: EmergencyMode) -> None:
    first = mode.enter("flood", seconds=60)
    again = mode.enter("flood", 180, seconds=120)
    assert again.since == first.since
    assert again.until is not None
    assert first.until is not None
    assert again.until > first.until


@pytest.mark.parametrize(("who", "level"), [("../up", 100), ("flood", 0), ("flood", 1001), ("", 5)])
def test_names_and_levels_that_cannot_be_are_refused(mode: EmergencyMode, who: str, level: int) -> None:
    with pytest.raises(InputError, match="cannot be entered"):
        mode.enter(who, level)
    assert mode.state() is None


def test_a_damaged_holder_is_named_not_ignored(mode: EmergencyMode, tmp_path: Path) -> None:
    mode.enter("flood")
    (tmp_path / "emergency" / "mode" / "flood.json").write_text("{}")
    with pytest.raises(ArtifactError, match=r"flood\.json"):
        mode.state()


def test_a_loop_that_asks_at_every_step_reads_the_store_now_and_then_only(mode: EmergencyMode) -> None:
    should_yield = mode.watch(10, every=3600.0)
    assert not should_yield()
    mode.enter("flood")
    assert not should_yield()
    assert mode.watch(10)()


def _enter(store: str, who: str) -> None:
    for _ in range(20):
        EmergencyMode(store).enter(who, 100, seconds=60)


def test_several_processes_hold_it_at_once_without_losing_one_another(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_enter, args=(str(tmp_path), f"alert-{index}")) for index in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    state = EmergencyMode(str(tmp_path)).state()
    assert state is not None
    assert {holder.who for holder in state.holders} == {f"alert-{index}" for index in range(4)}


@given(st.lists(st.tuples(st.integers(1, 1000), st.one_of(st.none(), st.integers(1, 100))), min_size=1, max_size=6))
def test_the_state_is_the_strongest_and_longest_of_its_holders(
    tmp_path_factory: pytest.TempPathFactory, holders: list[tuple[int, int | None]]
) -> None:
    mode = EmergencyMode(str(tmp_path_factory.mktemp("mode")))
    made = [mode.enter(f"h{index}", level, seconds=seconds) for index, (level, seconds) in enumerate(holders)]
    state = mode.state(datetime.now(UTC))
    assert state is not None
    assert state.level == max(level for level, _ in holders)
    assert state.since == made[0].since
    ends = [holder.until for holder in made]
    assert state.until == (None if None in ends else max(end for end in ends if end is not None))
