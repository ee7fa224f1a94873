"""The feedback loop as assets, sensors and jobs, on real tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from assets.feedback import (
    ab_test_results,
    feedback_aggregates,
    feedback_events,
    fine_tuning_dataset,
    groups_are_large_enough,
    no_personal_data_in_comments,
    parameter_recommendations,
    rows_fit_feedback,
    sample_ratio_holds,
)
from assets.partitions import EXPERIMENTS
from resources.feedback import FeedbackResource
from sensors.experiments import experiments_sensor, second_attempts_sensor
from sensors.feedback import feedback_sensor
from tests.dagster_helpers import Project, announce, failure_text
from tests.release_helpers import make_attempt, quality, write_clip
from videogen.domain.requests import VideoRequest
from videogen.feedback import FeedbackIntegration
from videogen.intake.request_files import build_request

TODAY = datetime.now(UTC).date()


@pytest.fixture
def loop(project: Project, tmp_path: Path) -> FeedbackIntegration:
    own = {"feedback.key_file": str(tmp_path / "keys.json"), "feedback.adopted_file": str(tmp_path / "adopted.yaml")}
    project.settings |= own
    return FeedbackIntegration(project.storage.settings.config)


def watched(project: Project, clip: Path, **fields: Any) -> str:
    """A video that was made and measured."""
    (video_id,) = project.submit("a red bus", **fields)
    storage = project.storage
    storage.warehouse.add_request(storage.requests.get(video_id))
    make_attempt(storage.requests, storage.artifacts, video_id, clip, report=quality())
    return video_id


def given(project: Project) -> dict[str, Any]:
    return {"storage": project.storage, "feedback": FeedbackResource(storage=project.storage)}


def run(project: Project, assets: list[Any], key: str | None = None) -> tuple[dict[str, Any], dict[str, bool]]:
    """Metadata of the asset, and what the checks said."""
    result = dg.materialize(
        assets, partition_key=key, resources=project.resources, instance=project.instance,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )  # fmt: skip
    (event,) = result.asset_materializations_for_node(assets[0].key.path[-1])
    verdicts = {one.check_name: one.passed for one in result.get_asset_check_evaluations()}
    return {name: value.value for name, value in event.metadata.items()}, verdicts


def test_a_days_feedback_becomes_tables_that_show_no_small_group(
    project: Project, loop: FeedbackIntegration, tmp_path: Path
) -> None:
    video_id = watched(project, write_clip(tmp_path / "a.mp4"))
    for number in range(6):
        loop.collect_feedback(
            video_id, {"user": f"r{number}", "rating": 2 + number % 3, "comment": "the picture is blurry"}
        )
    for number in range(3):
        loop.collect_feedback(video_id, {"user": f"r{number}", "approved": True})
    release = {"video_id": video_id, "attempt": 1, "event": "published", "decided_at": datetime.now(UTC), "released_by": "x",
               "operator": None, "why": None, "sha256": None, "below_target": False, "summary": "s"}  # fmt: skip
    project.storage.warehouse.write("releases", "x", pd.DataFrame([release]))
    facts, checks = run(project, [feedback_events, rows_fit_feedback, no_personal_data_in_comments], f"{TODAY}")
    assert (facts["events"], facts["videos"]) == (16, 1)
    assert checks == {"rows_fit_feedback": True, "no_personal_data_in_comments": True}
    rows = project.storage.warehouse.query("SELECT kind, category, channel FROM feedback")
    assert set(rows[rows["kind"] == "comment"]["category"]) == {"picture quality"}
    assert list(rows[rows["kind"] == "publish"]["channel"]) == ["system"]
    facts, checks = run(project, [feedback_aggregates, groups_are_large_enough], f"{TODAY}")
    assert facts["feedback_rating"] == pytest.approx(3.0)
    assert checks == {"groups_are_large_enough": True}
    shown = project.storage.warehouse.query("SELECT measure, value, n FROM feedback_aggregates").set_index("measure")
    assert pd.isna(shown.loc["approved", "value"])
    assert shown.loc["approved", "n"] == 0
    assert shown.loc["publish", "value"] == 1.0
    assert facts["rating_by_day"].startswith("![")


def test_a_comment_that_was_not_scrubbed_fails_its_check(
    project: Project, loop: FeedbackIntegration, tmp_path: Path
) -> None:
    video_id = watched(project, write_clip(tmp_path / "a.mp4"))
    (event,) = loop.collect_feedback(video_id, {"user": "ada", "comment": "dark"})
    loop.collector.store.add(event.model_copy(update={"comment": "mail ada@example.org", "event_id": "f" * 32}))
    _, checks = run(project, [feedback_events, no_personal_data_in_comments], f"{TODAY}")
    assert checks == {"no_personal_data_in_comments": False}


def test_suggestions_and_the_report_are_made_from_what_is_there(
    project: Project, loop: FeedbackIntegration, tmp_path: Path
) -> None:
    video_id = watched(project, write_clip(tmp_path / "a.mp4"))
    for number in range(6):
        loop.collect_feedback(video_id, {"user": f"r{number}", "tags": ["blurry"]})
    facts, _ = run(project, [parameter_recommendations])
    assert facts["suggestions"] == 1
    assert "# Improvement report" in facts["report"]
    (draft,) = loop.improver.trials.store.all()
    assert (draft.state, draft.experiment.id) == ("draft", facts["drafts"])
    assert draft.experiment.settings() == {"super_resolution.detail_strength"}
    facts, _ = run(project, [parameter_recommendations])
    assert facts["drafts"] == "none", "the setting has a draft already"
    table = project.storage.warehouse.query("SELECT setting, evidence, experiment FROM recommendations")
    assert table.to_dict("records")[0] == {
        "setting": "super_resolution.detail_strength", "evidence": "advice", "experiment": draft.experiment.id,
    }  # fmt: skip


def test_a_dataset_without_consent_says_what_is_missing(project: Project, loop: FeedbackIntegration) -> None:
    result = dg.materialize(
        [fine_tuning_dataset], resources=project.resources, instance=project.instance, raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )  # fmt: skip
    assert not result.success
    assert "0 pairs are too few" in failure_text(result)


def test_the_other_arm_of_a_paired_request_is_opened_once(
    project: Project, loop: FeedbackIntegration, tmp_path: Path
) -> None:
    change = {"super_resolution.detail_strength": 0.5}
    record = loop.improver.setup_ab_test({}, change, by="ada", start=True)
    request = build_request({"prompt": "a red bus"}, source="inbox", config=loop.config)
    assert request.experiment == record.experiment.id
    storage = project.storage
    storage.requests.submit(request)
    storage.warehouse.add_request(request)
    project.instance.add_dynamic_partitions("videos", [request.id])
    make_attempt(storage.requests, storage.artifacts, request.id, write_clip(tmp_path / "a.mp4"), report=quality())
    announce(project.instance, request.id, 1)

    def tick(cursor: str | None) -> dg.SensorResult:
        with dg.build_sensor_context(instance=project.instance, cursor=cursor, resources=given(project)) as context:
            return second_attempts_sensor(context)

    first, again = tick(None), tick(None)
    (asked,), (same,) = first.run_requests or (), again.run_requests or ()
    assert asked.run_key == same.run_key
    attempts = storage.requests.attempts(request.id)
    assert len(attempts) == 2
    other = {"control", "change"} - {request.arm}
    assert attempts[1].arm == other.pop()
    assert attempts[1].from_stage == "upscaled_frames"
    assert storage.requests.get(request.id).settings(loop.config, attempts[1]).super_resolution.detail_strength != (
        storage.requests.get(request.id).settings(loop.config, attempts[0]).super_resolution.detail_strength
    )


def test_running_experiments_are_looked_at_and_get_their_partition(project: Project, loop: FeedbackIntegration) -> None:
    record = loop.improver.setup_ab_test({}, {"delivery.crf": 17}, by="ada", start=True)

    def tick() -> Any:
        with dg.build_sensor_context(instance=project.instance, resources=given(project)) as context:
            return experiments_sensor(context)

    result = tick()
    (asked,) = result.run_requests
    assert asked.partition_key == record.experiment.id
    project.instance.add_dynamic_partitions(EXPERIMENTS.name, [record.experiment.id])
    facts, checks = run(project, [ab_test_results, sample_ratio_holds], record.experiment.id)
    assert (facts["verdict"], checks) == ("too_early", {"sample_ratio_holds": True})
    loop.improver.trials.store.end(record.experiment.id, "ada", "stopped", "test")
    assert isinstance(tick(), dg.SkipReason)


def test_new_events_ask_for_a_run_but_not_every_half_minute(
    project: Project, loop: FeedbackIntegration, tmp_path: Path
) -> None:
    def tick(cursor: str | None) -> Any:
        with dg.build_sensor_context(instance=project.instance, cursor=cursor, resources=given(project)) as context:
            return feedback_sensor(context)

    assert isinstance(tick(None), dg.SkipReason)
    video_id = watched(project, write_clip(tmp_path / "a.mp4"))
    loop.collect_feedback(video_id, {"rating": 4})
    first = tick(None)
    assert [one.partition_key for one in first.run_requests] == [f"{TODAY}"]
    assert isinstance(tick(first.cursor), dg.SkipReason)
    loop.collect_feedback(video_id, {"rating": 5})
    assert isinstance(tick(first.cursor), dg.SkipReason)
    before = (datetime.now(UTC) - timedelta(minutes=6)).timestamp()
    assert tick(f"{first.cursor.partition('|')[0]}|{before:.0f}").run_requests


def test_what_people_do_with_a_video_becomes_events_once(
    project: Project, loop: FeedbackIntegration, tmp_path: Path
) -> None:
    from videogen.feedback.daily import collect_day

    video_id = watched(project, write_clip(tmp_path / "a.mp4"))
    project.storage.requests.open_attempt(video_id, reason="retry by hand")
    project.storage.requests.open_attempt(video_id, reason="regeneration 1 of 3: soft")
    for _ in range(2):
        rows = collect_day(loop.collector, TODAY)
    assert [(row["kind"], row["attempt"], row["rater"]) for row in rows.to_dict("records")] == [("retry", 1, "system")]


def test_requests_are_immutable_about_their_experiment() -> None:
    from videogen.errors import InputError

    with pytest.raises(InputError, match="unknown field experiment"):
        build_request({"prompt": "a bus", "experiment": "mine"}, source="python")
    assert VideoRequest(prompt="a bus").experiment is None
