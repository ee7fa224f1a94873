from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from videogen.artifacts import (
    ConditioningEmbeddings,
    Frames,
    PolicyVerdict,
    RenderedVideo,
    VideoFile,
    VideoLatents,
)
from videogen.errors import ArtifactError, StorageError
from videogen.requests import new_video_id
from videogen.store import ArtifactStore

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["local", "memory"])
def store(request, tmp_path, monkeypatch) -> ArtifactStore:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return ArtifactStore(str(tmp_path / "store") if request.param == "local" else f"memory://{uuid4().hex}")


@pytest.fixture
def local(tmp_path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "store"))


@pytest.fixture
def video_id() -> str:
    return new_video_id()


def some_frames(shape=(4, 6, 8, 3), value: int | None = None) -> Frames:
    frames = (
        torch.randint(0, 256, shape, dtype=torch.uint8)
        if value is None
        else torch.full(shape, value, dtype=torch.uint8)
    )
    return Frames(frames, fps=8.0, notes={"tiles": [1, 2]})


def rendered(folder: Path, *, captions: bool = True) -> VideoFile:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "x.mp4").write_bytes(b"not really a video" * 100)
    if captions:
        (folder / "x.vtt").write_text("WEBVTT\n")
    facts = RenderedVideo(
        video="x.mp4",
        captions="x.vtt" if captions else None,
        width=8,
        height=6,
        fps=24,
        num_frames=48,
        duration=2,
        codec="h264",
        label="AI-generated",
        sha256="0" * 64,
        bytes=1800,
        metadata={"title": "x"},
    )
    return VideoFile(folder / "x.mp4", folder / "x.vtt" if captions else None, facts)


def test_a_report_comes_back_as_it_was(store, video_id):
    verdict = PolicyVerdict(allowed=False, rule="weapons", reason="nicht erlaubt – 不可", matched="…")
    store.save(video_id, 1, "prompt_asset", verdict)
    assert store.load(video_id, 1, "prompt_asset", PolicyVerdict) == verdict


@settings(max_examples=25, deadline=None)
@given(
    frames=arrays(np.uint8, array_shapes(min_dims=4, max_dims=4, max_side=5)),
    notes=st.dictionaries(
        st.text(max_size=5), st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5)
    ),
    fps=st.floats(0.1, 240),
)
def test_any_tensor_artifact_comes_back_as_it_was(tmp_path_factory, frames, notes, fps):
    store = ArtifactStore(str(tmp_path_factory.mktemp("store")))
    video_id = new_video_id()
    store.save(video_id, 1, "decoded_frames", Frames(torch.from_numpy(frames), fps, notes))
    back = store.load(video_id, 1, "decoded_frames", Frames)
    assert torch.equal(back.frames, torch.from_numpy(frames))
    assert (back.fps, back.notes) == (fps, notes)


def test_missing_tensors_and_tensors_that_share_memory_come_back(store, video_id):
    whole = torch.arange(24, dtype=torch.float32).reshape(1, 4, 6)
    value = ConditioningEmbeddings(
        prompt_embeds=whole,
        negative_prompt_embeds=whole.transpose(1, 2),
        image_latents=whole[:, 1:3],
        image_embeds=None,
        profile="p",
        revision="r",
        complexity=0.25,
        extra={"weights": [1.0, 1.5]},
    )
    store.save(video_id, 2, "conditioning_embeddings", value)
    back = store.load(video_id, 2, "conditioning_embeddings", ConditioningEmbeddings)
    assert torch.equal(back.prompt_embeds, whole)
    assert torch.equal(back.negative_prompt_embeds, whole.transpose(1, 2))
    assert torch.equal(back.image_latents, whole[:, 1:3])
    assert back.image_embeds is None
    assert back.extra == {"weights": [1.0, 1.5]}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16, torch.int64, torch.bool])
def test_every_precision_survives(store, video_id, dtype):
    latents = (torch.randn(2, 3, 4, 5) * 3).to(dtype)
    store.save(video_id, 1, "video_latents", VideoLatents(latents, [999, 1], 7.5, 2**62, "p", "r"))
    back = store.load(video_id, 1, "video_latents", VideoLatents)
    assert back.latents.dtype == dtype
    assert torch.equal(back.latents, latents)
    assert back.seed == 2**62


def test_a_table_comes_back_as_it_was(store, video_id):
    table = pd.DataFrame({"metric": ["fvd", "is"], "value": [200.0, None]})
    store.save(video_id, 1, "quality_table", table)
    pd.testing.assert_frame_equal(store.load(video_id, 1, "quality_table", pd.DataFrame), table)


