from __future__ import annotations

from pathlib import Path

import pytest
import torch

from videogen.domain.artifacts import PolicyVerdict, PromptAsset, ReferenceImages
from videogen.domain.requests import VideoRequest
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.input_warnings import input_warnings
from videogen.storage.request_store import RequestStore


@pytest.fixture
def stores(tmp_path: Path) -> tuple[RequestStore, ArtifactStore]:
    root = str(tmp_path / "store")
    return RequestStore(root), ArtifactStore(root)


def prompt(*warnings: str) -> PromptAsset:
    return PromptAsset(
        original="a bus", cleaned="a bus", enhanced="a bus", negative_prompt="", language="en", language_confidence=1.0,
        keywords=(), tokens=(), token_text=(), truncated=False, warnings=warnings, policy=PolicyVerdict(allowed=True),
        steps=(),
    )  # fmt: skip


def pictures(*warnings: str) -> ReferenceImages:
    return ReferenceImages(torch.zeros(1, 2, 2, 3, dtype=torch.uint8), torch.zeros(1, 172), warnings=list(warnings))


def test_prompt_comes_before_pictures_and_nothing_is_said_twice(stores):
    requests, artifacts = stores
    video_id = requests.submit(VideoRequest(prompt="a bus")).id
    requests.open_attempt(video_id, reason="first")
    assert input_warnings(requests, artifacts, video_id, 1) == ()
    artifacts.save(video_id, 1, "reference_images", pictures("bus.png: the background is kept", "cut"))
    artifacts.save(video_id, 1, "prompt_asset", prompt("cut", "too long"))
    assert input_warnings(requests, artifacts, video_id, 1) == ("cut", "too long", "bus.png: the background is kept")


def test_a_later_attempt_has_the_warnings_of_what_it_inherits(stores):
    requests, artifacts = stores
    video_id = requests.submit(VideoRequest(prompt="a bus")).id
    requests.open_attempt(video_id, reason="first")
    artifacts.save(video_id, 1, "prompt_asset", prompt("too long"))
    requests.open_attempt(video_id, reason="again", from_stage="video_latents")
    assert input_warnings(requests, artifacts, video_id, 2) == ("too long",)
