"""Alerts from the first bad value to the last message: real state files, real tables, deliveries into files."""

from __future__ import annotations

import json
import math
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.videogen.monitoring.alerts_helpers import START, config_in, load, manager_in, messages, only, replay
from videogen.errors import ConfigError, InputError
from videogen.monitoring.alerts.manager import AlertManager
from videogen.monitoring.alerts.table import kind_of
from videogen.storage.warehouse import Warehouse

FILE = {"receivers": {"log": {"kind": "log"}, "file": {"kind": "file"}}, "routes": [{"to": ["file"], "group_wait": 0}]}


def rows(manager: AlertManager) -> list[dict[str, Any]]:
    warehouse = Warehouse(manager._config.location(manager._config.paths.warehouse))
    return warehouse.query("SELECT * FROM alerts ORDER BY raised_at").to_dict("records")


def lines(manager: AlertManager) -> list[dict[str, Any]]:
    path = manager.folder / "notifications.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def test_an_alert_fires_is_told_and_its_end_is_told_too(tmp_path: Path) -> None:
    manager = manager_in(tmp_path, **FILE, **{"for": "30s"})
    fired = replay(manager, lambda index: 12 if 2 <= index < 10 else 1, 20)
    # Met at 30 s, held for 30 s: fires from 60 s on, until the value is good again at 150 s.
    assert [(at - START).total_seconds() for at in (fired[0], fired[-1])] == [60.0, 135.0]
    told = lines(manager)
    assert [message["kind"] for message in told] == ["firing", "resolved"]
    assert told[0]["title"] == "[warning] The load is 12"
    assert told[0]["alerts"][0]["value"] == 12
    row = only({str(row["alert_id"]): row for row in rows(manager)})
    assert (row["kind"], row["state"], row["threshold"]) == ("load_high", "resolved", 10)
    assert row["resolved_at"].to_pydatetime() == START + timedelta(seconds=150)


def test_a_flapping_series_of_a_day_gives_one_message_that_it_fires(tmp_path: Path) -> None:
    manager = manager_in(tmp_path, **FILE, keep_firing_for="10m")
    replay(manager, lambda index: 12 if index % 2 else 1, 24 * 12, step=300)
    assert [kind for kind, _ in messages(manager)] == ["firing"]


def test_one_that_comes_back_within_the_hour_is_the_same_incident(tmp_path: Path) -> None:
    # On for ten minutes of every forty, all day long: no rule holds on for so long.
    manager = manager_in(tmp_path, **FILE)
    replay(manager, lambda index: 12 if index % 8 < 2 else 1, 24 * 12, step=300)
    assert [kind for kind, _ in messages(manager)] == ["firing", "resolved"]
    alert = next(iter(manager.book().alerts.values()), None) or manager.book().ended[-1]
    assert alert.reopened == 35
    assert len(rows(manager)) == 1


def test_hysteresis_keeps_an_alert_until_the_value_is_well_back(tmp_path: Path) -> None:
    manager = manager_in(tmp_path, **FILE, clear=6)
    fired = replay(manager, lambda index: [12, 9, 7, 9, 5, 9][index], 6)
    assert [(at - START).total_seconds() / 15 for at in fired] == [0, 1, 2, 3]


def test_no_value_is_never_a_good_or_bad_value(tmp_path: Path) -> None:
    manager = manager_in(tmp_path, **FILE)
    assert manager.check_thresholds([], START) == []
    assert manager.check_thresholds({"videogen_host_load_ratio": math.nan}, START + timedelta(seconds=15)) == []
    assert manager.check_thresholds({"videogen_host_load_ratio": 11.0}, START + timedelta(seconds=30)) != []


def test_an_alert_survives_a_restart_and_is_told_once(tmp_path: Path) -> None:
    first = manager_in(tmp_path, **FILE, **{"for": "30s"})
    replay(first, lambda index: 12, 3)
    again = manager_in(tmp_path, **FILE, **{"for": "30s"})
    replay(again, lambda index: 12, 5, start=START + timedelta(seconds=45))
    assert [kind for kind, _ in messages(again)] == ["firing"]
    alert = only(again.book().alerts)
    assert alert.fired_at == START + timedelta(seconds=30)


