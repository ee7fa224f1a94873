"""Full disks, refusals of the system, kills and readers beside a writer: an artifact is whole, or not there."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from tests.videogen.storage.stored_values import rendered, some_frames
from videogen.domain.artifacts import Frames, PolicyVerdict, VideoFile
from videogen.domain.video_ids import new_video_id
from videogen.errors import ArtifactError, StorageError
from videogen.storage.artifact_store import ArtifactStore

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def local(tmp_path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "store"))


@pytest.fixture
def video_id() -> str:
    return new_video_id()


@pytest.mark.parametrize("kind", ["tensor", "report", "video"])
def test_a_full_disk_is_a_storage_error_and_leaves_nothing(local, video_id, monkeypatch, tmp_path, kind):
    value = {"tensor": some_frames(), "report": PolicyVerdict(allowed=True), "video": rendered(tmp_path / "w")}[kind]

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StorageError, match=r"No space left on device.*disk is full") as caught:
            local.save(video_id, 1, "decoded_frames", value)
    assert caught.value.exit_code == 7
    assert (caught.value.stage, caught.value.video_id) == ("decoded_frames", video_id)
    assert not local.exists(video_id, 1, "decoded_frames")
    assert not [path for path in (tmp_path / "store").rglob("*") if path.is_file()]


def test_the_systems_own_refusal_in_the_middle_of_a_tensor_is_a_storage_error(tmp_path, video_id):
    script = f"""
        import resource, signal, torch
        from videogen.domain.artifacts import Frames
        from videogen.errors import StorageError
        from videogen.storage.artifact_store import ArtifactStore
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        store = ArtifactStore({str(tmp_path)!r})
        try:
            frames = torch.zeros(4, 256, 256, 3, dtype=torch.uint8)
            store.save({video_id!r}, 1, "decoded_frames", Frames(frames, 8.0))
        except StorageError as error:
            print(error)
        print(store.exists({video_id!r}, 1, "decoded_frames"))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "File too large" in done.stdout
    assert done.stdout.endswith("False\n")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_store_is_a_storage_error(tmp_path, video_id):
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="give this user write permission"):
        ArtifactStore(str(tmp_path)).save(video_id, 1, "prompt_asset", PolicyVerdict(allowed=True))


def test_kill_9_while_writing_leaves_nothing_that_is_read_as_whole(tmp_path):
    source = rendered(tmp_path / "work")
    script = f"""
        import itertools, pathlib
        from videogen.domain.artifacts import RenderedVideo, VideoFile
        from videogen.domain.video_ids import new_video_id
        from videogen.storage.artifact_store import ArtifactStore
        store, video_id = ArtifactStore({str(tmp_path / "store")!r}), new_video_id()
        facts = RenderedVideo.model_validate_json({source.facts.model_dump_json()!r})
        movie, captions = pathlib.Path({str(source.path)!r}), pathlib.Path({str(source.captions_path)!r})
        print(video_id, flush=True)
        for value in itertools.cycle(range(256)):
            movie.write_bytes(bytes([value]) * 4_000_000)
            captions.write_bytes(bytes([value]) * 1000)
            store.save(video_id, 1, "rendered_video", VideoFile(movie, captions, facts))
    """
    store = ArtifactStore(str(tmp_path / "store"))
    for delay in (0.01, 0.02, 0.03, 0.04, 0.05, 0.06):
        worker = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert worker.stdout is not None
        video_id = worker.stdout.readline().strip()
        # Wait for the first artifact, so that the kill meets a replacement under way.
        deadline = time.monotonic() + 20
        while not store.exists(video_id, 1, "rendered_video") and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(delay)
        worker.send_signal(signal.SIGKILL)
        worker.wait(timeout=120)
        if store.exists(video_id, 1, "rendered_video"):
            video = store.load(video_id, 1, "rendered_video", VideoFile)
            assert len({*video.path.read_bytes(), *video.captions_path.read_bytes()}) == 1
        else:
            with pytest.raises(ArtifactError):
                store.load(video_id, 1, "rendered_video", VideoFile)


def test_readers_beside_a_writer_see_whole_artifacts_or_none(local, video_id):
    seen = Event()

    def write() -> None:
        # At least thirty times, and until a reader has come between two of them.
        for value in range(3000):
            local.save(video_id, 1, "decoded_frames", some_frames((4, 64, 64, 3), value % 200))
            if value >= 30 and seen.is_set():
                return

    def read(_: int) -> int:
        whole = 0
        while not writer.done():
            try:
                frames = local.load(video_id, 1, "decoded_frames", Frames).frames
            except ArtifactError:
                continue
            assert int(frames.min()) == int(frames.max())
            whole += 1
            seen.set()
        return whole

    local.save(video_id, 1, "decoded_frames", some_frames((4, 64, 64, 3), 0))
    with ThreadPoolExecutor(4) as pool:
        writer = pool.submit(write)
        whole = sum(pool.map(read, range(3)))
        writer.result()
    assert whole > 0
