"""`videogen cancel`, `open` and `list` on real requests, runs and processes."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterRunStatus as Status

from resources.jobs_and_tags import PROCESS_TAG, VIDEO_PARTITIONS, Job
from resources.runs.partitions import range_tags
from tests.release_helpers import make_attempt, quality, write_clip
from tests.videogen_dagster.front import Answer
from videogen.domain.requests import VideoRequest
from videogen.intake.waiting_requests import look_up
from videogen.storage.request_store import RequestStore
from videogen_dagster.project import Project
from videogen_dagster.runs.videos import end_dead_runs

Command = Callable[..., Answer]


@pytest.fixture
def desk(config: Path) -> Project:
    return Project(config)


def asked(desk: Project, **fields: object) -> str:
    return desk.requests.submit(VideoRequest(prompt="a bus", **fields)).id


def covered(ids: list[str], status: Status, process: str | None = None) -> str:
    with dg.DagsterInstance.get() as instance:
        instance.add_dynamic_partitions(VIDEO_PARTITIONS, ids)
        run = dg.DagsterRun(Job.GENERATE.value, status=status, tags=range_tags(ids))
        own = {PROCESS_TAG: f"{run.run_id}@{process}"} if process else {}
        return instance.add_run(run.with_tags({**run.tags, **own})).run_id


def test_a_request_that_waits_is_never_started(desk: Project, videogen: Command) -> None:
    video_id = asked(desk)
    assert videogen("cancel", video_id).code == 0
    assert videogen("status", video_id, "--json").data["state"] == "cancelled"
    assert {one.request.id: one.started for one in look_up(desk.requests)}[video_id]
    again = videogen("cancel", video_id)
    assert again.code == 3
    assert "it is cancelled" in again.err


def test_a_run_in_another_process_ends_really(
    desk: Project, videogen: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody waits for a process that has died.
    monkeypatch.setattr("videogen_dagster.commands.videos.cancel._PATIENCE", 3600.0)
    video_id = asked(desk)
    script = (
        "import sys, time; from resources.runs.processes import this_process; print(this_process(), flush=True);"
        "time.sleep(120)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        run_id = covered([video_id], Status.STARTED, other.stdout.readline().strip())
        # It dies of the signal without a word, as a process does that is not at a stage.
        answer = videogen("cancel", video_id, "--json")
        assert answer.data == {"video_id": video_id, "state": "cancelled", "run_id": run_id}
        assert other.wait(60) == -signal.SIGTERM
    with dg.DagsterInstance.get() as instance:
        run = instance.get_run_by_id(run_id)
        assert run is not None
        assert run.status == Status.CANCELED
        assert end_dead_runs(instance) == []
    assert videogen("status", video_id, "--json").data["state"] == "cancelled"


def test_others_of_the_same_run_are_not_ended_unasked(desk: Project, videogen: Command) -> None:
    ids = [asked(desk), asked(desk)]
    covered(ids, Status.STARTED, "another-machine:1:1.00")
    answer = videogen("cancel", ids[0])
    assert answer.code == 3
    assert f"videogen cancel {ids[0]} --whole-run" in answer.err
    assert videogen("status", ids[1], "--json").data["state"] == "running"


def test_a_finished_video_cannot_be_cancelled_and_opens(desk: Project, videogen: Command, tmp_path: Path) -> None:
    video_id = asked(desk, title="A new bus line")
    make_attempt(desk.requests, desk.artifacts, video_id, write_clip(tmp_path / "clip.mp4"), report=quality())
    assert "nothing of it waits or runs" in videogen("cancel", video_id).err
    opened = videogen("open", video_id)
    assert Path(opened.out.strip()).read_bytes() == (tmp_path / "clip.mp4").read_bytes()
    listed = videogen("list")
    assert video_id in listed.out
    assert "A new bus line" in listed.out


def test_what_is_not_there_is_said(videogen: Command, desk: Project) -> None:
    for command in ("open", "cancel"):
        assert videogen(command, "20260101-000000-000000-abcdef").code == 3
    assert "no attempt has a quality report" in videogen("open", asked(desk)).err


def test_a_mark_outlives_the_process(tmp_path: Path) -> None:
    from videogen.storage.cancellations import cancel, is_cancelled, resume

    store = RequestStore(str(tmp_path))
    video_id = store.submit(VideoRequest(prompt="a bus")).id
    cancel(store, video_id)
    assert is_cancelled(RequestStore(str(tmp_path)), video_id)
    resume(store, video_id)
    assert not is_cancelled(store, video_id)