def test_a_monitor_that_is_killed_while_it_tells_does_not_tell_twice_and_says_so(tmp_path: Path) -> None:
    first = manager_in(tmp_path, **FILE)
    first.check_thresholds(load(12), START)
    # Written down as being sent, then nothing more: as if it was killed at this moment.
    first._send = lambda note, alerts: None
    first.notify(START)
    outcomes: list[tuple[str, str]] = []
    again = AlertManager(config_in(tmp_path), on_delivery=lambda kind, outcome: outcomes.append((kind, outcome)))
    again.configure({"rules": {name: {"enabled": False} for name in again.rules.rules}, **FILE})
    (note,) = again.recover()
    assert note.outcome == "uncertain"
    assert outcomes == [("file", "uncertain")]
    again.notify(START + timedelta(minutes=1))
    assert lines(again) == []
    assert any("uncertain" in event.what for event in only(again.book().alerts).events)


def test_a_clock_that_is_set_back_neither_blocks_nor_repeats(tmp_path: Path) -> None:
    manager = manager_in(tmp_path, **FILE, **{"for": "30s"})
    replay(manager, lambda index: 12, 2)
    earlier = START - timedelta(hours=2)
    fired = replay(manager, lambda index: 12, 6, start=earlier)
    assert (fired[0] - earlier).total_seconds() == 30.0
    assert [kind for kind, _ in messages(manager)] == ["firing"]


def test_silence_acknowledgement_and_end_by_hand(tmp_path: Path) -> None:
    manager = manager_in(tmp_path, **{**FILE, "routes": [{"to": ["file"], "group_wait": 0, "repeat": "1m"}]})
    silence = manager.silence("LoadHigh", 120, "the disk is being changed", "ada", now=START)
    replay(manager, lambda index: 12, 6)
    assert messages(manager) == []
    assert silence.who == "ada"
    replay(manager, lambda index: 12, 16, start=START + timedelta(seconds=120))
    assert [kind for kind, _ in messages(manager)] == ["firing", "repeated", "repeated", "repeated"]
    alert = only(manager.book().alerts)
    manager.acknowledge(alert.id, "ada")
    replay(manager, lambda index: 12, 10, start=START + timedelta(seconds=380))
    assert len(messages(manager)) == 4
    ended = manager.resolve_alert(alert.id, "ada")
    assert manager.resolve_alert(alert.id, "bob") == ended
    with pytest.raises(InputError, match="no alert has the id"):
        manager.resolve_alert("20261130T000000-abcdef")
    with pytest.raises(InputError, match="did you mean 'LoadHigh'"):
        manager.silence("LoadHig", 60, "a slip", "ada")


def test_an_alert_that_nobody_acknowledges_is_escalated(tmp_path: Path) -> None:
    route = {"to": ["file"], "group_wait": 0, "escalate": [{"after": "2m", "to": ["log"]}]}
    manager = manager_in(tmp_path, **{**FILE, "routes": [route]})
    replay(manager, lambda index: 12, 20)
    assert messages(manager) == [("firing", "file"), ("escalated", "log")]


def test_one_alert_explains_others_and_those_are_not_told(tmp_path: Path) -> None:
    cause = {"query": {"metric": "videogen_host_cpu_ratio"}, "above": 0.5, "summary": "The processor is full",
             "remedy": "wait until it is not", "inhibits": ["LoadHigh"]}  # fmt: skip
    manager = manager_in(tmp_path, **FILE, rules={"CpuFull": cause})
    manager.check_thresholds({"videogen_host_cpu_ratio": 0.9, "videogen_host_load_ratio": 12.0}, START)
    for delivery in manager.notify(START):
        delivery.result(30)
    assert [alert["rule"] for line in lines(manager) for alert in line["alerts"]] == ["CpuFull"]
    assert {alert.rule for alert in manager.book().alerts.values()} == {"CpuFull", "LoadHigh"}


def test_alerts_of_one_group_are_one_message(tmp_path: Path) -> None:
    disk = {"query": {"metric": "videogen_store_roundtrip_seconds", "by": ["place"]}, "above": 1,
            "summary": "The {place} is slow", "remedy": "look at the disk"}  # fmt: skip
    manager = manager_in(tmp_path, **FILE, rules={"Slow": disk})
    from videogen.monitoring.metrics.instruments import Sample

    name = "videogen_store_roundtrip_seconds"
    manager.check_thresholds([Sample(name, (("place", place),), 3.0) for place in ("store", "warehouse")], START)
    for delivery in manager.notify(START):
        delivery.result(30)
    (line,) = lines(manager)
    assert {alert["summary"] for alert in line["alerts"]} == {"The store is slow", "The warehouse is slow"}


