"""As an editor uses it: webserver and daemon run, something is asked for in a browser or dropped, videos come out.

All tests share one webserver and one daemon, with the project's own workspace.yaml and dagster.yaml.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.scheduler.instigation import ScheduleInstigatorData

from resources.jobs_and_tags import LANE_TAG, RANGE_TAGS
from tests.end_to_end.server import Server, until
from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import Frames, RenderedVideo
from videogen.domain.stages import STAGES
from videogen.storage.artifact_store import ArtifactStore
from videogen_dagster.definitions import defs
from videogen_dagster.runs.launcher import run

LAUNCH = """
mutation ($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } } } }
"""
LAUNCH_BACKFILL = """
mutation ($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }
"""
BACKFILL = """
query ($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill {
  status numPartitions isAssetBackfill runs { runId } } } }
"""
TICKS = """
query ($selector: ScheduleSelector!) { scheduleOrError(scheduleSelector: $selector) { ... on Schedule {
  cronSchedule scheduleState { status ticks { status timestamp runIds } } } } }
"""
RELAUNCH = """
mutation ($params: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }
"""
WHY = """
query ($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events {
  ... on RunFailureEvent { message error { message causes { message } } } } } } }
"""
REPOSITORY = {"repositoryLocationName": "videogen", "repositoryName": "__repository__"}
DAY = 86400.0
SMALL = {
    "model.num_inference_steps": 2,
    "model.num_frames": 8,
    "processing.resolution": [128, 80],
    "processing.fps": 16,
}
FOR_THE_NIGHT = {"profile": "tiny", "priority": -1, "overrides": SMALL}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, tiny_models: Path) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("server"), tiny_models)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.mark.timeout(900)
def test_a_launchpad_request_becomes_a_labelled_video(server: Server) -> None:
    before = set(server.partitions())
    selector = REPOSITORY | {"jobName": "submit_video"}
    wish = {"prompt": "a red bus driving left through the city at night", "seed": 7}
    answer = server.ask(
        LAUNCH,
        params={"selector": selector, "runConfigData": json.dumps({"ops": {"store_request": {"config": wish}}})},
    )
    assert answer["launchRun"]["__typename"] == "LaunchRunSuccess", answer
    (video_id,) = until(lambda: set(server.partitions()) - before)
    of_video = {"pipelineName": "generate_video", "tags": [tag("dagster/partition", video_id)]}
    (run,) = server.ended(**of_video)
    assert run["status"] == "SUCCESS", run
    assert run["tags"]["dagster/priority"] == "10"
    assert ("rendered_video", video_id) in made(run)
    check_label(server.config, video_id)
    assert len(server.runs(**of_video)) == 1


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_backfill_of_neighbouring_videos_is_one_run_that_loads_the_model_once(server: Server) -> None:
    """Real: inbox, partitions, launch over GraphQL, the daemon's backfill and queue, the run's process."""
    prompts = ["a red bus driving left", "a white boat at the coast", "a blue train in the fields"]
    ids = server.drop("backfill.jsonl", [FOR_THE_NIGHT | {"prompt": prompt} for prompt in prompts])
    before = len(server.model_loads())
    backfill_id = launch_backfill(server, ids, {"dagster/max_retries": "1"})
    backfill = backfill_ended(server, backfill_id)
    assert (backfill["status"], backfill["numPartitions"]) == ("COMPLETED_SUCCESS", 3)
    (run,) = server.runs(tags=[tag("dagster/backfill", backfill_id)])
    assert backfill["runs"] == [{"runId": run["runId"]}]
    check_run_of_many(server, run, ids, server.model_loads()[before:])
    assert run["tags"][LANE_TAG] == "ordinary", "it would take the places that are kept free for alerts"
    assert run["tags"]["dagster/max_retries"] == "1", "what is said at launch counts"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_backfill_whose_process_is_killed_goes_on_where_it_stopped(server: Server) -> None:
    ids = server.drop("killed.jsonl", [FOR_THE_NIGHT | {"prompt": f"a {colour} boat"} for colour in ("red", "white")])
    backfill_id = launch_backfill(server, ids)
    of_backfill = [tag("dagster/backfill", backfill_id)]
    later = ("fact_check_report", ids[-1])  # so all prompts have been made
    begun = until(lambda: [run for run in server.runs(tags=of_backfill) if later in made(run)])[0]
    os.kill(server.process(begun), signal.SIGKILL)
    backfill = backfill_ended(server, backfill_id)
    assert backfill["status"] == "COMPLETED_SUCCESS"
    again, killed = server.runs(tags=of_backfill)
    assert (killed["runId"], killed["status"]) == (begun["runId"], "FAILURE")
    assert (again["status"], again["tags"]["dagster/parent_run_id"]) == ("SUCCESS", killed["runId"])
    assert sorted({*made(killed), *made(again)}) == sorted((stage, video_id) for stage in STAGES for video_id in ids)
    assert not {("prompt_asset", video_id) for video_id in ids} & {*made(again)}
    for video_id in ids:
        assert decode(server.config, video_id)


@pytest.mark.timeout(300)
def test_what_is_materialised_by_hand_is_queued_like_its_job(server: Server) -> None:
    day = f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%d}"
    selector = REPOSITORY | {"jobName": "__ASSET_JOB", "assetSelection": [{"path": ["performance_metrics"]}]}
    params = {"selector": selector, "executionMetadata": {"tags": [tag("dagster/partition", day)]}}
    answer = server.ask(LAUNCH, params=params)
    assert answer["launchRun"]["__typename"] == "LaunchRunSuccess", answer
    (run,) = server.ended(runIds=[answer["launchRun"]["run"]["runId"]])
    assert run["status"] == "SUCCESS"
    assert (run["tags"]["dagster/priority"], run["tags"][LANE_TAG]) == ("-20", "ordinary")


@pytest.mark.timeout(300)
def test_a_run_configuration_over_graphql_leaves_the_operators_settings_alone(server: Server) -> None:
    """Also where somebody copies the sealed settings of an operator's run to another partition."""
    monday, tuesday = (f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%d}" for days in (4, 3))
    own = server.config.updated({"delivery.label": "Made for a rehearsal"})
    with pytest.MonkeyPatch.context() as patch, dg.DagsterInstance.from_config(str(server.home)) as instance:
        patch.setenv("VIDEOGEN_CONFIG", str(server.config_file))
        job = defs.resolve_job_def("monitoring_rollup")
        operators = run(job, [monday], config=own, instance=instance, priority=10)
        assert operators.success
        stored = instance.get_run_by_id(operators.run_id)
        assert stored is not None
    again = server.ask(RELAUNCH, params={"parentRunId": stored.run_id, "strategy": "ALL_STEPS"})
    assert again["launchRunReexecution"]["__typename"] == "LaunchRunSuccess", again
    settings = {"delivery": {"label": "BBC News LIVE"}, "preprocessing.policy_file": "/tmp/open.yaml"}
    forged = {"resources": {"settings": {"config": {"overrides": settings, "seal": "0" * 64}}}}
    launched = {
        "again": again["launchRunReexecution"]["run"]["runId"],
        "copied": launch(server, "monitoring_rollup", tuesday, stored.run_config),
        "forged": launch(server, "monitoring_rollup", tuesday, forged),
    }
    status = {run["runId"]: run["status"] for run in server.ended(runIds=[*launched.values()])}
    assert {name: status[run_id] for name, run_id in launched.items()} == {
        "again": "SUCCESS",
        "copied": "FAILURE",
        "forged": "FAILURE",
    }
    why = "delivery.label is for the operator to set in the configuration file, not for the configuration of a run"
    assert why in reasons(server, launched["copied"])
    assert "delivery.label, preprocessing.policy_file are for the operator" in reasons(server, launched["forged"])


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_night_makes_all_requests_that_wait_for_it_in_one_run(server: Server) -> None:
    """Real: schedule, cron, tick, launch and run. Set: the schedule's memory, as if the daemon had stood still since
    yesterday; a daemon that comes back makes up for the hour it missed, so nobody waits for 01:00.
    """
    rows = [FOR_THE_NIGHT | {"prompt": f"a {colour} bus driving left"} for colour in ("red", "green", "white")]
    at_once = FOR_THE_NIGHT | {"prompt": "a blue boat", "priority": 5}
    first, urgent, second, third = server.drop("night.jsonl", [rows[0], at_once, *rows[1:]])
    (by_day,) = server.ended(pipelineName="generate_video", tags=[tag("dagster/partition", urgent)])
    assert by_day["status"] == "SUCCESS"
    ids = [first, urgent, second, third]
    assert [key for key in server.partitions() if key in ids] == ids
    before = len(server.model_loads())
    server.stop_daemon()
    stand_still_since_yesterday(server, "nightly")
    server.start_daemon()

    (run,) = server.ended(tags=[tag("dagster/schedule_name", "nightly")])
    schedule = server.ask(TICKS, selector=REPOSITORY | {"scheduleName": "nightly"})["scheduleOrError"]
    assert (schedule["cronSchedule"], schedule["scheduleState"]["status"]) == ("0 1 * * *", "RUNNING")
    (tick,) = schedule["scheduleState"]["ticks"]
    assert (tick["status"], tick["runIds"]) == ("SUCCESS", [run["runId"]])
    assert tick["timestamp"] % DAY == 3600.0
    assert run["jobName"] == "generate_video"
    assert (run["tags"]["dagster/priority"], run["tags"]["videogen/source"]) == ("-10", "nightly")
    # They have moved together: the one that was made by day no longer lies between.
    check_run_of_many(server, run, [first, second, third], server.model_loads()[before:])


