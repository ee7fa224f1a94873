"""The sensors on an instance of their own: every request gets one run, nothing is lost or doubled."""

from __future__ import annotations

import json
import time
from pathlib import Path

import dagster as dg
import pytest

from assets.partitions import VIDEOS
from resources.runs.partitions import range_tags
from sensors.failures import record_failure, run_failures_sensor
from sensors.inbox import inbox_sensor
from sensors.requests import requests_sensor
from tests.dagster_helpers import Project
from videogen.domain.artifacts import PolicyVerdict
from videogen.domain.requests import VideoRequest
from videogen.errors import ModelError


def tick(project: Project, sensor: dg.SensorDefinition, cursor: str | None = None) -> dg.SensorResult:
    resources = {"storage": project.storage}
    with dg.build_sensor_context(instance=project.instance, cursor=cursor, resources=resources) as context:
        result = sensor(context)
    if isinstance(result, dg.SensorResult):
        for request in result.dynamic_partitions_requests or []:
            project.instance.add_dynamic_partitions(request.partitions_def_name, request.partition_keys)
    return result


def store(project: Project, **fields: object) -> str:
    return project.storage.requests.submit(VideoRequest(prompt="a bus", **{"source": "launchpad", **fields})).id


def test_a_stored_request_gets_its_partition_and_its_run(project: Project) -> None:
    video_id = store(project, priority=100)
    (run,) = tick(project, requests_sensor).run_requests or ()
    assert (run.partition_key, run.run_key) == (video_id, f"{video_id}:attempt-1")
    assert run.tags["dagster/priority"] == "100"
    assert project.instance.get_dynamic_partitions(VIDEOS.name) == [video_id]


def test_while_an_emergency_lasts_only_what_is_as_urgent_is_started(project: Project) -> None:
    ordinary, urgent = store(project), store(project, priority=150)
    project.storage.emergency.enter("flood", 140)
    assert [run.partition_key for run in tick(project, requests_sensor).run_requests] == [urgent]
    assert project.instance.get_dynamic_partitions(VIDEOS.name) == [ordinary, urgent]
    project.storage.emergency.leave("flood")
    assert [run.partition_key for run in tick(project, requests_sensor).run_requests] == [ordinary, urgent]


def test_a_tick_whose_runs_were_never_launched_is_repeated_with_the_same_keys(project: Project) -> None:
    store(project)
    store(project)
    first, second = tick(project, requests_sensor), tick(project, requests_sensor)
    assert [run.run_key for run in first.run_requests] == [run.run_key for run in second.run_requests]
    assert len({run.run_key for run in first.run_requests}) == 2


def test_a_request_that_some_run_has_taken_up_is_left_alone(project: Project) -> None:
    queued, opened = store(project), store(project)
    project.instance.add_dynamic_partitions(VIDEOS.name, [queued])
    project.instance.add_run(
        dg.DagsterRun("generate_video", tags=range_tags([queued]), status=dg.DagsterRunStatus.STARTED)
    )
    project.storage.requests.open_attempt(opened, reason="by hand")
    assert tick(project, requests_sensor).run_requests == []


def test_a_batch_gets_partitions_but_no_run_before_the_night(project: Project) -> None:
    ids = [store(project, priority=-10, source="batch") for _ in range(3)]
    assert tick(project, requests_sensor).run_requests == []
    assert project.instance.get_dynamic_partitions(VIDEOS.name) == ids


