"""What Dagster's storage tells: queued, hanging, killed and ended runs, daemons and pools. A real SQLite home."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import psutil
import pytest

from resources.dagster_internals import daemon_heartbeats, pool_usage
from resources.jobs_and_tags import WORKER_TAG
from resources.runs.observation import DagsterSource, DagsterSurroundings, PlacesSource
from tests.videogen.monitoring.alerts_helpers import config_in
from videogen.emergency.mode import EmergencyMode
from videogen.monitoring.metrics.instruments import Update


@dg.job(name="generate_video")
def good() -> None:
    pass


@dg.op
def fails() -> None:
    raise ValueError("call ada@bureau.example, token: s3cret")


@dg.job(name="publish_video")
def bad() -> None:
    fails()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as made:
        yield made


@pytest.fixture
def killed() -> str:
    """The tag of a process that was killed."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    created = psutil.Process(process.pid).create_time()
    process.kill()
    process.wait()
    import socket

    return f"{socket.gethostname()}:{process.pid}:{created:.2f}"


def ended(updates: list[Update]) -> Counter[tuple[str, str]]:
    return Counter(
        (update.labels["job_name"], update.labels["outcome"])
        for update in updates
        if update.name == "videogen_runs_ended_total"
    )


def gauges(updates: list[Update], name: str) -> dict[tuple[str, ...], float]:
    return {tuple(update.labels.values()): update.value for update in updates if update.name == name and update.value}


def test_runs_that_ended_count_once_by_their_outcome_also_after_a_restart(instance: dg.DagsterInstance) -> None:
    state: dict[str, Any] = {}
    source = DagsterSource(instance, state)
    assert ended(source.read().updates) == {}
    good.execute_in_process(instance=instance)
    bad.execute_in_process(instance=instance, raise_on_error=False)
    dead = instance.create_run_for_job(good, status=dg.DagsterRunStatus.STARTED)
    instance.report_run_failed(dead, "the process of this run died")
    found = source.read().updates
    assert ended(found) == {
        ("generate_video", "success"): 1, ("publish_video", "failure"): 1, ("generate_video", "crashed"): 1,
    }  # fmt: skip
    assert {u.name for u in found if u.exemplar} == {"videogen_run_queue_seconds", "videogen_run_duration_seconds"}
    assert ended(source.read().updates) == {}
    good.execute_in_process(instance=instance)
    again = DagsterSource(instance, state)
    assert ended(again.read().updates) == {("generate_video", "success"): 1}
    (last,) = gauges(again.read().updates, "videogen_job_last_success_timestamp_seconds").values()
    assert last == pytest.approx(time.time(), abs=60)


def run_without_its_worker(instance: dg.DagsterInstance, killed: str) -> dg.DagsterRun:
    """A run that has begun, whose process is gone."""
    run = instance.create_run_for_job(good, status=dg.DagsterRunStatus.STARTED)
    instance.add_run_tags(run.run_id, {WORKER_TAG: f"{run.run_id}@{killed}"})
    return run


def test_a_killed_worker_is_a_crash_before_dagster_knows_and_counts_once(
    instance: dg.DagsterInstance, killed: str
) -> None:
    source = DagsterSource(instance, {})
    source.read()
    run = run_without_its_worker(instance, killed)
    assert ended(source.read().updates) == {("generate_video", "crashed"): 1}
    assert ended(source.read().updates) == {}
    instance.report_run_failed(run, "the process of this run died")
    assert ended(source.read().updates) == {}


def test_a_run_that_ended_well_with_its_process_while_the_runs_were_read_is_no_crash(
    instance: dg.DagsterInstance, killed: str
) -> None:
    source = DagsterSource(instance, {})
    source.read()
    run = run_without_its_worker(instance, killed)
    genuine = instance.get_run_records

    def ends_afterwards(filters: Any = None, **more: Any) -> Any:
        found = genuine(filters, **more)
        event = dg.DagsterEvent(dg.DagsterEventType.PIPELINE_SUCCESS.value, "generate_video")
        if filters and dg.DagsterRunStatus.STARTED in filters.statuses:
            instance.report_dagster_event(event, run.run_id)
        return found

    instance.get_run_records = ends_afterwards  # type: ignore[assignment]  # it takes what the genuine one takes
    first = ended(source.read().updates)
    instance.get_run_records = genuine
    assert {**first, **ended(source.read().updates)} == {("generate_video", "success"): 1}


