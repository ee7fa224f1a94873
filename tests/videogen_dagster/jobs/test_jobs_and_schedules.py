"""Asking for a video in the Launchpad, and the nightly run over what is pending."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pytest
import torch

from assets.monitoring import DAYS
from assets.partitions import VIDEOS
from resources.feedback import FeedbackResource
from resources.jobs_and_tags import PROMPT_TAG, RANGE_TAGS, TITLE_TAG, VIDEO_TAG
from resources.runs.failures import failures_of
from resources.runs.partitions import range_tags
from tests.dagster_helpers import Project
from videogen.domain.artifacts import Frames
from videogen.domain.requests import VideoRequest
from videogen.errors import ConfigError, InputError
from videogen_dagster.definitions import defs
from videogen_dagster.jobs.schedules import PER_RUN, monitoring_daily, runs_of_the_night
from videogen_dagster.jobs.videos import EXAMPLE, SubmitConfig, clean_up


def launch(project: Project, **config: Any) -> dg.ExecuteInProcessResult:
    return defs.resolve_job_def("submit_video").execute_in_process(
        run_config={
            "ops": {"store_request": {"config": config}},
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        },
        instance=project.instance,
        resources={"storage": project.storage, "mem_io_manager": dg.mem_io_manager},
        raise_on_error=False,
    )


def test_the_launchpad_makes_a_request_with_its_partition(project: Project) -> None:
    cue = {"start": 0.0, "end": 1.0, "text": "Hello"}
    result = launch(
        project, prompt="a red bus", captions=[cue], seed=5, duration=3.0, overrides={"model.guidance_scale": 5}
    )
    assert result.success
    video_id = result.output_for_node("store_request")
    request = project.storage.requests.get(video_id)
    assert (request.prompt, request.seed, request.duration, request.source) == ("a red bus", 5, 3.0, "launchpad")
    assert request.captions[0].text == "Hello"
    assert request.overrides == {"model.guidance_scale": 5}
    assert project.instance.get_dynamic_partitions(VIDEOS.name) == [video_id]
    assert list(project.storage.warehouse.query("SELECT video_id FROM requests")["video_id"]) == [video_id]


def test_the_run_of_the_launchpad_leads_to_its_video(project: Project) -> None:
    result = launch(project, prompt="a (red:1.3) bus", title="Bus")
    video_id = result.output_for_node("store_request")
    (output,) = (event for event in result.all_events if event.is_successful_output)
    address = output.step_output_data.metadata["video"].value
    assert address == f"/assets/rendered_video?view=partitions&partition={video_id}"
    run = project.instance.get_run_by_id(result.run_id)
    assert run is not None
    assert {run.tags[tag] for tag in (VIDEO_TAG, TITLE_TAG, PROMPT_TAG)} == {video_id, "Bus", "a red bus"}


def test_the_launchpad_opens_with_an_example_that_can_be_launched_as_it_is(project: Project) -> None:
    job = defs.resolve_job_def("submit_video")
    assert job.run_config == {"ops": {"store_request": {"config": EXAMPLE}}}
    request = SubmitConfig(**EXAMPLE).request(project.storage.settings.config)
    assert request.heading == EXAMPLE["title"]
    result = job.execute_in_process(instance=project.instance, resources={"storage": project.storage})
    assert project.storage.requests.get(result.output_for_node("store_request")).prompt == EXAMPLE["prompt"]


def test_an_emergency_goes_first(project: Project) -> None:
    request = project.storage.requests.get(
        launch(project, prompt="a flood", emergency=True).output_for_node("store_request")
    )
    assert request.emergency
    assert request.priority == 100


@pytest.mark.parametrize(
    "config", [{"prompt": "a bus", "duration": -1.0}, {"prompt": "a bus", "images": ["/no/such.png"]}]
)
def test_a_bad_request_is_refused_and_leaves_nothing_behind(project: Project, config: dict[str, Any]) -> None:
    assert not launch(project, **config).success
    assert project.storage.requests.ids() == []
    assert project.instance.get_dynamic_partitions(VIDEOS.name) == []


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"duration": -1.0}, ["duration: Input should be greater than 0", "docs/requests.md"]),
        (
            {"overrides": {"processing.fpss": 9999}},
            ["processing.fpss: no such setting", "videogen config show --defaults"],
        ),
        ({"overrides": {"processing.fps": 9999}}, ["processing.fps", "got 9999"]),
        ({"profile": "nosuch"}, ["model.profile: 'nosuch' is not one of", "correct what is named"]),
        ({"overrides": {"noise.prior": "mixd"}}, ["did you mean 'mixed'?"]),
    ],
)
def test_the_launchpads_refusal_says_what_was_wrong_and_what_to_do(
    project: Project, config: dict[str, Any], words: list[str]
) -> None:
    result = launch(project, prompt="a bus", **config)
    (step,) = (event for event in result.all_events if event.is_step_failure)
    failure = step.step_failure_data.user_failure_data
    assert failure is not None
    for word in words:
        assert word in (failure.description or "")
    (refused,) = failures_of(result.all_events, result.run_id).values()
    assert refused.problem in (failure.description or "")
    assert refused.exit_code in (ConfigError.exit_code, InputError.exit_code)
    assert project.storage.requests.ids() == []
    assert project.instance.get_dynamic_partitions(VIDEOS.name) == []


def night(project: Project) -> list[dg.RunRequest]:
    return runs_of_the_night(project.instance, project.storage)


def store(project: Project, **fields: Any) -> str:
    fields = {"source": "batch", "priority": -10, **fields}
    return project.storage.requests.submit(VideoRequest(prompt="a bus", **fields)).id


def test_the_night_makes_all_that_waits_in_one_run_though_others_lie_between(project: Project) -> None:
    ids = [store(project) for _ in range(3)]
    finished = store(project, source="launchpad", priority=10)
    project.storage.requests.open_attempt(finished, reason="first attempt")
    project.instance.add_dynamic_partitions(VIDEOS.name, [ids[0], finished, ids[1]])
    (run,) = night(project)
    keys = project.instance.get_dynamic_partitions(VIDEOS.name)
    start, end = (keys.index(run.tags[tag]) for tag in RANGE_TAGS)
    assert sorted(keys[start : end + 1]) == sorted(ids)
    assert run.tags["dagster/priority"] == "-10"


def test_a_large_night_is_split_into_runs_of_bearable_size(project: Project) -> None:
    total = PER_RUN + 3
    for _ in range(total):
        store(project)
    runs = night(project)
    keys = project.instance.get_dynamic_partitions(VIDEOS.name)
    sizes = [keys.index(run.tags[RANGE_TAGS[1]]) - keys.index(run.tags[RANGE_TAGS[0]]) + 1 for run in runs]
    assert sorted(sizes) == [3, PER_RUN]
    assert len({run.run_key for run in runs}) == 2


def test_a_quiet_night_starts_nothing(project: Project) -> None:
    assert night(project) == []


def clean(project: Project) -> int:
    result = clean_up.execute_in_process(
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        instance=project.instance,
        resources={
            "storage": project.storage,
            "feedback": FeedbackResource(storage=project.storage),
            "mem_io_manager": dg.mem_io_manager,
        },
    )
    freed: int = result.output_for_node("remove_old_intermediates")
    return freed


def test_the_daily_clean_up_frees_old_tensors_but_not_those_of_running_videos(project: Project) -> None:
    project.settings["paths.keep_intermediates_days"] = 0.0
    ids = project.submit("a bus", "a boat")
    for video_id in ids:
        project.storage.requests.open_attempt(video_id, reason="first attempt")
        frames = Frames(torch.zeros(2, 4, 4, 3, dtype=torch.uint8), 8.0)
        project.storage.artifacts.save(video_id, 1, "decoded_frames", frames)
    project.instance.add_run(
        dg.DagsterRun("generate_video", tags=range_tags([ids[0]]), status=dg.DagsterRunStatus.STARTED)
    )
    size = project.storage.artifacts.manifest(ids[1], 1, "decoded_frames").bytes
    assert clean(project) == size
    assert project.storage.artifacts.exists(ids[0], 1, "decoded_frames")
    assert not project.storage.artifacts.exists(ids[1], 1, "decoded_frames")


def test_the_day_before_is_rolled_up_every_night() -> None:
    moment = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
    with dg.build_schedule_context(scheduled_execution_time=moment) as context:
        run = monitoring_daily(context)
    assert run.partition_key == "2026-11-21"
    assert DAYS.has_partition_key(run.partition_key)