def test_quiet_hours_hold_back_what_is_not_critical(tmp_path: Path) -> None:
    quiet = {"to": ["file"], "group_wait": 0, "quiet": {"start": "11:00", "end": "12:02"}}
    manager = manager_in(tmp_path, **{**FILE, "routes": [quiet]})
    replay(manager, lambda index: 12, 12)
    (note,) = manager.book().notifications
    assert note.at == START + timedelta(minutes=2)


def test_what_a_stage_raises_is_one_row_and_one_message_however_often(tmp_path: Path) -> None:
    manager = manager_in(tmp_path, **FILE)
    details = {"problem": "it misses its targets", "remedy": "look at it", "video_id": "20261130-120000-123456-a1b2c3"}
    first = manager.trigger_alert("below_target", {**details, "attempt": 2}, START)
    manager.trigger_alert("below_target", {**details, "attempt": 2, "problem": "it still misses them"}, START)
    for delivery in manager.notify(START):
        delivery.result(30)
    (row,) = rows(manager)
    assert (row["kind"], row["problem"], row["origin"]) == ("below_target", "it still misses them", "raised")
    (line,) = lines(manager)
    assert line["alerts"][0]["id"] == first.id
    # Nothing else ends it: its time does.
    manager.check_thresholds([], START + timedelta(hours=25))
    assert manager.book().alerts == {}


def test_alerts_about_nothing_in_particular_are_not_taken_for_each_other(tmp_path: Path) -> None:
    manager = manager_in(tmp_path, **FILE)
    manager.trigger_alert("alert_not_published", {"problem": "one is not on air", "severity": "critical"})
    manager.trigger_alert("alert_not_published", {"problem": "another is not on air", "severity": "critical"})
    assert len(rows(manager)) == 2


@pytest.mark.parametrize("details", [{}, {"problem": "x", "severity": "grave"}])
def test_an_alert_without_a_problem_or_with_an_unknown_severity_is_refused(tmp_path: Path, details: dict) -> None:
    with pytest.raises(InputError, match="needs a problem"):
        manager_in(tmp_path, **FILE).trigger_alert("disk_full", details)


def test_many_processes_at_once_lose_no_alert(tmp_path: Path) -> None:
    managers = [manager_in(tmp_path, **FILE) for _ in range(4)]

    def raise_some(manager: AlertManager) -> None:
        for _ in range(5):
            manager.trigger_alert("tried", {"problem": "one of many"})

    threads = [threading.Thread(target=raise_some, args=(manager,)) for manager in managers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(managers[0].book().alerts) == 20


def test_a_damaged_state_is_put_aside_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    manager = manager_in(tmp_path, **FILE)
    replay(manager, lambda index: 12, 2)
    (manager.folder / "alerts.json").write_text("{]", encoding="utf-8")
    replay(manager, lambda index: 12, 2, start=START + timedelta(minutes=5))
    assert "is damaged" in caplog.text
    assert (manager.folder / "damaged-alerts.json").read_text(encoding="utf-8") == "{]"
    assert len(manager.book().alerts) == 1


def test_rules_that_are_not_valid_change_nothing(tmp_path: Path) -> None:
    manager = manager_in(tmp_path, **FILE)
    before = manager.rules
    with pytest.raises(ConfigError, match="did you mean"):
        manager.configure({"rules": {"RunHangs": {"query": {"metric": "videogen_runs_activ"}}}})
    assert manager.rules == before


def test_a_warehouse_that_cannot_be_written_stops_no_alert(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    manager = manager_in(tmp_path, **FILE)
    (tmp_path / "warehouse").write_text("a file where a folder is needed", encoding="utf-8")
    replay(manager, lambda index: 12, 3)
    assert [line["kind"] for line in lines(manager)] == ["firing"]
    assert "could not be written to the table alerts" in caplog.text


def test_kinds_in_the_table_are_words() -> None:
    assert kind_of("RunWaitsTooLong") == "run_waits_too_long"
    assert kind_of("below_target") == "below_target"
