from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import torch

from tests.videogen.intake.request_files import picture
from videogen.domain.artifacts import Frames, PolicyVerdict, RenderedVideo, VideoFile
from videogen.domain.requests import VideoRequest
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.atomic_folder import cache_folder
from videogen.storage.request_store import RequestStore
from videogen.storage.retention import remove_intermediates

DAY = timedelta(days=1)


@pytest.fixture(params=["local", "memory"])
def stores(request, tmp_path, monkeypatch) -> tuple[ArtifactStore, RequestStore]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = str(tmp_path / "store") if request.param == "local" else f"memory://{uuid4().hex}"
    return ArtifactStore(root), RequestStore(root)


def make_video(artifacts: ArtifactStore, requests: RequestStore, folder: Path, *attempts: int) -> str:
    (folder / "p.png").write_bytes(picture())
    (folder / "v.mp4").write_bytes(b"video")
    facts = RenderedVideo(
        video="v.mp4",
        captions=None,
        width=8,
        height=6,
        fps=24,
        num_frames=48,
        duration=2,
        codec="h264",
        label="x",
        sha256="0" * 64,
        bytes=5,
        metadata={},
    )
    video_id = requests.submit(VideoRequest(prompt="x", images=(folder / "p.png",))).id
    for attempt in attempts:
        requests.open_attempt(video_id, reason="x")
        artifacts.save(video_id, attempt, "decoded_frames", Frames(torch.zeros(2, 4, 4, 3, dtype=torch.uint8), 8.0))
        artifacts.save(video_id, attempt, "prompt_asset", PolicyVerdict(allowed=True))
        artifacts.save(video_id, attempt, "rendered_video", VideoFile(folder / "v.mp4", None, facts))
    return video_id


def test_old_tensors_go_and_everything_people_ask_for_stays(stores, tmp_path):
    artifacts, requests = stores
    video_id = make_video(artifacts, requests, tmp_path, 1, 2)
    size = artifacts.manifest(video_id, 1, "decoded_frames").bytes
    removed = remove_intermediates(artifacts, requests, 30 * DAY, now=datetime.now(UTC) + 31 * DAY)
    assert removed.artifacts == (f"{video_id}/attempt-1/decoded_frames", f"{video_id}/attempt-2/decoded_frames")
    assert removed.bytes == 2 * size
    for attempt in (1, 2):
        assert artifacts.names(video_id, attempt) == ["prompt_asset", "rendered_video"]
        assert artifacts.load(video_id, attempt, "rendered_video", VideoFile).path.read_bytes() == b"video"
    assert requests.image_paths(requests.get(video_id))[0].read_bytes() == picture()
    assert len(requests.attempts(video_id)) == 2


def test_young_tensors_stay(stores, tmp_path):
    artifacts, requests = stores
    video_id = make_video(artifacts, requests, tmp_path, 1)
    removed = remove_intermediates(artifacts, requests, 30 * DAY, now=datetime.now(UTC) + 29 * DAY)
    assert removed.artifacts == ()
    assert artifacts.exists(video_id, 1, "decoded_frames")


def test_videos_that_runs_are_working_on_are_left_alone(stores, tmp_path):
    artifacts, requests = stores
    busy, idle = (make_video(artifacts, requests, tmp_path, 1) for _ in range(2))
    removed = remove_intermediates(artifacts, requests, timedelta(0), in_use={busy})
    assert removed.artifacts == (f"{idle}/attempt-1/decoded_frames",)
    assert artifacts.exists(busy, 1, "decoded_frames")


def test_what_killed_processes_left_behind_goes_after_a_day(tmp_path):
    artifacts, requests = ArtifactStore(str(tmp_path / "store")), RequestStore(str(tmp_path / "store"))
    video_id = make_video(artifacts, requests, tmp_path, 1)
    folder = tmp_path / "store" / video_id / "attempt-1"
    old, young, foreign = (
        folder / name for name in (".a.mp4.0123456789ab.tmp", ".b.mp4.0123456789ab.tmp", ".mine.tmp")
    )
    for path in (old, young, foreign):
        path.write_bytes(b"12345")
    long_ago = time.time() - 2 * 86400
    for path in (old, foreign):
        os.utime(path, (long_ago, long_ago))
    assert remove_intermediates(artifacts, requests, 30 * DAY).bytes == 5
    assert (old.exists(), young.exists(), foreign.exists()) == (False, True, True)


def test_copies_of_remote_files_go_when_they_were_not_read_for_long(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = f"memory://{uuid4().hex}"
    artifacts, requests = ArtifactStore(root), RequestStore(root)
    video_id = make_video(artifacts, requests, tmp_path, 1)
    path = artifacts.local_file(video_id, 1, "rendered_video.mp4")
    assert path.is_relative_to(cache_folder())
    remove_intermediates(artifacts, requests, 30 * DAY)
    assert path.exists()
    long_ago = time.time() - 31 * 86400
    os.utime(path, (long_ago, long_ago))
    remove_intermediates(artifacts, requests, 30 * DAY)
    assert not path.exists()
    assert artifacts.local_file(video_id, 1, "rendered_video.mp4").read_bytes() == b"video"


def test_a_damaged_attempt_is_left_alone_and_does_not_stop_the_others(tmp_path):
    root = tmp_path / "store"
    artifacts, requests = ArtifactStore(str(root)), RequestStore(str(root))
    damaged, good = (make_video(artifacts, requests, tmp_path, 1) for _ in range(2))
    (root / damaged / "attempt-1" / "attempt.json").write_text("")
    removed = remove_intermediates(artifacts, requests, DAY, now=datetime.now(UTC) + 2 * DAY)
    assert removed.artifacts == (f"{good}/attempt-1/decoded_frames",)


def test_frames_of_finished_videos_go_sooner_than_those_that_are_still_needed(stores, tmp_path):
    artifacts, requests = stores
    video_id = make_video(artifacts, requests, tmp_path, 1, 2)
    artifacts.remove(video_id, 2, "rendered_video")
    removed = remove_intermediates(
        artifacts, requests, 30 * DAY, keep_frames=DAY, now=datetime.now(UTC) + timedelta(hours=25)
    )
    assert removed.artifacts == (f"{video_id}/attempt-1/decoded_frames",)
    young = remove_intermediates(artifacts, requests, 30 * DAY, keep_frames=DAY, now=datetime.now(UTC) + DAY / 2)
    assert young.artifacts == ()
