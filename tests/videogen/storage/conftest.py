"""Stores of requests and artifacts at one root, on disk and in memory."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from tests.videogen.intake.request_files import picture
from videogen.domain.artifacts import PolicyVerdict
from videogen.domain.requests import VideoRequest
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.request_store import RequestStore

JPEG = picture("JPEG")


class Stores:
    """A request store and the artifact store at the same root."""

    def __init__(self, root: str) -> None:
        self.requests, self.artifacts = RequestStore(root), ArtifactStore(root)

    def make(self, video_id: str, attempt: int, *stages: str) -> None:
        for stage in stages:
            self.artifacts.save(video_id, attempt, stage, PolicyVerdict(allowed=True))


@pytest.fixture(params=["local", "memory"])
def stores(request, tmp_path, monkeypatch) -> Stores:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Stores(str(tmp_path / "store") if request.param == "local" else f"memory://{uuid4().hex}")


@pytest.fixture
def store(stores) -> RequestStore:
    return stores.requests


@pytest.fixture
def photo(tmp_path) -> Path:
    path = tmp_path / "a b.JPG"
    path.write_bytes(JPEG)
    return path


@pytest.fixture
def video_id(store) -> str:
    return store.submit(VideoRequest(prompt="x")).id