def stand_still_since_yesterday(server: Server, schedule: str) -> None:
    """Put a schedule's memory back by a day, while no daemon runs."""
    with dg.DagsterInstance.from_config(str(server.home)) as instance:
        (state,) = [state for state in instance.all_instigator_state() if state.instigator_name == schedule]
        then = ScheduleInstigatorData(state.instigator_data.cron_schedule, time.time() - DAY)
        instance.update_instigator_state(state.with_data(then))
        instance.purge_ticks(state.instigator_origin_id, state.selector_id, before=time.time())


def tag(key: str, value: str) -> dict[str, str]:
    return {"key": key, "value": value}


def launch(server: Server, job: str, partition: str, config: Mapping[str, Any]) -> str:
    """The id of a run that somebody launches over GraphQL with a configuration of his own."""
    params = {
        "selector": REPOSITORY | {"jobName": job},
        "runConfigData": json.dumps(config),
        "executionMetadata": {"tags": [tag("dagster/partition", partition)]},
    }
    answer = server.ask(LAUNCH, params=params)
    assert answer["launchRun"]["__typename"] == "LaunchRunSuccess", answer
    return str(answer["launchRun"]["run"]["runId"])


def reasons(server: Server, run_id: str) -> str:
    """What the page of a failed run says."""
    events = server.ask(WHY, id=run_id)["logsForRun"]["events"]
    return json.dumps([event for event in events if event])


