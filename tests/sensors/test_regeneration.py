"""A failing report leads to the next attempt: with its changes, a bounded number of times, never twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.partitions import VIDEOS
from resources.jobs_and_tags import BY_CALLER_TAG
from sensors.regeneration import regeneration_sensor
from tests.dagster_helpers import Project, announce
from tests.release_helpers import CHANGES, make_attempt, quality, write_clip
from videogen.domain.artifacts import VideoFile
from videogen.domain.requests import Attempt, VideoRequest
from videogen.domain.stages import STAGES
from videogen.quality.reporting.report import CheckResult, QualityReport, Suggestion
from videogen.release.regeneration import decide, open_next


def report(
    passed: bool = False, changes: dict[str, Any] = CHANGES, from_stage: str = "base_noise_latents"
) -> QualityReport:
    return quality(passed, 0.4, changes=changes, from_stage=from_stage)


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


def test_a_prompt_that_the_model_cannot_draw_is_not_tried_again() -> None:
    advice = Suggestion(metrics=("prompt_can_be_drawn",), problem="x", from_stage=STAGES[0], why="write another prompt")
    found = report().model_copy(update={"suggestions": (advice,)})
    decision = decide(REQUEST, attempts("first attempt"), 1, found, 3)
    assert (decision.outcome, decision.why) == ("exhausted", "write another prompt")


def test_attempts_by_hand_do_not_use_up_the_regenerations() -> None:
    assert decide(REQUEST, attempts("first attempt", "by hand", "by hand"), 3, report(), 1).again


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4")


@pytest.fixture
def reported(project: Project, clip: Path) -> Callable[..., str]:
    """Makes a video whose first attempt has just got its (failing) report."""

    def make(tags: dict[str, str] | None = None, found: QualityReport | None = None, **fields: Any) -> str:
        (video_id,) = project.submit("a bus", **{"source": "batch"} | fields)
        attempt(project, video_id, clip, found or report())
        announce(project.instance, video_id, 1, tags)
        return video_id

    return make


def attempt(project: Project, video_id: str, clip: Path, found: QualityReport) -> int:
    return make_attempt(project.storage.requests, project.storage.artifacts, video_id, clip, report=found)


def tick(project: Project, cursor: str | None = None) -> dg.SensorResult:
    resources = {"storage": project.storage, "notifier": project.resources["notifier"]}
    with dg.build_sensor_context(instance=project.instance, cursor=cursor, resources=resources) as context:
        return regeneration_sensor(context)


def alerts(project: Project) -> list[dict[str, Any]]:
    return project.storage.warehouse.query("SELECT * FROM alerts").to_dict("records")


def test_the_run_of_the_next_attempt_makes_only_what_the_changes_touch(
    project: Project, reported: Callable[..., str]
) -> None:
    video_id = reported()
    (run,) = tick(project).run_requests or ()
    assert (run.run_key, run.partition_key) == (f"{video_id}:attempt-2", video_id)
    assert run.tags["videogen/attempt"] == "2"
    names = [key.path[-1] for key in run.asset_selection]
    assert names[:2] == ["base_noise_latents", "residual_noise_latents"]
    assert "quality_report" in names
    assert "conditioning_embeddings" not in names
    assert project.storage.requests.attempts(video_id)[1].changes == CHANGES


def test_a_report_of_an_older_version_whose_changes_would_not_act_at_its_stage_is_followed_from_an_earlier_one(
    project: Project, reported: Callable[..., str]
) -> None:
    changes = CHANGES | {"synthesis.keyword_emphasis": True}
    video_id = reported(found=report(changes=changes))
    (run,) = tick(project).run_requests or ()
    assert run.asset_selection is not None
    assert run.asset_selection[0].path[-1] == "conditioning_embeddings"
    assert project.storage.requests.attempts(video_id)[1].from_stage == "conditioning_embeddings"


def test_a_tick_that_is_repeated_after_a_crash_opens_no_second_attempt(
    project: Project, reported: Callable[..., str]
) -> None:
    video_id = reported()
    first, second = tick(project), tick(project)
    assert [run.run_key for run in first.run_requests] == [run.run_key for run in second.run_requests]
    assert len(project.storage.requests.attempts(video_id)) == 2


def test_a_report_is_looked_at_once(project: Project, reported: Callable[..., str]) -> None:
    reported()
    first = tick(project)
    assert tick(project, first.cursor).run_requests == []


def test_the_attempts_end_at_the_limit_and_then_an_alert_names_the_best(
    project: Project, reported: Callable[..., str]
) -> None:
    project.settings["quality.max_regeneration_attempts"] = 2
    video_id = reported()
    cursor = None
    scores = {2: 0.6, 3: 0.5}
    for number in (1, 2, 3):
        assert alerts(project) == []
        result = tick(project, cursor)
        cursor = result.cursor
        assert len(result.run_requests) == (1 if number < 3 else 0)
        if number < 3:
            found = report().model_copy(update={"score": scores[number + 1]})
            artifacts = project.storage.artifacts
            artifacts.save(
                video_id, number + 1, "rendered_video", artifacts.load(video_id, 1, "rendered_video", VideoFile)
            )
            artifacts.save(video_id, number + 1, "quality_report", found)
            announce(project.instance, video_id, number + 1)
    assert len(project.storage.requests.attempts(video_id)) == 3
    (alert,) = alerts(project)
    assert (alert["kind"], alert["severity"], alert["video_id"], alert["attempt"]) == (
        "below_target", "warning", video_id, 3,
    )  # fmt: skip
    assert "all 2 regenerations are used up" in alert["problem"]
    assert "Best is attempt 2 with score 0.60" in alert["problem"]
    assert "videogen publish" in alert["remedy"]


def test_a_prompt_that_cannot_be_drawn_is_not_sent_to_be_tried_again(
    project: Project, reported: Callable[..., str]
) -> None:
    failed = CheckResult(name="prompt_can_be_drawn", title="Prompt", passed=False, found="it does not know: helicopter")
    suggestion = Suggestion(metrics=(failed.name,), problem="p", from_stage="prompt_asset", why="write another prompt")
    reported(found=report().model_copy(update={"checks": (failed,), "suggestions": (suggestion,)}))
    assert not tick(project).run_requests
    (alert,) = alerts(project)
    assert "write another prompt" in alert["remedy"]
    assert "videogen retry" not in alert["remedy"]


def test_a_repeated_tick_raises_no_second_alert(project: Project, reported: Callable[..., str]) -> None:
    project.settings["quality.max_regeneration_attempts"] = 0
    reported()
    tick(project)
    tick(project)
    assert len(alerts(project)) == 1


@pytest.mark.parametrize(
    ("found", "fields", "raised"),
    [
        (report(passed=True), {}, 0),
        (report(changes={}), {}, 1),
        (report(), {"emergency": True}, 1),
    ],
    ids=["it passes", "nothing to change", "an emergency"],
)
def test_who_is_told_when_nothing_more_is_tried(
    project: Project, reported: Callable[..., str], found: QualityReport, fields: dict[str, Any], raised: int
) -> None:
    reported(found=found, **fields)
    assert tick(project).run_requests == []
    assert len(alerts(project)) == raised


def test_who_regenerates_himself_is_not_helped(project: Project, reported: Callable[..., str]) -> None:
    video_id = reported({BY_CALLER_TAG: "true"})
    assert tick(project).run_requests == []
    assert len(project.storage.requests.attempts(video_id)) == 1


def test_a_report_that_cannot_be_read_stops_nothing_else(project: Project, reported: Callable[..., str]) -> None:
    broken = reported()
    project.storage.artifacts.local_file(broken, 1, "quality_report.json").write_text("{", encoding="utf-8")
    good = reported()
    assert [run.partition_key for run in tick(project).run_requests] == [good]


def test_the_next_attempt_inherits_what_it_does_not_make(project: Project, reported: Callable[..., str]) -> None:
    video_id = reported()
    storage = project.storage
    opened, missed = open_next(storage.requests, storage.artifacts, storage.settings.config, video_id, 1)
    assert missed == ""
    assert opened is not None
    assert opened.parent == 1
    assert project.instance.get_dynamic_partitions(VIDEOS.name) == [video_id]
