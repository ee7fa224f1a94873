"""`videogen status` says what is true now: of runs that wait, work, publish or were cancelled."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterRunStatus as Status

from resources.jobs_and_tags import VIDEO_PARTITIONS, Job
from resources.runs.partitions import range_tags
from tests.dagster_helpers import places
from tests.release_helpers import make_attempt, quality, write_clip
from videogen.config.config import VideoGenConfig
from videogen.domain.requests import VideoRequest
from videogen_dagster.lookup import latest_runs, summary
from videogen_dagster.project import Project


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    config = tmp_path / "config.yaml"
    config.write_text(VideoGenConfig.load(None, places(tmp_path)).to_yaml(), encoding="utf-8")
    return Project(config)


def state(home: Project, video_id: str) -> str:
    return str(summary(home, home.requests.get(video_id), latest_runs())["state"])


def run_over(ids: list[str], status: Status, job: str = Job.GENERATE) -> None:
    with dg.DagsterInstance.get() as instance:
        instance.add_dynamic_partitions(VIDEO_PARTITIONS, ids)
        instance.add_run(dg.DagsterRun(Job(job).value, status=status, tags=range_tags(ids)))


def finished(home: Project, folder: Path) -> str:
    video_id = home.requests.submit(VideoRequest(prompt="a bus")).id
    make_attempt(home.requests, home.artifacts, video_id, write_clip(folder / "clip.mp4"), report=quality())
    return video_id


@pytest.mark.parametrize(
    ("status", "job", "told"),
    [
        (Status.NOT_STARTED, Job.GENERATE, "queued"),
        (Status.STARTING, Job.GENERATE, "queued"),
        (Status.STARTED, Job.GENERATE, "running"),
        (Status.CANCELING, Job.GENERATE, "being cancelled"),
        (Status.STARTED, Job.PUBLISH, "publishing"),
        (Status.NOT_STARTED, Job.PUBLISH, "queued"),
    ],
)
def test_a_run_that_waits_or_works_is_told_even_of_a_finished_video(
    home: Project, tmp_path: Path, status: Status, job: str, told: str
) -> None:
    video_id = finished(home, tmp_path)
    assert state(home, video_id) == "to be looked at"
    run_over([video_id], status, job)
    assert state(home, video_id) == told


def test_what_was_cancelled_says_so_until_it_is_run_again(home: Project, tmp_path: Path) -> None:
    ids = [home.requests.submit(VideoRequest(prompt="a bus")).id for _ in range(2)]
    done = finished(home, tmp_path)
    assert state(home, ids[0]) == "waiting"
    run_over([*ids, done], Status.CANCELED)
    assert [state(home, video_id) for video_id in (*ids, done)] == ["cancelled", "cancelled", "to be looked at"]
    run_over([ids[0]], Status.NOT_STARTED)
    assert [state(home, video_id) for video_id in ids] == ["queued", "cancelled"]
