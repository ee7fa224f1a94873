"""A denoising state is only taken up for exactly what it was left for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from assets.synthesis import _fits
from resources.runs.videos import Video
from tests.tiny_models import PROFILE, SETTINGS
from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import ConditioningEmbeddings
from videogen.domain.requests import Attempt, VideoRequest

REQUEST = VideoRequest(prompt="a red bus at night", seed=5)
NOISE = torch.ones(4, 8, 20, 32)
CONDITION = ConditioningEmbeddings(
    prompt_embeds=torch.ones(1, 16, 8),
    negative_prompt_embeds=torch.zeros(1, 16, 8),
    image_latents=None,
    image_embeds=None,
    profile="tiny",
    revision="r",
    complexity=0.5,
    extra={},
)


@pytest.fixture
def fits(tmp_path: Path) -> Callable[..., str]:
    """What a state of a video depends on, with the profile ``tiny`` written anew as `profile` says."""

    def make(
        condition: ConditioningEmbeddings = CONDITION, changes: dict[str, Any] | None = None, **profile: Any
    ) -> str:
        (tmp_path / "profiles").mkdir(exist_ok=True)
        (tmp_path / "profiles" / "tiny.yaml").write_text(yaml.safe_dump(PROFILE | profile), encoding="utf-8")
        attempt = Attempt(video_id=REQUEST.id, number=1, changes=changes or {})
        config = REQUEST.settings(VideoGenConfig.load(None, SETTINGS | {"paths.models": str(tmp_path)}), attempt)
        return _fits(Video(REQUEST, attempt, config, "run"), condition, NOISE)

    return make


@pytest.mark.parametrize(
    "profile",
    [
        {"steps": 5},
        {"guidance_scale": 4.0},
        {"guidance_interval": [0.0, 0.4]},
        {"noise_prior": "independent"},
        {"scheduler_options": {"steps_offset": 0}},
    ],
    ids=str,
)
def test_a_checkpoint_of_another_version_of_the_profile_does_not_fit(
    profile: dict[str, Any], fits: Callable[..., str]
) -> None:
    assert fits(**profile) != fits()


def test_a_profile_that_is_only_described_anew_leaves_its_checkpoints(fits: Callable[..., str]) -> None:
    assert fits(description="Said anew.", upscaler=None, memory_gb=1.0) == fits()


@pytest.mark.parametrize("changes", [{"seed": 6}, {"model.guidance_scale": 5.0}, {"synthesis.momentum": 0.2}], ids=str)
def test_a_checkpoint_of_another_seed_or_other_settings_does_not_fit(
    changes: dict[str, Any], fits: Callable[..., str]
) -> None:
    assert fits(changes=changes) != fits()


@pytest.mark.parametrize(
    "told",
    [
        {"prompt_embeds": torch.full((1, 16, 8), 2.0)},
        {"image_latents": torch.ones(1, 4, 20, 32)},
        {"image_embeds": torch.ones(1, 16)},
        {"complexity": 1.0},
        {"revision": "s"},
    ],
    ids=lambda told: next(iter(told)),
)
def test_a_checkpoint_of_another_text_or_other_pictures_does_not_fit(
    told: dict[str, Any], fits: Callable[..., str]
) -> None:
    assert fits(replace(CONDITION, **told)) != fits()
