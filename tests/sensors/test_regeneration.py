"""A failing report leads to the next attempt: with its changes, a bounded number of times, never twice."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from assets.partitions import VIDEOS
from sensors.regeneration import BY_CALLER_TAG, decide, open_next, regeneration_sensor
from tests.dagster_helpers import Project
from videogen.quality.report import FileFacts, QualityReport, Suggestion
from videogen.requests import Attempt, VideoRequest

CHANGES = {"seed": 99, "model.guidance_scale": 6.0}


def report(
    passed: bool = False, changes: dict[str, Any] = CHANGES, from_stage: str = "base_noise_latents"
) -> QualityReport:
    facts = FileFacts(
        width=2,
        height=2,
        fps=8,
        num_frames=2,
        frames_measured=2,
        duration=0.25,
        codec="h264",
        pix_fmt="yuv420p",
        has_audio=False,
        has_captions=False,
    )
    suggestion = Suggestion(metrics=("sharpness",), problem="soft", changes=changes, from_stage=from_stage)
    return QualityReport(
        video="v.mp4",
        prompt="a bus",
        content_type="illustration",
        passed=passed,
        score=0.4,
        reasons=() if passed else ("sharpness is 0.2, at least 0.4 is needed",),
        not_measured=(),
        metrics=(),
        checks=(),
        worst_frames=(),
        suggestions=() if passed else (suggestion,),
        facts=facts,
        window_seconds=0.5,
        features="x",
        encoder=None,
    )


REQUEST = VideoRequest(prompt="a bus")


def attempts(*reasons: str) -> list[Attempt]:
    return [Attempt(video_id=REQUEST.id, number=index + 1, reason=reason) for index, reason in enumerate(reasons)]


def test_a_failing_report_is_followed_by_its_suggestions() -> None:
    decision = decide(REQUEST, attempts("first attempt"), 1, report(), 3)
    assert decision.again
    assert decision.changes == CHANGES
    assert decision.from_stage == "base_noise_latents"
    assert "sharpness is 0.2" in decision.why


@pytest.mark.parametrize(
    ("request_", "history", "found", "limit"),
    [
        (REQUEST, ["first attempt"], report(passed=True), 3),
        (REQUEST, ["first attempt"], report(), 0),
        (REQUEST, ["first attempt", "regeneration 1 of 2: x", "regeneration 2 of 2: x"], report(), 2),
        (REQUEST, ["first attempt"], report(changes={}), 3),
        (VideoRequest(prompt="a flood", emergency=True), ["first attempt"], report(), 3),
    ],
    ids=["it passes", "none allowed", "used up", "nothing suggested", "an emergency"],
)
def test_nothing_follows_where_nothing_should(
    request_: VideoRequest, history: list[str], found: QualityReport, limit: int
) -> None:
    assert not decide(request_, attempts(*history), len(history), found, limit).again


def test_an_attempt_that_is_not_the_latest_is_not_repeated() -> None:
    assert not decide(REQUEST, attempts("first attempt", "by hand"), 1, report(), 3).again


def test_attempts_by_hand_do_not_use_up_the_regenerations() -> None:
    assert decide(REQUEST, attempts("first attempt", "by hand", "by hand"), 3, report(), 1).again


def reported(project: Project, tags: dict[str, str] | None = None) -> str:
    (video_id,) = project.submit("a bus")
    project.storage.requests.open_attempt(video_id, reason="first attempt")
    project.storage.artifacts.save(video_id, 1, "quality_report", report())
    announce(project, video_id, 1, tags)
    return video_id


def announce(project: Project, video_id: str, attempt: int, tags: dict[str, str] | None = None) -> None:
    @dg.op
    def emit(context) -> None:
        context.log_event(
            dg.AssetMaterialization(
                "quality_report", partition=video_id, metadata={"attempt": dg.IntMetadataValue(attempt)}
            )
        )

    @dg.job
    def say() -> None:
        emit()

    assert say.execute_in_process(instance=project.instance, tags=tags).success


def tick(project: Project, cursor: str | None = None) -> dg.SensorResult:
    resources = {"storage": project.storage}
    with dg.build_sensor_context(instance=project.instance, cursor=cursor, resources=resources) as context:
        return regeneration_sensor(context)


def test_the_run_of_the_next_attempt_makes_only_what_the_changes_touch(project: Project) -> None:
    video_id = reported(project)
    (run,) = tick(project).run_requests
    assert (run.run_key, run.partition_key) == (f"{video_id}:attempt-2", video_id)
    assert run.tags["videogen/attempt"] == "2"
    names = [key.path[-1] for key in run.asset_selection]
    assert names[0] == "base_noise_latents"
    assert "quality_report" in names
    assert "conditioning_embeddings" not in names
    assert project.storage.requests.attempts(video_id)[1].changes == CHANGES


def test_a_tick_that_is_repeated_after_a_crash_opens_no_second_attempt(project: Project) -> None:
    video_id = reported(project)
    first, second = tick(project), tick(project)
    assert [run.run_key for run in first.run_requests] == [run.run_key for run in second.run_requests]
    assert len(project.storage.requests.attempts(video_id)) == 2


def test_a_report_is_looked_at_once(project: Project) -> None:
    reported(project)
    first = tick(project)
    assert tick(project, first.cursor).run_requests == []


def test_the_attempts_end_at_the_limit(project: Project) -> None:
    project.settings["quality.max_regeneration_attempts"] = 2
    video_id = reported(project)
    cursor = None
    for number in (1, 2, 3):
        result = tick(project, cursor)
        cursor = result.cursor
        assert len(result.run_requests) == (1 if number < 3 else 0)
        project.storage.artifacts.save(video_id, min(number + 1, 3), "quality_report", report())
        announce(project, video_id, min(number + 1, 3))
    assert len(project.storage.requests.attempts(video_id)) == 3


def test_who_regenerates_himself_is_not_helped(project: Project) -> None:
    video_id = reported(project, {BY_CALLER_TAG: "true"})
    assert tick(project).run_requests == []
    assert len(project.storage.requests.attempts(video_id)) == 1


def test_a_report_that_cannot_be_read_stops_nothing_else(project: Project) -> None:
    broken = reported(project)
    project.storage.artifacts.local_file(broken, 1, "quality_report.json").write_text("{", encoding="utf-8")
    good = reported(project)
    assert [run.partition_key for run in tick(project).run_requests] == [good]


def test_the_next_attempt_inherits_what_it_does_not_make(project: Project) -> None:
    video_id = reported(project)
    attempt = open_next(project.storage, video_id, 1)
    assert attempt is not None
    assert attempt.parent == 1
    assert project.instance.get_dynamic_partitions(VIDEOS.name) == [video_id]