def test_a_file_in_the_inbox_becomes_a_request_and_a_bad_one_is_put_aside_with_the_reason(
    project: Project,
) -> None:
    inbox = Path(project.settings["paths.inbox"])
    inbox.mkdir(parents=True)
    (inbox / "good.json").write_text(json.dumps({"prompt": "a red bus"}), encoding="utf-8")
    (inbox / "bad.json").write_text('{"prompt": ', encoding="utf-8")
    assert isinstance(tick(project, inbox_sensor), dg.SkipReason)
    time.sleep(3.1)
    tick(project, inbox_sensor)
    (video_id,) = project.storage.requests.ids()
    assert project.storage.requests.get(video_id).source == "inbox"
    assert project.instance.get_dynamic_partitions(VIDEOS.name) == [video_id]
    assert [run.partition_key for run in tick(project, requests_sensor).run_requests] == [video_id]
    reasons = list((inbox / "rejected").glob("*.reason.txt"))
    assert len(reasons) == 1
    assert "line" in reasons[0].read_text(encoding="utf-8").lower()
    assert isinstance(tick(project, inbox_sensor), dg.SkipReason)
    assert project.storage.requests.ids() == [video_id]


def test_what_a_stage_noted_is_what_the_warehouse_says(project: Project) -> None:
    from resources.runs.failures import note_failure
    from resources.runs.videos import Video

    video_id = store(project)
    attempt = project.storage.requests.open_attempt(video_id, reason="first attempt")
    video = Video(project.storage.requests.get(video_id), attempt, project.storage.settings.config, "run-1")
    note_failure(project.storage, "video_latents", video, ModelError("no weights", remedy="restore them"), {})
    record_failure(project.storage, "run-1", video_id, "steps failed")
    (row,) = project.storage.warehouse.query("SELECT * FROM failures").to_dict("records")
    assert (row["stage"], row["error"], row["problem"], row["remedy"]) == (
        "video_latents", "ModelError", "no weights", "restore them",
    )  # fmt: skip
    assert (row["video_id"], row["attempt"], row["run_id"]) == (video_id, 1, "run-1")


def test_after_a_crash_the_first_stage_that_is_missing_is_named(project: Project) -> None:
    video_id = store(project)
    project.storage.requests.open_attempt(video_id, reason="first attempt")
    for stage in ("prompt_asset", "reference_images"):
        project.storage.artifacts.save(video_id, 1, stage, PolicyVerdict(allowed=True))
    record_failure(project.storage, "run-1", video_id, "the process died")
    (row,) = project.storage.warehouse.query("SELECT stage, problem, remedy FROM failures").to_dict("records")
    assert (row["stage"], row["problem"]) == ("fact_check_report", "the process died")
    assert "videogen retry" in row["remedy"]


def failed_run(project: Project, job: str, video_id: str, **tags: str) -> None:
    run = dg.DagsterRun(job, tags={**range_tags([video_id]), **tags}, status=dg.DagsterRunStatus.STARTED)
    project.instance.report_run_failed(project.instance.add_run(run), "the process died")


def test_of_many_failed_runs_of_one_tick_those_to_be_recorded_are_recorded(project: Project) -> None:
    lost, retried, unpublished, also_lost = (store(project) for _ in range(4))
    everything = dg.Definitions(sensors=[run_failures_sensor])
    with dg.build_sensor_context(
        instance=project.instance, definitions=everything, resources={"storage": project.storage}
    ) as context:
        begun = run_failures_sensor.evaluate_tick(context)
    failed_run(project, "generate_video", lost)
    failed_run(project, "generate_video", retried, **{"dagster/will_retry": "true"})
    failed_run(project, "publish_video", unpublished)
    failed_run(project, "generate_video", also_lost)
    with dg.build_sensor_context(
        instance=project.instance, cursor=begun.cursor, definitions=everything, resources={"storage": project.storage}
    ) as context:
        tick_data = run_failures_sensor.evaluate_tick(context)
    assert [reaction.error for reaction in tick_data.dagster_run_reactions] == [None] * 4
    found = project.storage.warehouse.query("SELECT video_id FROM failures")
    assert set(found["video_id"]) == {lost, also_lost}


@pytest.mark.parametrize("sensor", [requests_sensor, inbox_sensor])
def test_sensors_run_unless_somebody_stops_them(sensor: dg.SensorDefinition) -> None:
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