def test_a_run_that_waits_is_seen_with_the_time_since_when(instance: dg.DagsterInstance) -> None:
    instance.create_run_for_job(good, status=dg.DagsterRunStatus.NOT_STARTED)
    created = time.time()
    run = instance.create_run_for_job(bad, status=dg.DagsterRunStatus.NOT_STARTED)
    instance.add_run_tags(run.run_id, {"later": "tag"})
    found = DagsterSource(instance, {}).read().updates
    assert gauges(found, "videogen_runs_active") == {
        ("generate_video", "not_started"): 1,
        ("publish_video", "not_started"): 1,
    }
    oldest = gauges(found, "videogen_run_state_oldest_timestamp_seconds")
    assert oldest["generate_video", "not_started"] == pytest.approx(created, abs=30)


def test_a_run_that_ends_while_it_is_read_is_either_active_or_ended(instance: dg.DagsterInstance) -> None:
    source = DagsterSource(instance, {})
    source.read()
    run = instance.create_run_for_job(good, status=dg.DagsterRunStatus.STARTED)
    genuine = instance.get_run_records

    def ends_in_between(filters: Any = None, **more: Any) -> Any:
        found = genuine(filters, **more)
        if filters and dg.DagsterRunStatus.STARTED in filters.statuses:
            instance.report_run_canceled(run)
        return found

    instance.get_run_records = ends_in_between  # type: ignore[assignment]  # it takes what the genuine one takes
    found = source.read().updates
    assert gauges(found, "videogen_runs_active") == {("generate_video", "started"): 1}
    assert ended(found) == {("generate_video", "canceled"): 1}
    instance.get_run_records = genuine
    later = source.read().updates
    assert gauges(later, "videogen_runs_active") == {}
    assert ended(later) == {}


def test_heartbeats_and_pools_are_read(instance: dg.DagsterInstance) -> None:
    from dagster._daemon.types import DaemonHeartbeat

    assert daemon_heartbeats(instance) == {}
    instance.add_daemon_heartbeat(DaemonHeartbeat(1000.0, "SENSOR", "id", []))
    found = DagsterSource(instance, {}).read().updates
    assert gauges(found, "videogen_daemon_heartbeat_timestamp_seconds") == {("sensor",): 1000.0}
    instance.event_log_storage.set_concurrency_slots("gpu", 2)
    instance.event_log_storage.claim_concurrency_slot("gpu", "run", "step")
    usage = pool_usage(instance, "gpu")
    assert (usage.places, usage.running, usage.waiting) == (2, 1, 0)


def test_runs_around_an_incident_have_scrubbed_logs_and_their_outcome(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    from videogen.monitoring.alerts.manager import AlertManager

    bad.execute_in_process(instance=instance, raise_on_error=False)
    dead = instance.create_run_for_job(good, status=dg.DagsterRunStatus.STARTED)
    instance.report_run_failed(dead, "the process of this run died")
    config = config_in(tmp_path)
    around = DagsterSurroundings(config, instance)
    now = datetime.now(UTC)
    runs = {run.job: run for run in around.runs(now - timedelta(minutes=5), now + timedelta(minutes=1))}
    assert (runs["publish_video"].status, runs["generate_video"].status) == ("failure", "crashed")
    EmergencyMode(config.paths.store).enter("operator", 100)
    manager = AlertManager(config, surroundings=around)
    alert = manager.trigger_alert("release_refused", {"problem": "write to bob@bureau.example", "remedy": "look at it"})
    incident = manager.generate_incident_report(alert.id)
    for path in (incident.markdown, incident.html):
        text = path.read_text(encoding="utf-8")
        assert "crashed" in text
        assert f"/runs/{dead.run_id}" in text
        assert "the emergency mode begins" in text
        assert "s3cret" not in text
        assert "ada@bureau.example" not in text
        assert "Cause" in text
    assert "<script" not in incident.html.read_text(encoding="utf-8")
    assert incident.html.read_text(encoding="utf-8").count("<svg") == 2


def test_inbox_emergency_mode_and_stores_are_looked_at(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    inbox = Path(config.paths.inbox)
    (inbox / "alerts").mkdir(parents=True)
    (inbox / "alerts" / "flood.xml").write_text("<alert/>", encoding="utf-8")
    (inbox / ".hidden").write_text("", encoding="utf-8")
    EmergencyMode(config.paths.store).enter("operator", 70)
    found = PlacesSource(config).read().updates
    assert gauges(found, "videogen_inbox_files") == {(): 1.0}
    assert gauges(found, "videogen_emergency_level") == {(): 70.0}
    assert set(gauges(found, "videogen_store_roundtrip_seconds")) == {("store",), ("warehouse",)}
