"""Runs in this process: outcomes, resuming, further attempts, several videos, killed processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from resources.jobs_and_tags import PROCESS_TAG
from resources.runs.partitions import ACTIVE, range_tags
from tests.dagster_helpers import Project
from tests.release_helpers import make_attempt, quality, write_clip
from videogen.config.config import PROJECT_ROOT, VideoGenConfig
from videogen.domain.artifacts import PolicyVerdict
from videogen.domain.requests import VideoRequest
from videogen.domain.stages import STAGES, downstream
from videogen.errors import InputError
from videogen_dagster.runs.videos import _plan, end_dead_runs, run_videos, submit, submit_all


@pytest.fixture
def config(tiny_project: Project) -> VideoGenConfig:
    return VideoGenConfig.load(None, tiny_project.settings)


def test_one_run_makes_several_videos_and_tells_what_became_of_each(
    tiny_project: Project, config: VideoGenConfig
) -> None:
    instance = tiny_project.instance
    wishes = [
        VideoRequest(prompt="a bus"),
        VideoRequest(prompt="a boat", profile="none-such"),
        VideoRequest(prompt="a train"),
    ]
    ids = [request.id for request in submit_all(wishes, instance, config)]
    outcome = run_videos(ids, config=config, instance=instance)
    assert list(outcome.videos) == ids
    assert len(outcome.run_ids) == 1
    assert [video.success for video in outcome.videos.values()] == [True, False, True]
    failure = outcome.failures()[ids[1]]
    assert (failure.stage, failure.error) == ("prompt_asset", "ConfigError")
    assert "none-such" in failure.problem
    good = outcome.videos[ids[0]]
    assert good.video is not None
    assert good.video.is_file()
    assert good.attempt == 1
    assert set(good.seconds) == set(STAGES)
    run = instance.get_run_by_id(outcome.run_ids[0])
    assert run is not None
    assert run.job_name == "generate_video"
    assert run.status == dg.DagsterRunStatus.FAILURE
    assert instance.get_materialized_partitions(dg.AssetKey("quality_report")) == {ids[0], ids[2]}


def test_a_new_attempt_starts_where_it_is_told_and_inherits_the_rest(
    tiny_project: Project, config: VideoGenConfig
) -> None:
    video = submit(VideoRequest(prompt="a bus", seed=1), tiny_project.instance, config)
    first = run_videos([video.id], config=config, instance=tiny_project.instance).videos[video.id]
    again = run_videos(
        [video.id], config=config, instance=tiny_project.instance, from_stage="rendered_video",
        attempt_changes={"delivery.crf": 30}, reason="a smaller file",
    ).videos[video.id]  # fmt: skip
    assert (first.attempt, again.attempt) == (1, 2)
    assert again.success
    assert set(again.seconds) == downstream("rendered_video")
    assert set(tiny_project.storage.artifacts.names(video.id, 2)) == downstream("rendered_video")
    assert again.video is not None
    assert first.video is not None
    assert again.video.read_bytes() != first.video.read_bytes()
    attempt = tiny_project.storage.requests.attempt(video.id, 2)
    assert (attempt.reason, attempt.parent) == ("a smaller file", 1)


def test_a_video_that_another_run_works_on_is_left_alone(project: Project) -> None:
    (video_id,) = project.submit("a bus")
    run = dg.DagsterRun("generate_video", tags=range_tags([video_id]), status=dg.DagsterRunStatus.STARTED)
    project.instance.add_run(run)
    with pytest.raises(InputError, match=run.run_id):
        run_videos([video_id], config=VideoGenConfig.load(None, project.settings), instance=project.instance)


def test_a_complete_video_whose_intermediates_were_cleaned_away_is_made_anew(project: Project, tmp_path: Path) -> None:
    (video_id,) = project.submit("a bus")
    storage = project.storage
    make_attempt(storage.requests, storage.artifacts, video_id, write_clip(tmp_path / "c.mp4"), report=quality())
    plan = _plan(storage, video_id, None, None, None)
    assert (plan.stages, plan.attempt) == (STAGES, 2)


def make_whole(project: Project, video_id: str, folder: Path) -> None:
    """An attempt with something stored for every stage."""
    storage = project.storage
    make_attempt(storage.requests, storage.artifacts, video_id, write_clip(folder / "c.mp4"), report=quality())
    for stage in set(STAGES) - set(storage.artifacts.names(video_id, 1)):
        storage.artifacts.save(video_id, 1, stage, PolicyVerdict(allowed=True))


def test_a_new_attempt_from_one_half_of_the_noise_makes_the_other_half_too(project: Project, tmp_path: Path) -> None:
    (video_id,) = project.submit("a bus")
    storage = project.storage
    make_whole(project, video_id, tmp_path)
    plan = _plan(storage, video_id, "base_noise_latents", {"seed": 99}, None)
    assert plan.stages == STAGES[STAGES.index("base_noise_latents") :]


def test_a_change_that_an_inherited_stage_reads_is_refused(project: Project, tmp_path: Path) -> None:
    (video_id,) = project.submit("a bus")
    storage = project.storage
    make_whole(project, video_id, tmp_path)
    with pytest.raises(InputError, match=r"guidance_scale is read by video_latents.* — use --from video_latents"):
        run_videos(
            [video_id],
            config=VideoGenConfig.load(None, project.settings),
            instance=project.instance,
            from_stage="decoded_frames",
            attempt_changes={"model.guidance_scale": 9},
        )
    assert len(storage.requests.attempts(video_id)) == 1


@pytest.mark.parametrize("changes", [None, {"delivery.crf": 20}])
@pytest.mark.parametrize("stage", ["no_such_stage", "rendered_video"])
def test_a_start_that_is_not_possible_is_refused(
    project: Project, stage: str, changes: dict[str, object] | None
) -> None:
    (video_id,) = project.submit("a bus")
    with pytest.raises(InputError):
        run_videos(
            [video_id],
            config=VideoGenConfig.load(None, project.settings),
            instance=project.instance,
            from_stage=stage,
            attempt_changes=changes,
        )
    assert project.storage.requests.attempts(video_id) == []


def test_an_unknown_video_is_refused(project: Project) -> None:
    with pytest.raises(InputError, match=r"request \S+ does not exist"):
        run_videos(
            ["20200101-000000-000000-abcdef"],
            config=VideoGenConfig.load(None, project.settings),
            instance=project.instance,
        )


def test_a_run_whose_process_is_gone_is_ended_and_one_that_lives_is_not(project: Project) -> None:
    import socket

    import psutil

    me = psutil.Process()
    tags = {
        "dead": f"{socket.gethostname()}:{me.pid}:1.00",
        "alive": f"{socket.gethostname()}:{me.pid}:{me.create_time():.2f}",
        "elsewhere": "another-machine:1:1.00",
    }
    runs = {
        name: project.instance.add_run(
            dg.DagsterRun("generate_video", run_id=name, tags={PROCESS_TAG: tag}, status=dg.DagsterRunStatus.STARTED)
        )
        for name, tag in tags.items()
    }
    assert end_dead_runs(project.instance) == [runs["dead"].run_id]
    alive = project.instance.get_runs(filters=dg.RunsFilter(statuses=ACTIVE))
    assert {run.run_id for run in alive} == {"alive", "elsewhere"}


KILLED = """
import os, signal, sys
from videogen.config.config import VideoGenConfig
from videogen.runtime.progress import listen
from videogen_dagster.runs.videos import project_instance, run_videos

