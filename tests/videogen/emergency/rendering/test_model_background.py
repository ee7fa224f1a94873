"""The video model's clip for an alert: kept for the next one, and made anew when anything that decides it has changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tiny_models import SETTINGS
from tests.videogen.emergency.sample_renderings import LIBRARY
from training.clips import Maker
from training.distillation import Sampling
from videogen.config.config import VideoGenConfig
from videogen.emergency.rendering.model_background import background_config, clip_config, model_background
from videogen.emergency.rendering.renderer import Background
from videogen.models.families.animatediff import AnimateDiff
from videogen.models.profile import ModelProfile, load_profile
from videogen.synthesis.synthesizer import LatentSynthesizer


class Asked(Exception):
    """The clip is to be made."""


@pytest.fixture(scope="module")
def profile(tiny_models: Path) -> ModelProfile:
    return load_profile("tiny", tiny_models)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def first(profile: ModelProfile, store: Path) -> Background:
    """The clip of the first alert, by the real model."""
    import torch

    from videogen.models.loading import load_model

    def synthesizer(config: VideoGenConfig) -> LatentSynthesizer:
        return LatentSynthesizer(config, load_model(profile, torch.device("cpu"), torch.float32))

    return _background(store, profile, synthesizer)


@pytest.fixture
def again(first: Background, store: Path, profile: ModelProfile) -> Callable[..., Background]:
    """The clip of a later alert; raises `Asked` where the model would be needed. Changes are the profile's values."""

    def refuse(config: VideoGenConfig) -> LatentSynthesizer:
        raise Asked

    def make(revision: str = "r", settings: dict[str, Any] | None = None, **changes: Any) -> Background:
        return _background(store, profile.model_copy(update=changes), refuse, revision, settings or {})

    return make


def _background(
    store: Path,
    profile: ModelProfile,
    synthesizer: Callable[[VideoGenConfig], LatentSynthesizer],
    revision: str = "r",
    settings: dict[str, Any] | None = None,
) -> Background:
    config = VideoGenConfig.load(None, SETTINGS | {"paths.models": str(profile.models)} | (settings or {}))
    return model_background(
        LIBRARY.get_template("flood"), config, synthesizer, store=str(store), profile=profile, revision=revision
    )


def test_the_next_alert_takes_the_clip_that_is_there(again: Callable[..., Background], first: Background) -> None:
    kept = again()
    assert np.array_equal(kept.frames, first.frames)
    assert (kept.fps, kept.origin) == (first.fps, first.origin)


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": 7},
        {"guidance_scale": 9.0},
        {"guidance_interval": (0.0, 0.4)},
        {"noise_prior": "independent"},
        {"scheduler": "EulerDiscreteScheduler"},
        {"scheduler_options": {"steps_offset": 0}},
        {"fps": 4.0},
        {"width": 32},
        {"revision": "f" * 16},
        {"settings": {"synthesis.guidance_interval": [0.0, 0.4]}},
        {"settings": {"preprocessing.text_steps": ["clean"]}},
    ],
    ids=str,
)
def test_an_edited_profile_other_weights_or_other_settings_have_the_clip_made_anew(
    changes: dict[str, Any], again: Callable[..., Background]
) -> None:
    with pytest.raises(Asked):
        again(**changes)


def test_a_new_description_or_upscaler_does_not(again: Callable[..., Background], first: Background) -> None:
    kept = again(description="Said anew.", upscaler=None, licence="other")
    assert np.array_equal(kept.frames, first.frames)


def test_the_embedded_model_has_its_fast_version_draw_for_alerts() -> None:

    config = background_config(VideoGenConfig())
    profile = load_profile(config.model.profile, config.path(config.paths.models))
    clip = clip_config(config, LIBRARY.get_template("flood"), profile)
    assert (profile.name, clip.model.num_inference_steps) == ("pib-mini-fast", 4)
    assert background_config(config) == config
    # The steps that it was trained for are those that it takes.
    scheduler = AnimateDiff.scheduler_of(profile)
    scheduler.set_timesteps(4)
    assert [int(step) for step in scheduler.timesteps] == Sampling(4).timesteps[::4].tolist()


def test_four_steps_of_the_fast_version_end_near_the_sixteen_guided_ones() -> None:
    models = VideoGenConfig().path(VideoGenConfig().paths.models)
    prompt = "a red bus driving left through the city at night"
    clips = {}
    for name in ("pib-mini", "pib-mini-fast"):
        profile = load_profile(name, models)
        maker = Maker(models / profile.source, profile.steps, profile.guidance_scale, name=name)
        clips[name] = maker([prompt], [7])[0].astype(np.float32)
    whole, fast = clips["pib-mini"], clips["pib-mini-fast"]
    assert np.abs(whole - fast).mean() < 0.25 * np.abs(whole - whole.mean(axis=(1, 2), keepdims=True)).mean()
