"""The daemon is killed between tick and launch: after it starts again no attempt is lost, doubled or overwritten.

Real ticks of Dagster's own sensor loop, in processes that are killed at the places where Dagster itself tests
crashes, on an instance with a queue and SQLite files, as the project ships it.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

import videogen_dagster.definitions  # noqa: F401  # once, for all processes that are forked below
from assets.partitions import VIDEOS
from resources.jobs_and_tags import ATTEMPT_TAG
from resources.settings import SettingsResource
from resources.storage import StorageResource
from tests.dagster_helpers import announce, places
from tests.release_helpers import CHANGES, make_attempt, quality, write_clip
from videogen.config.config import PROJECT_ROOT, VideoGenConfig
from videogen.domain.requests import VideoRequest

# Not forked: locks of the threads of earlier tests would stay held in the child for ever.
SPAWN = multiprocessing.get_context("spawn")
# Of one round, in seconds: a limit for what hangs, not for a busy machine, on which loading alone takes minutes.
LONGEST = 600
pytestmark = pytest.mark.timeout(4 * LONGEST)


def sensor_loop(home: str, moment: datetime, sensor: str, crash_at: str | None) -> None:
    """One round of the daemon's sensor loop; killed at `crash_at` of that sensor's tick."""
    from dagster._core.remote_origin import InProcessCodeLocationOrigin
    from dagster._core.test_utils import freeze_time
    from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import InProcessWorkspaceLoadTarget
    from dagster._daemon.sensor import execute_sensor_iteration

    origin = InProcessCodeLocationOrigin(
        LoadableTargetOrigin(executable_path=sys.executable, module_name="videogen_dagster.definitions"),
        location_name="videogen",
    )
    flags = {sensor: {crash_at: signal.SIGKILL}} if crash_at else {}
    with (
        dg.DagsterInstance.from_config(home) as instance,
        WorkspaceProcessContext(instance, InProcessWorkspaceLoadTarget(origin)) as workspace,
        freeze_time(moment),
    ):
        for problem in execute_sensor_iteration(
            workspace, logging.getLogger("test"), None, None, debug_crash_flags=flags
        ):
            assert problem is None, problem


def run_loop(home: Path, moment: datetime, sensor: str, crash_at: str | None = None) -> int:
    process = SPAWN.Process(target=sensor_loop, args=(str(home), moment, sensor, crash_at))
    process.start()
    process.join(LONGEST)
    if process.exitcode is None:
        process.kill()
        pytest.fail(f"a round of the sensor loop hung for {LONGEST} s")
    return process.exitcode


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance of its own with the project's settings, and a configuration file for the code location."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "dagster.yaml").write_bytes((PROJECT_ROOT / "dagster_home" / "dagster.yaml").read_bytes())
    config = tmp_path / "config.yaml"
    settings = places(tmp_path) | {"release.automatic": True}
    config.write_text(VideoGenConfig.load(None, settings).to_yaml(), encoding="utf-8")
    monkeypatch.setenv("VIDEOGEN_CONFIG", str(config))
    monkeypatch.setenv("DAGSTER_HOME", str(folder))
    return folder


def storage(tmp_path: Path) -> StorageResource:
    return StorageResource(settings=SettingsResource(overrides=places(tmp_path)))


def reported(home: Path, tmp_path: Path, passed: bool) -> str:
    stores = storage(tmp_path)
    video_id = stores.requests.submit(VideoRequest(prompt="a bus", source="inbox")).id
    clip = write_clip(tmp_path / "clip.mp4")
    make_attempt(stores.requests, stores.artifacts, video_id, clip, report=quality(passed))
    with dg.DagsterInstance.from_config(str(home)) as instance:
        instance.add_dynamic_partitions(VIDEOS.name, [video_id])
        announce(instance, video_id, 1)
    return video_id


def runs(home: Path, job: str) -> list[dg.DagsterRun]:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        return list(instance.get_runs(filters=dg.RunsFilter(job_name=job)))


PLACES = ["TICK_HELD", "RUN_IDS_RESERVED", "RUN_CREATED", "RUN_LAUNCHED"]


@pytest.mark.parametrize("crash_at", PLACES)
def test_an_attempt_is_neither_lost_nor_doubled_nor_overwritten(home: Path, tmp_path: Path, crash_at: str) -> None:
    video_id = reported(home, tmp_path, passed=False)
    moment = datetime.now(UTC) + timedelta(minutes=1)
    assert run_loop(home, moment, "regeneration", crash_at) == -signal.SIGKILL
    before = storage(tmp_path).requests.attempts(video_id)
    for later in (1, 2):
        assert run_loop(home, moment + timedelta(minutes=later), "regeneration") == 0
    attempts = storage(tmp_path).requests.attempts(video_id)
    assert [attempt.number for attempt in attempts] == [1, 2]
    assert attempts[: len(before)] == before
    assert attempts[1].changes == CHANGES
    (run,) = runs(home, "generate_video")
    assert (run.status, run.tags[ATTEMPT_TAG], run.tags["dagster/partition"]) == (
        dg.DagsterRunStatus.QUEUED, "2", video_id,
    )  # fmt: skip


@pytest.mark.parametrize("crash_at", ["RUN_IDS_RESERVED"])
def test_a_video_goes_to_the_release_gate_exactly_once(home: Path, tmp_path: Path, crash_at: str) -> None:
    video_id = reported(home, tmp_path, passed=True)
    moment = datetime.now(UTC) + timedelta(minutes=1)
    assert run_loop(home, moment, "releases", crash_at) == -signal.SIGKILL
    for later in (1, 2):
        assert run_loop(home, moment + timedelta(minutes=later), "releases") == 0
    (run,) = runs(home, "publish_video")
    assert run.tags["dagster/partition"] == video_id
    assert runs(home, "generate_video") == []
