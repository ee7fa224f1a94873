"""A project without a model, with videos that can be watched and rated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.dagster_helpers import places
from tests.release_helpers import make_attempt, quality, write_clip
from videogen.config.config import VideoGenConfig
from videogen.domain.requests import VideoRequest
from videogen.feedback import FeedbackIntegration


@pytest.fixture(scope="session")
def watchable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small mp4."""
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4")


@pytest.fixture
def config(tmp_path: Path) -> VideoGenConfig:
    own = {
        "feedback.key_file": str(tmp_path / "secrets" / "keys.json"),
        "feedback.adopted_file": str(tmp_path / "adopted.yaml"),
    }
    return VideoGenConfig.load(None, places(tmp_path) | own)


@pytest.fixture
def feedback(config: VideoGenConfig) -> FeedbackIntegration:
    return FeedbackIntegration(config)


@pytest.fixture
def video(feedback: FeedbackIntegration, watchable: Path) -> Callable[..., str]:
    """Makes a video of so many attempts; returns its id."""

    def make(prompt: str = "a red bus", *, attempts: int = 1, **fields: object) -> str:
        collector = feedback.collector
        request = collector.requests.submit(VideoRequest(prompt=prompt, **fields))
        collector.store.warehouse.add_request(request)
        from videogen.storage.artifact_store import ArtifactStore

        artifacts = ArtifactStore(collector.requests.root)
        for _ in range(attempts):
            make_attempt(collector.requests, artifacts, request.id, watchable, report=quality())
        return request.id

    return make
