"""What a store says where a file cannot be read or the store cannot be reached."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from videogen.domain.requests import VideoRequest
from videogen.errors import ArtifactError, StorageError
from videogen.storage.atomic_folder import Folder
from videogen.storage.request_store import RequestStore


def test_a_request_that_is_a_folder_is_a_damaged_request(tmp_path: Path) -> None:
    store = RequestStore(str(tmp_path))
    video_id = store.submit(VideoRequest(prompt="a bus")).id
    file = tmp_path / video_id / "request.json"
    file.unlink()
    file.mkdir()
    with pytest.raises(ArtifactError, match=r"request\.json cannot be read: Is a directory"):
        store.get(video_id)


def test_a_remote_store_that_does_not_answer_is_named_without_its_password() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(StorageError, match="cannot be reached") as refused:
        Folder(f"ftp://desk:secret@127.0.0.1:{port}/videos")
    assert f"ftp://127.0.0.1:{port}/videos" in refused.value.problem
    assert "secret" not in str(refused.value)
