"""What passes, or is used up, goes to the gate; nothing else does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from resources.jobs_and_tags import BY_CALLER_TAG
from sensors.releases import BY_SENSOR, releases_sensor
from tests.dagster_helpers import Project, announce
from tests.release_helpers import make_attempt, quality, write_clip
from videogen.quality.reporting.report import QualityReport


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4")


@pytest.fixture(autouse=True)
def _automatic(project: Project) -> None:
    project.settings["release.automatic"] = True


def reported(
    project: Project, clip: Path, report: QualityReport, tags: dict[str, str] | None = None, source: str = "batch"
) -> str:
    (video_id,) = project.submit("a bus", source=source)
    make_attempt(project.storage.requests, project.storage.artifacts, video_id, clip, report=report)
    announce(project.instance, video_id, 1, tags)
    return video_id


def tick(project: Project, cursor: str | None = None) -> Any:
    resources = {"storage": project.storage}
    with dg.build_sensor_context(instance=project.instance, cursor=cursor, resources=resources) as context:
        return releases_sensor(context)


def test_a_passing_video_goes_to_the_gate_once(project: Project, clip: Path) -> None:
    video_id = reported(project, clip, quality())
    result = tick(project)
    (run,) = result.run_requests
    assert (run.partition_key, run.run_key) == (video_id, f"{video_id}:attempt-1:publish")
    assert run.tags["dagster/priority"] == "10"
    assert run.run_config == {"ops": {"published_video": {"config": {"operator": "sensor releases"}}}}
    assert tick(project, result.cursor).run_requests == []


def test_a_failing_video_waits_while_attempts_are_left(project: Project, clip: Path) -> None:
    reported(project, clip, quality(passed=False))
    assert tick(project).run_requests == []


def test_a_video_whose_attempts_are_used_up_goes_to_the_gate(project: Project, clip: Path) -> None:
    project.settings["quality.max_regeneration_attempts"] = 0
    video_id = reported(project, clip, quality(passed=False))
    assert [run.partition_key for run in tick(project).run_requests] == [video_id]


def test_who_runs_a_video_himself_publishes_it_himself(project: Project, clip: Path) -> None:
    reported(project, clip, quality(), {BY_CALLER_TAG: "true"})
    assert tick(project).run_requests == []


@pytest.mark.parametrize("source", ["command-line", "python"])
def test_measuring_a_persons_video_again_does_not_publish_it(project: Project, clip: Path, source: str) -> None:
    """A backfill of quality reports carries no mark of the program that made the video."""
    reported(project, clip, quality(), source=source)
    assert tick(project).run_requests == []


def test_measuring_again_replaces_nothing_that_a_person_has_decided(project: Project, clip: Path) -> None:
    chosen, withdrawn, its_own = (reported(project, clip, quality()) for _ in range(3))
    cursor = tick(project).cursor
    publisher = project.resources["signer"].publisher()
    publisher.publish(chosen, by="Ada Desk")
    publisher.publish(withdrawn, by=BY_SENSOR)
    publisher.withdraw(withdrawn, "Ada Desk", "wrong flag")
    publisher.publish(its_own, by=BY_SENSOR)
    for video_id in (chosen, withdrawn, its_own):
        announce(project.instance, video_id, 1)
    assert [run.partition_key for run in tick(project, cursor).run_requests] == [its_own]


def test_by_default_nothing_is_published_by_itself(project: Project, clip: Path) -> None:
    del project.settings["release.automatic"]
    reported(project, clip, quality())
    assert not tick(project).run_requests


def test_without_automatic_release_nothing_goes_by_itself_and_nothing_is_caught_up_later(
    project: Project, clip: Path
) -> None:
    reported(project, clip, quality())
    project.settings["release.automatic"] = False
    result = tick(project)
    assert not result.run_requests
    project.settings["release.automatic"] = True
    assert tick(project, result.cursor).run_requests == []


@pytest.mark.parametrize("metadata", [{}, {"attempt": "first"}])
def test_a_report_that_somebody_announced_by_hand_is_skipped_alone(
    project: Project, clip: Path, metadata: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    by_hand = dg.AssetMaterialization("quality_report", partition="by-hand", metadata=metadata)
    project.instance.report_runless_asset_event(by_hand)
    video_id = reported(project, clip, quality())
    result = tick(project)
    assert [run.partition_key for run in result.run_requests] == [video_id]
    assert tick(project, result.cursor).run_requests == []
    assert "by-hand is skipped" in capfd.readouterr().err


def test_a_damaged_report_stops_nothing_else(project: Project, clip: Path) -> None:
    broken = reported(project, clip, quality())
    project.storage.artifacts.local_file(broken, 1, "quality_report.json").write_text("{", encoding="utf-8")
    good = reported(project, clip, quality())
    assert [run.partition_key for run in tick(project).run_requests] == [good]
