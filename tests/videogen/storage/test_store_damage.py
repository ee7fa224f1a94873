"""A stored artifact that was changed, cut or lost is noticed, and what a reader does changes no file."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

import pytest

from tests.videogen.storage.stored_values import some_frames
from videogen.domain.artifacts import Frames
from videogen.domain.video_ids import new_video_id
from videogen.errors import ArtifactError
from videogen.storage.artifact_store import ArtifactStore


@pytest.fixture
def local(tmp_path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "store"))


@pytest.fixture
def video_id() -> str:
    return new_video_id()


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
    # Of a known value: the last of random bytes may well be a question mark.
    store.save(video_id, 1, "decoded_frames", some_frames(value=1))
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