def test_a_video_comes_with_captions_and_facts_and_its_source_stays(store, video_id, tmp_path):
    source = rendered(tmp_path / "work")
    manifest = store.save(video_id, 1, "rendered_video", source, run_id="run-7")
    assert [file.name for file in manifest.files] == [
        "rendered_video.mp4",
        "rendered_video.vtt",
        "rendered_video.json",
    ]
    assert manifest.run_id == "run-7"
    back = store.load(video_id, 1, "rendered_video", VideoFile)
    assert back.path.read_bytes() == source.path.read_bytes()
    assert back.captions_path.read_text() == "WEBVTT\n"
    assert (back.facts.video, back.facts.captions) == ("rendered_video.mp4", "rendered_video.vtt")
    assert store.load(video_id, 1, "rendered_video", RenderedVideo) == back.facts
    assert store.local_file(video_id, 1, "rendered_video.vtt").read_text() == "WEBVTT\n"
    assert source.path.exists()


def test_a_video_without_captions_has_none(store, video_id, tmp_path):
    store.save(video_id, 1, "rendered_video", rendered(tmp_path / "work", captions=False))
    assert store.load(video_id, 1, "rendered_video", VideoFile).captions_path is None


def test_attempts_do_not_touch_each_other(store, video_id):
    store.save(video_id, 1, "decoded_frames", some_frames(value=1))
    store.save(video_id, 2, "decoded_frames", some_frames(value=2))
    assert [int(store.load(video_id, n, "decoded_frames", Frames).frames[0, 0, 0, 0]) for n in (1, 2)] == [1, 2]


def test_saving_again_replaces(store, video_id):
    store.save(video_id, 1, "decoded_frames", some_frames(value=1))
    store.load(video_id, 1, "decoded_frames", Frames)
    store.save(video_id, 1, "decoded_frames", some_frames(value=2))
    assert int(store.load(video_id, 1, "decoded_frames", Frames).frames[0, 0, 0, 0]) == 2


def test_what_was_never_saved_is_missing_by_name(store, video_id):
    assert not store.exists(video_id, 1, "decoded_frames")
    with pytest.raises(ArtifactError, match=f"decoded_frames · {video_id}.*attempt 1 has no decoded_frames"):
        store.load(video_id, 1, "decoded_frames", Frames)


def test_another_kind_than_was_saved_is_refused(store, video_id):
    store.save(video_id, 1, "decoded_frames", some_frames())
    with pytest.raises(ArtifactError, match="holds a Frames, not a VideoLatents"):
        store.load(video_id, 1, "decoded_frames", VideoLatents)


def test_names_lists_what_an_attempt_holds_and_remove_frees_it(store, video_id):
    size = store.save(video_id, 1, "decoded_frames", some_frames()).bytes
    store.save(video_id, 1, "prompt_asset", PolicyVerdict(allowed=True))
    assert store.names(video_id, 1) == ["decoded_frames", "prompt_asset"]
    assert store.remove(video_id, 1, "decoded_frames") == size
    assert store.names(video_id, 1) == ["prompt_asset"]
    assert not store.exists(video_id, 1, "decoded_frames")


# --- damage ----------------------------------------------------------------------------------------


