"""Which alerts get a run now."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.videogen.emergency.sample_alerts import NOW, alert, info
from videogen.emergency.alerts.queue import COMMAND_LINE, GRACE, MOST_RUNS, MOST_TRIES, AlertRun, due
from videogen.emergency.alerts.register import AlertRegister, RegisteredAlert


@pytest.fixture
def register(tmp_path: Path) -> AlertRegister:
    return AlertRegister(str(tmp_path))


def take(register: AlertRegister, identifier: str, severity: str = "Severe", origin: str = "test") -> RegisteredAlert:
    one = alert(identifier, infos=(info(severity=severity),))
    return register.take(one, original=b"", origin=origin, now=NOW).registered


def wanted(register: AlertRegister, *active: AlertRun, tries: int = 0, seconds: float = 0) -> list[str]:
    found = due(register.unfinished(), active, lambda key: tries, NOW + timedelta(seconds=seconds))
    return [run.run_key for run in found.wanted]


def test_the_most_urgent_alerts_get_runs_and_the_others_are_made_by_these(register: AlertRegister) -> None:
    mild, worst, bad = (take(register, severity, severity) for severity in ("Minor", "Extreme", "Severe"))
    assert wanted(register) == [worst.key, bad.key]
    assert wanted(register, AlertRun(worst.key, False)) == [bad.key]
    assert wanted(register, AlertRun(worst.key, False), AlertRun(bad.key, False)) == []
    register.mark(worst.key, "published", "up")
    register.mark(bad.key, "published", "up")
    assert wanted(register) == [mild.key]


def test_a_run_that_makes_only_its_own_alert_helps_no_other(register: AlertRegister) -> None:
    first, second = take(register, "a"), take(register, "b")
    keys = sorted([first.key, second.key])
    assert wanted(register, AlertRun(keys[0], True)) == [keys[1]]


def test_an_alert_whose_run_died_while_it_was_made_is_made_again(register: AlertRegister) -> None:
    key = take(register, "a").key
    register.mark(key, "planned", "in a run")
    assert wanted(register, AlertRun("another", False)) == []
    assert wanted(register, tries=1) == [f"{key}:2"]


def test_an_alert_whose_runs_keep_failing_is_left_to_a_person_and_blocks_nobody(register: AlertRegister) -> None:
    stuck = [take(register, f"stuck-{number}", "Extreme").key for number in range(MOST_RUNS + 1)]
    fine = take(register, "fine").key
    found = due(register.unfinished(), [], lambda key: MOST_TRIES if key in stuck else 0, NOW)
    assert [run.run_key for run in found.wanted] == [fine]
    assert set(found.given_up) == set(stuck)


def test_the_command_line_gets_time_to_make_its_own_alert(register: AlertRegister) -> None:
    key = take(register, "a", origin=COMMAND_LINE).key
    assert wanted(register) == []
    assert wanted(register, seconds=GRACE.total_seconds()) == [key]


def test_an_exercise_that_the_command_line_released_is_left_to_it_as_well(register: AlertRegister) -> None:
    key = register.take(alert(status="Exercise"), original=b"", origin="drop.xml", now=NOW).registered.key
    register.release(key, COMMAND_LINE, NOW)
    assert wanted(register) == []
    assert wanted(register, seconds=GRACE.total_seconds()) == [key]
