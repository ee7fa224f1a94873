"""The sensors of alerts on an instance of their own: taken once, asked for once, ended in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from resources.jobs_and_tags import ALERT_PARTITIONS, ALERT_TAG, Job
from sensors.alerts import alerts_sensor
from sensors.feeds import alert_feeds_sensor
from tests.dagster_helpers import Project
from tests.videogen.emergency.feed_server import FeedServer
from tests.videogen.emergency.sample_alerts import alert, info
from videogen.emergency.alerts.register import alert_key
from videogen.emergency.cap.model import Alert
from videogen.emergency.cap.writer import write_alert


def now(**later: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(**later)


def fresh(identifier: str, **changes: Any) -> Alert:
    block = info(**({"expires": now(hours=2)} | changes.pop("info", {})))
    return alert(identifier, **({"sent": now(), "infos": (block,)} | changes))


def drop(project: Project, one: Alert | bytes, name: str = "alert.xml") -> Path:
    folder = Path(project.settings["paths.inbox"]) / "alerts"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(one if isinstance(one, bytes) else write_alert(one))
    return folder


def tick(project: Project, sensor: dg.SensorDefinition = alerts_sensor) -> Any:
    with dg.build_sensor_context(instance=project.instance, resources={"storage": project.storage}) as context:
        result = sensor(context)
    if isinstance(result, dg.SensorResult):
        for request in result.dynamic_partitions_requests or []:
            project.instance.add_dynamic_partitions(request.partitions_def_name, request.partition_keys)
    return result


def run_of(project: Project, key: str, status: dg.DagsterRunStatus) -> None:
    project.instance.add_run(dg.DagsterRun(Job.ALERT.value, tags={ALERT_TAG: key}, status=status))


def test_a_dropped_alert_gets_its_partition_and_its_run(project: Project) -> None:
    one = fresh("elm-1")
    drop(project, one)
    key = alert_key(one.identity)
    (run,) = tick(project).run_requests
    assert (run.partition_key, run.run_key) == (key, key)
    assert run.tags["videogen/alert"] == key
    assert int(run.tags["dagster/priority"]) == 100 + project.storage.alerts.get(key).rank > 100
    assert project.instance.get_dynamic_partitions(ALERT_PARTITIONS) == [key]


def test_a_tick_whose_run_was_never_launched_is_repeated_with_the_same_key(project: Project) -> None:
    drop(project, fresh("elm-1"))
    assert [run.run_key for run in tick(project).run_requests] == [run.run_key for run in tick(project).run_requests]


def test_an_alert_that_has_a_run_gets_no_other(project: Project) -> None:
    drop(project, fresh("elm-1"))
    (run,) = tick(project).run_requests
    run_of(project, run.run_key, dg.DagsterRunStatus.STARTED)
    assert tick(project).run_requests == []


def test_an_alert_whose_run_failed_is_asked_for_again_under_a_new_key(project: Project) -> None:
    drop(project, fresh("elm-1"))
    (run,) = tick(project).run_requests
    run_of(project, run.run_key, dg.DagsterRunStatus.FAILURE)
    assert [again.run_key for again in tick(project).run_requests] == [f"{run.run_key}:2"]


def test_of_many_alerts_the_most_urgent_are_asked_for_first(project: Project) -> None:
    severities = ("Minor", "Severe", "Extreme", "Moderate")
    alerts = {severity: fresh(severity, info={"severity": severity}) for severity in severities}
    for severity, one in alerts.items():
        drop(project, one, f"{severity}.xml")
    runs = tick(project).run_requests
    assert [run.run_key for run in runs] == [alert_key(alerts[severity].identity) for severity in ("Extreme", "Severe")]
    priorities = [int(run.tags["dagster/priority"]) for run in runs]
    assert priorities == sorted(priorities, reverse=True)


def test_alerts_that_are_not_real_get_no_run(project: Project) -> None:
    for status in ("Test", "Exercise", "Draft", "System"):
        drop(project, fresh(status, status=status, note="drill"), f"{status}.xml")
    assert tick(project).run_requests == []
    keys = project.storage.alerts.keys()
    assert [project.storage.alerts.get(key).state for key in keys] == ["not_for_air"] * 4


def test_a_bad_file_is_put_aside_with_every_reason_and_the_others_are_taken(project: Project) -> None:
    good = fresh("elm-1")
    folder = drop(
        project, write_alert(good).replace(b"<status>Actual</status>", b"").replace(b"Public", b"All"), "bad.xml"
    )
    drop(project, good, "good.xml")
    assert len(tick(project).run_requests) == 1
    reasons = (folder / "rejected/bad.xml.reason.txt").read_text(encoding="utf-8")
    assert "element-missing" in reasons
    assert "value-not-listed" in reasons


def test_with_the_emergency_mode_off_files_stay_where_they_are(project: Project) -> None:
    project.settings["emergency.emergency_mode_enabled"] = False
    folder = drop(project, fresh("elm-1"))
    assert isinstance(tick(project), dg.SkipReason)
    assert (folder / "alert.xml").exists()


def test_what_has_expired_or_was_cancelled_is_withdrawn_at_the_next_tick(project: Project) -> None:
    register = project.storage.alerts
    short, long = fresh("short", info={"expires": now(seconds=-1)}, sent=now(hours=-1)), fresh("long")
    for one in (short, long):
        register.take(one, original=write_alert(one), origin="test", now=now(minutes=-30))
        register.mark(alert_key(one.identity), "published", "it is up")
    drop(project, fresh("end", msg_type="Cancel", references=(long.identity,), infos=()))
    (run,) = tick(project).run_requests
    assert register.get(run.partition_key).alert.msg_type == "Cancel"
    states = {one.identifier: register.get(alert_key(one.identity)) for one in (short, long)}
    assert {name: (found.state, found.on_air) for name, found in states.items()} == {
        "short": ("expired", False),
        "long": ("cancelled", False),
    }


def test_refused_files_are_counted_for_the_monitor(project: Project) -> None:
    from videogen.monitoring.sources.spool import SpoolReader

    drop(project, write_alert(fresh("elm-1")).replace(b"<status>Actual</status>", b""), "bad.xml")
    tick(project)
    counted = [line.update for line in SpoolReader(Path(project.settings["monitoring.folder"]), {}).read()]
    assert [(one.name, one.value, dict(one.labels)) for one in counted] == [
        ("videogen_events_total", 1.0, {"event": "alert_refused"})
    ]


def test_a_feed_is_polled_and_its_alerts_wait_for_the_other_sensor(project: Project) -> None:
    one, bad = fresh("elm-1"), fresh("elm-2")
    with FeedServer() as server:
        inside = write_alert(one).partition(b"?>")[2] + write_alert(bad).partition(b"?>")[2].replace(b"Actual", b"Real")
        server.put("/feed", b"<feed>" + inside + b"</feed>")
        project.settings["emergency.feeds"] = (server.url("/feed"),)
        assert "1 new alerts, 1 refused" in str(tick(project, alert_feeds_sensor).skip_message)
        assert "0 new alerts" in str(tick(project, alert_feeds_sensor).skip_message)
        assert len(server.asked) == 1
    assert [run.partition_key for run in tick(project).run_requests] == [alert_key(one.identity)]
    rejected = Path(project.settings["paths.inbox"]) / "alerts/rejected"
    assert len(list(rejected.glob("*.reason.txt"))) == 1


def test_without_feeds_nothing_is_asked(project: Project) -> None:
    assert "emergency.feeds" in str(tick(project, alert_feeds_sensor).skip_message)


@pytest.mark.parametrize("sensor", [alerts_sensor, alert_feeds_sensor])
def test_alerts_are_watched_for_unless_somebody_stops_it(sensor: dg.SensorDefinition) -> None:
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
