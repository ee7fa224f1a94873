"""The launcher, the queue and the heartbeats of a fleet, with a real Redis and a real Postgres."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from dagster._core.launcher import WorkerStatus

from deploy.local.servers import Server
from resources.jobs_and_tags import LANE_TAG, QUEUE_TAG, Job, Pool
from videogen.errors import ConfigError, StorageError
from videogen.fleet.addresses import POSTGRES_VARIABLE, QUEUE_VARIABLE
from videogen.fleet.beats import Beat, FleetBoard
from videogen.fleet.presence import Patience
from videogen.fleet.queues import Queue
from videogen.fleet.software import software_version
from videogen_dagster.fleet.queue import GIVEN_TAG, check_queue, queue_of
from videogen_dagster.fleet.shared_home import shared_home, write_home
from videogen_dagster.fleet.worker import Heart, OtherSoftwareError, check_version, execute
from videogen_dagster.home import project_instance

Served = tuple[Server, str]


@pytest.fixture
def instance(
    postgres: Served, redis: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setenv(POSTGRES_VARIABLE, postgres[1])
    monkeypatch.setenv(QUEUE_VARIABLE, redis[1])
    write_home(tmp_path, shared_home(postgres=True, fleet=True), replace=False)
    with project_instance() as opened:
        opened.run_launcher._absences.forget()
        yield opened
        opened.run_launcher.board.close()


@pytest.fixture
def board(redis: Served) -> Iterator[FleetBoard]:
    opened = FleetBoard(redis[1])
    yield opened
    for beat in opened.beats():
        opened.remove(beat.worker)
    opened.close()


def beat(name: str = "gpu-1@alpha", queue: Queue = Queue.GPU, **changes: Any) -> Beat:
    fields: dict[str, Any] = {
        "worker": name, "machine": "alpha", "queue": queue, "places": 1, "runs": (), "version": software_version(),
        "pid": 1,
    }  # fmt: skip
    return Beat(**(fields | changes))


def run(instance: dg.DagsterInstance, **tags: str) -> dg.DagsterRun:
    """A run that a worker has begun."""
    made = instance.create_run_for_job(_job, tags={QUEUE_TAG: "gpu", **tags})
    instance.report_engine_event("begun", made)
    instance.handle_new_event(_event(made, dg.DagsterEventType.PIPELINE_STARTING))
    instance.handle_new_event(_event(made, dg.DagsterEventType.PIPELINE_START))
    found = instance.get_run_by_id(made.run_id)
    assert found is not None
    return found


def _event(made: dg.DagsterRun, kind: dg.DagsterEventType) -> Any:
    from dagster._core.events import DagsterEvent
    from dagster._core.events.log import EventLogEntry

    event = DagsterEvent(event_type_value=kind.value, job_name=made.job_name)
    return EventLogEntry(
        error_info=None, level=10, user_message="", run_id=made.run_id, timestamp=time.time(), dagster_event=event
    )


@dg.job
def _job() -> None:
    pass


def test_a_beat_is_seen_until_it_is_not_repeated(board: FleetBoard) -> None:
    board.put(beat(), 0.2)
    assert [one.worker for one in board.beats()] == ["gpu-1@alpha"]
    deadline = time.monotonic() + 10
    while board.beats():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_as_many_runs_are_launched_as_workers_of_this_software_take(
    instance: dg.DagsterInstance, board: FleetBoard
) -> None:
    board.put(beat(places=2), 60)
    board.put(beat("cpu-1@beta", Queue.CPU), 60)
    board.put(beat("gpu-2@old", version="0.0.1+other", places=9), 60)

    limits = instance.get_concurrency_config().run_queue_config

    assert limits.max_concurrent_runs == 3
    assert {one["value"]: one["limit"] for one in limits.tag_concurrency_limits} == {"gpu": 2, "cpu": 1, "emergency": 0}
    assert {one["key"] for one in limits.tag_concurrency_limits} == {QUEUE_TAG}
    assert board.version() == software_version()
    assert instance.event_log_storage.get_concurrency_info(Pool.GPU).slot_count == 2


def test_nothing_is_launched_while_the_queue_does_not_answer(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher: Any = instance.run_launcher
    monkeypatch.setattr(launcher, "board", FleetBoard("redis://127.0.0.1:1/0"))

    assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 0


def test_a_run_that_no_worker_names_is_failed_after_a_while_and_not_before(
    instance: dg.DagsterInstance, board: FleetBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher: Any = instance.run_launcher
    started = run(instance)
    now = [1000.0]
    monkeypatch.setattr("videogen_dagster.fleet.launcher.time", SimpleNamespace(monotonic=lambda: now[0]))

    def health() -> WorkerStatus:
        now[0] += 10.0
        return launcher.check_run_worker_health(started).status

    board.put(beat(runs=(started.run_id,)), 60)
    assert health() is WorkerStatus.RUNNING
    board.put(beat(), 60)
    assert [health() for _ in range(3)] == [WorkerStatus.RUNNING] * 3
    assert health() is WorkerStatus.FAILED


def test_a_run_is_not_failed_while_the_queue_does_not_answer(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher: Any = instance.run_launcher
    started = run(instance)
    now = [1000.0]
    monkeypatch.setattr("videogen_dagster.fleet.launcher.time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(launcher, "board", FleetBoard("redis://127.0.0.1:1/0"))

    for _ in range(3):
        now[0] += 1000.0
        assert launcher.check_run_worker_health(started).status is WorkerStatus.RUNNING


def test_runs_of_commands_are_none_of_the_launchers_business(instance: dg.DagsterInstance) -> None:
    own = instance.create_run_for_job(_job)

    assert instance.run_launcher.check_run_worker_health(own).status is WorkerStatus.RUNNING
    assert not instance.run_launcher.terminate(own.run_id)


def test_a_run_that_no_worker_has_taken_is_cancelled_at_once_and_never_begun(
    instance: dg.DagsterInstance, board: FleetBoard
) -> None:
    waiting = instance.create_run_for_job(_job, tags={QUEUE_TAG: "gpu"})
    instance.handle_new_event(_event(waiting, dg.DagsterEventType.PIPELINE_STARTING))

    assert instance.run_launcher.terminate(waiting.run_id)

    ended = instance.get_run_by_id(waiting.run_id)
    assert ended is not None
    assert ended.status is dg.DagsterRunStatus.CANCELED
    execute(waiting.run_id, software_version())
    ended = instance.get_run_by_id(waiting.run_id)
    assert ended is not None
    assert ended.status is dg.DagsterRunStatus.CANCELED


@pytest.mark.parametrize(
    ("job", "tags", "queue"),
    [
        (Job.GENERATE, {}, Queue.GPU),
        ("__ASSET_JOB", {}, Queue.GPU),
        ("__ASSET_JOB", {LANE_TAG: "emergency"}, Queue.EMERGENCY),
        (Job.PUBLISH, {}, Queue.CPU),
        (Job.ASSEMBLE_BRIEFING, {}, Queue.CPU),
        ("deliver_releases", {}, Queue.CPU),
        (Job.ALERT, {}, Queue.EMERGENCY),
        ("submit_alert", {}, Queue.EMERGENCY),
        (Job.GENERATE, {GIVEN_TAG: "cpu"}, Queue.CPU),
    ],
)
def test_a_run_has_the_queue_of_its_job_unless_it_asks_for_another(
    job: str, tags: dict[str, str], queue: Queue
) -> None:
    assert queue_of(dg.DagsterRun(job_name=str(job), tags=tags)) is queue


def test_a_run_for_an_unknown_queue_is_refused_when_it_is_launched(instance: dg.DagsterInstance) -> None:
    made = instance.create_run_for_job(_job, tags={GIVEN_TAG: "gpuu"})
    context: Any = SimpleNamespace(dagster_run=made, workspace=None)

    with pytest.raises(ConfigError, match="did you mean gpu"):
        instance.run_coordinator.submit_run(context)


def test_a_worker_that_cannot_be_heard_ends_its_runs(redis: Served) -> None:
    ended: list[str] = []
    heart = Heart(FleetBoard("redis://127.0.0.1:1/0"), "gpu-1@a", Queue.GPU, 1, Patience(0.1), ended.append)
    heart.beat()
    assert ended == [], "not at once: the queue may be started again"
    time.sleep(0.06)
    heart.beat()

    assert len(ended) == 1
    assert "cannot be reached" in ended[0]


def test_both_versions_are_named_where_they_differ() -> None:
    check_version("1", None)
    check_version("1", "1")
    with pytest.raises(OtherSoftwareError, match=r"0\.1\+a.*0\.2\+b"):
        check_version("0.1+a", "0.2+b")


def test_a_worker_of_another_version_refuses_a_run(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = instance.create_run_for_job(_job)

    execute(made.run_id, "0.0.1+other")

    ended = instance.get_run_by_id(made.run_id)
    assert ended is not None
    assert ended.status is dg.DagsterRunStatus.FAILURE
    said = " ".join(record.message for record in instance.all_logs(made.run_id))
    assert "0.0.1+other" in said
    assert software_version() in said


def test_a_message_that_comes_twice_makes_one_run(instance: dg.DagsterInstance) -> None:
    begun = run(instance)
    before = len(instance.all_logs(begun.run_id))

    execute(begun.run_id, software_version())

    assert len(instance.all_logs(begun.run_id)) == before


def test_a_worker_does_not_start_beside_a_daemon_of_another_version(
    instance: dg.DagsterInstance, board: FleetBoard
) -> None:
    board.announce("9.9.9+future")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "videogen_dagster.fleet.worker", "gpu", "1"],
            env=os.environ | {"PYTHONPATH": os.getcwd()}, capture_output=True, text=True, timeout=280, check=False,
        )  # fmt: skip
    finally:
        board.announce(software_version())
    assert done.returncode == 2
    assert "9.9.9+future" in done.stderr
    assert software_version() in done.stderr


def test_a_wrong_password_of_the_queue_is_named_as_such(redis: Served) -> None:
    password = redis[1].split(":")[2].partition("@")[0]
    with pytest.raises(StorageError) as refused:
        check_queue(redis[1].replace(password, "wrong"))
    assert "password" in refused.value.remedy
    with pytest.raises(StorageError, match="queue cannot be used"):
        check_queue("redis://127.0.0.1:1/0")