def launch_backfill(server: Server, ids: list[str], tags: dict[str, str] | None = None) -> str:
    """All stages of these videos, as the page of the asset graph launches them; the backfill's id."""
    params = {"assetSelection": [{"path": [stage]} for stage in STAGES], "partitionNames": ids}
    answer = server.ask(LAUNCH_BACKFILL, params=params | {"tags": [tag(*item) for item in (tags or {}).items()]})
    assert answer["launchPartitionBackfill"]["__typename"] == "LaunchBackfillSuccess", answer
    backfill_id: str = answer["launchPartitionBackfill"]["backfillId"]
    return backfill_id


def backfill_ended(server: Server, backfill_id: str) -> dict[str, Any]:
    def look() -> Any:
        backfill = server.ask(BACKFILL, id=backfill_id)["partitionBackfillOrError"]
        return backfill if backfill["status"].startswith(("COMPLETED", "FAILED", "CANCELED")) else None

    backfill: dict[str, Any] = until(look)
    return backfill


def made(run: dict[str, Any]) -> list[tuple[str, str]]:
    """(asset, partition) of all that the run has materialised."""
    return [(event["assetKey"]["path"][-1], event["partition"]) for event in run["assetMaterializations"]]


def check_run_of_many(server: Server, run: dict[str, Any], ids: list[str], loads: list[int]) -> None:
    """One run made every stage of `ids` once and nothing else; loads: the processes that loaded the model meanwhile."""
    assert run["status"] == "SUCCESS"
    assert [run["tags"].get(tag) for tag in RANGE_TAGS] == [ids[0], ids[-1]]
    keys = server.partitions()
    assert keys[keys.index(ids[0]) : keys.index(ids[-1]) + 1] == ids
    assert sorted(made(run)) == sorted((stage, video_id) for stage in STAGES for video_id in ids)
    assert loads == [server.process(run)]
    for video_id in ids:
        assert {frame.shape for frame in decode(server.config, video_id)} == {(80, 128, 3)}


def decode(config: VideoGenConfig, video_id: str) -> list[Any]:
    """All frames of the mp4, by OpenCV, which took no part in making it; checked against what the stage said."""
    import cv2

    store = ArtifactStore(config.paths.store)
    facts = store.load(video_id, 1, "rendered_video", RenderedVideo)
    native = store.load(video_id, 1, "upscaled_frames", Frames)
    reader = cv2.VideoCapture(str(store.local_file(video_id, 1, "rendered_video.mp4")))
    rate = reader.get(cv2.CAP_PROP_FPS)
    frames = []
    while True:
        found, frame = reader.read()
        if not found:
            break
        frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB).astype(int))
    assert len(frames) == facts.num_frames == round(len(native.frames) / native.fps * rate)
    return frames


def check_label(config: VideoGenConfig, video_id: str) -> None:
    """Size and rate are those asked for, and the label is there in every frame and was not before."""
    store = ArtifactStore(config.paths.store)
    frames = decode(config, video_id)
    facts = store.load(video_id, 1, "rendered_video", RenderedVideo)
    native = store.load(video_id, 1, "upscaled_frames", Frames)
    assert facts.fps == config.processing.fps
    width, height = config.processing.resolution
    assert {frame.shape for frame in frames} == {(height, width, 3)}
    unlabelled = native.frames[0].numpy().astype(int)
    letters = (frames[0].min(axis=2) > 215) & (unlabelled.min(axis=2) < 170)
    letters[height // 4 :] = letters[:, : width // 3] = False
    assert letters.sum() > 20, "no bright label in the corner at the top right"
    assert all(frame[letters].mean() > 200 for frame in frames), "the label is not there all the time"
