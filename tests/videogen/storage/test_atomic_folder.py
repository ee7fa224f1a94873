"""What the folder under every store answers when it cannot be one."""

from __future__ import annotations

import os
import stat

import pandas as pd
import pytest

from tests.videogen.storage.stored_values import rendered, some_frames
from videogen.domain.artifacts import PolicyVerdict
from videogen.domain.requests import VideoRequest
from videogen.domain.video_ids import new_video_id
from videogen.errors import ConfigError, StorageError
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.request_store import RequestStore


@pytest.mark.parametrize("url", ["nope://x/y", "s3+nope://bucket"])
def test_a_store_of_a_kind_that_nothing_here_opens_is_an_error_of_the_settings(url):
    with pytest.raises(ConfigError, match="cannot be opened"):
        ArtifactStore(url)


def test_a_file_where_the_store_should_be_is_a_fault_of_the_store(tmp_path):
    (tmp_path / "store").write_text("x")
    with pytest.raises(StorageError, match="Not a directory") as caught:
        RequestStore(str(tmp_path / "store")).submit(VideoRequest(prompt="x"))
    assert "folder is needed" in caught.value.remedy


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_every_file_of_every_kind_of_artifact_follows_the_umask(tmp_path, umask):
    store, video_id = ArtifactStore(str(tmp_path / "store")), new_video_id()
    before = os.umask(umask)
    try:
        store.save(video_id, 1, "decoded_frames", some_frames())
        store.save(video_id, 1, "prompt_asset", PolicyVerdict(allowed=True))
        store.save(video_id, 1, "quality_table", pd.DataFrame({"value": [1.0]}))
        store.save(video_id, 1, "rendered_video", rendered(tmp_path / "work"))
    finally:
        os.umask(before)
    files = [path for path in (tmp_path / "store").rglob("*") if path.is_file()]
    assert {".safetensors", ".json", ".parquet", ".mp4", ".vtt"} <= {path.suffix for path in files}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o666 & ~umask}