def flip_a_bit(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("at", [0, 12, -1])
def test_one_changed_bit_is_noticed(local, video_id, at):
    local.save(video_id, 1, "decoded_frames", some_frames())
    flip_a_bit(Path(local.location(video_id, 1, "decoded_frames.safetensors")), at)
    with pytest.raises(ArtifactError, match="has changed since it was written"):
        local.load(video_id, 1, "decoded_frames", Frames)


def test_a_changed_file_in_a_remote_store_is_noticed(video_id, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    store = ArtifactStore(f"memory://{uuid4().hex}")
    store.save(video_id, 1, "decoded_frames", some_frames())
    place = store.location(video_id, 1, "decoded_frames.safetensors")
    store._folder.fs.pipe_file(place, store._folder.fs.cat_file(place)[:-1] + b"?")
    with pytest.raises(ArtifactError, match="has changed since it was written"):
        store.load(video_id, 1, "decoded_frames", Frames)


def test_a_truncated_file_does_not_exist(local, video_id):
    local.save(video_id, 1, "decoded_frames", some_frames())
    path = Path(local.location(video_id, 1, "decoded_frames.safetensors"))
    os.truncate(path, path.stat().st_size - 1)
    assert not local.exists(video_id, 1, "decoded_frames")
    with pytest.raises(ArtifactError):
        local.load(video_id, 1, "decoded_frames", Frames)


def test_a_file_without_manifest_does_not_exist(local, video_id):
    local.save(video_id, 1, "decoded_frames", some_frames())
    Path(local.location(video_id, 1, "decoded_frames.manifest.json")).unlink()
    assert not local.exists(video_id, 1, "decoded_frames")
    with pytest.raises(ArtifactError, match="has no decoded_frames"):
        local.local_file(video_id, 1, "decoded_frames.safetensors")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"sha256": "x"}'])
def test_a_damaged_manifest_is_an_error_not_a_crash(local, video_id, text):
    local.save(video_id, 1, "decoded_frames", some_frames())
    Path(local.location(video_id, 1, "decoded_frames.manifest.json")).write_text(text)
    with pytest.raises(ArtifactError, match="manifest of decoded_frames"):
        local.load(video_id, 1, "decoded_frames", Frames)


def test_changing_a_loaded_tensor_changes_no_file(local, video_id):
    local.save(video_id, 1, "decoded_frames", some_frames(value=7))
    local.load(video_id, 1, "decoded_frames", Frames).frames.fill_(9)
    assert int(local.load(video_id, 1, "decoded_frames", Frames).frames.max()) == 7


def test_a_reader_keeps_its_tensor_while_it_is_replaced(local, video_id):
    local.save(video_id, 1, "decoded_frames", some_frames((8, 64, 64, 3), value=7))
    old = local.load(video_id, 1, "decoded_frames", Frames)
    local.save(video_id, 1, "decoded_frames", some_frames((8, 64, 64, 3), value=8))
    assert int(old.frames.min()) == int(old.frames.max()) == 7


# --- hostile names ---------------------------------------------------------------------------------

HOSTILE = ["..", "../x", "a/b", "/etc/passwd", "", ".", "a\n", "ä", "x" * 300, "a\x00b", "..\\x", "%2e%2e"]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leads_out_of_the_store(local, video_id, name, tmp_path):
    for call in (
        lambda: local.save(name, 1, "decoded_frames", PolicyVerdict(allowed=True)),
        lambda: local.save(video_id, 1, name, PolicyVerdict(allowed=True)),
        lambda: local.save(video_id + "\n", 1, "decoded_frames", PolicyVerdict(allowed=True)),
        lambda: local.load(name, 1, "decoded_frames", PolicyVerdict),
        lambda: local.local_file(video_id, 1, name),
        lambda: local.exists(video_id, 0, "decoded_frames"),
        lambda: local.location(video_id, 1, f"../{name}"),
    ):
        with pytest.raises(ArtifactError):
            call()
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


# --- faults ----------------------------------------------------------------------------------------


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
        from videogen.artifacts import Frames
        from videogen.errors import StorageError
        from videogen.store import ArtifactStore
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
        from videogen.artifacts import RenderedVideo, VideoFile
        from videogen.requests import new_video_id
        from videogen.store import ArtifactStore
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
        worker.wait()
        if store.exists(video_id, 1, "rendered_video"):
            video = store.load(video_id, 1, "rendered_video", VideoFile)
            assert len({*video.path.read_bytes(), *video.captions_path.read_bytes()}) == 1
        else:
            with pytest.raises(ArtifactError):
                store.load(video_id, 1, "rendered_video", VideoFile)


def test_readers_beside_a_writer_see_whole_artifacts_or_none(local, video_id):
    def write() -> None:
        for value in range(30):
            local.save(video_id, 1, "decoded_frames", some_frames((4, 64, 64, 3), value))

    def read(_: int) -> int:
        whole = 0
        while not writer.done():
            try:
                frames = local.load(video_id, 1, "decoded_frames", Frames).frames
            except ArtifactError:
                continue
            assert int(frames.min()) == int(frames.max())
            whole += 1
        return whole

    local.save(video_id, 1, "decoded_frames", some_frames((4, 64, 64, 3), 0))
    with ThreadPoolExecutor(4) as pool:
        writer = pool.submit(write)
        whole = sum(pool.map(read, range(3)))
        writer.result()
    assert whole > 0


def test_the_manifest_says_what_there_is(local, video_id):
    local.save(video_id, 3, "decoded_frames", some_frames(), run_id="abc")
    manifest = json.loads(Path(local.location(video_id, 3, "decoded_frames.manifest.json")).read_text())
    path = Path(local.location(video_id, 3, "decoded_frames.safetensors"))
    summed = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout.split()[0]
    assert (manifest["sha256"], manifest["bytes"]) == (summed, path.stat().st_size)
    assert (manifest["type"], manifest["run_id"]) == ("Frames", "abc")