def die(progress):
    if progress.stage == sys.argv[3] and progress.done >= 2:
        os.kill(os.getpid(), signal.SIGKILL)

with listen(die):
    run_videos([sys.argv[2]], config=VideoGenConfig.load(sys.argv[1]), instance=project_instance())
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "dagster.yaml").write_bytes((PROJECT_ROOT / "dagster_home" / "dagster.yaml").read_bytes())
    monkeypatch.setenv("DAGSTER_HOME", str(folder))
    with dg.DagsterInstance.get() as instance:
        yield instance


def test_a_killed_run_becomes_a_failure_and_the_next_one_goes_on_where_it_stopped(
    home: dg.DagsterInstance, tiny_profile: Path
) -> None:
    config = VideoGenConfig.load(tiny_profile)
    request = submit(VideoRequest(prompt="a bus"), home, config)
    killed = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", KILLED, str(tiny_profile), request.id, "video_latents"],
        cwd=PROJECT_ROOT, env=os.environ, capture_output=True, timeout=280, check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()[-2000:]
    folder = Path(config.paths.store) / request.id / "attempt-1"
    assert (folder / "residual_noise_latents.manifest.json").is_file()
    assert not (folder / "video_latents.manifest.json").exists()

    started = time.time()
    outcome = run_videos([request.id], config=config, instance=home)
    assert outcome.success, outcome.failures()
    made = outcome.videos[request.id]
    assert made.attempt == 1
    assert set(made.seconds) == downstream("video_latents")
    statuses = {run.run_id: run.status for run in home.get_runs()}
    assert statuses.pop(made.run_id) == dg.DagsterRunStatus.SUCCESS
    assert list(statuses.values()) == [dg.DagsterRunStatus.FAILURE]
    assert (folder / "conditioning_embeddings.manifest.json").stat().st_mtime < started
