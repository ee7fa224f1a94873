"""What a model that packs several pictures into a latent frame, or brings schedulers of its own, needs of the engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from videogen.config.config import VideoGenConfig
from videogen.errors import ConfigError, InputError
from videogen.models.loading import PARTS, LoadedModel, fetched_commit, fingerprint
from videogen.models.profile import ModelProfile
from videogen.synthesis import DiffusionScheduler, LatentSynthesizer
from videogen.synthesis.pipeline_settings import require_plain_settings

FLOW = {"prediction_type": "flow_prediction", "use_flow_sigmas": True}


def profile(**changes: Any) -> ModelProfile:
    values: dict[str, Any] = {
        "name": "foreign", "family": "diffusers", "source": "a/b", "width": 64, "height": 64, "num_frames": 81,
        "fps": 16, "latent_channels": 16, "vae_scale_factor": 8, "vae_temporal_factor": 4, "steps": 10,
        "guidance_scale": 5.0, "diffusers": {"pipeline": "WanPipeline"}, "licence": "none", "memory_gb": 1.0,
        "clip_memory_gb": 1.0,
    }  # fmt: skip
    return ModelProfile.model_validate(values | changes)


@pytest.mark.parametrize(("latent", "pictures"), [(1, 1), (2, 5), (21, 81)])
def test_latent_frames_are_counted_as_the_pictures_that_they_hold(latent: int, pictures: int) -> None:
    assert profile().picture_frames(latent) == pictures


def test_memory_and_prior_of_a_long_video_go_by_its_pictures(
    model: LoadedModel, synthesizer: Callable[..., LatentSynthesizer], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    packed = model.profile.model_copy(update={"vae_temporal_factor": 4, "clip_memory_gb": 1.0, "num_frames": 9})
    maker = synthesizer(replace(model, profile=packed))
    monkeypatch.setattr("videogen.synthesis.synthesizer.free_memory", lambda device: 10e9)
    monkeypatch.setattr("videogen.synthesis.synthesizer.LARGEST_BATCH", {"cpu": 32})
    short, long = torch.zeros(4, 3, 4, 4), torch.zeros(4, 9, 4, 4)
    assert maker._batch([short]) == 6
    assert maker._batch([long]) == 1, "33 pictures, nearly four clips"


def test_profiles_that_name_no_prior_have_independent_noise() -> None:
    assert profile().noise_prior == "independent"


@pytest.mark.parametrize("scale", [0.0, 1.0])
def test_guidance_may_be_off_and_a_zero_is_not_taken_for_nothing(
    scale: float, model: LoadedModel, synthesizer: Callable[..., LatentSynthesizer]
) -> None:
    assert profile(guidance_scale=scale).guidance_scale == scale
    assert synthesizer(model__guidance_scale=scale).guidance_scale == scale


def test_schedulers_that_need_their_own_pipeline_are_refused_with_a_remedy() -> None:
    from diffusers import FlowMatchEulerDiscreteScheduler, PiflowScheduler, UniPCMultistepScheduler

    with pytest.raises(ConfigError, match="PiflowScheduler works with the pipeline that it was made for only"):
        DiffusionScheduler(PiflowScheduler(shift=5.0, n_grid=5))
    with pytest.raises(ConfigError, match="use_dynamic_shifting"):
        DiffusionScheduler(FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True)).set_timesteps(4)
    multistep = DiffusionScheduler(UniPCMultistepScheduler(**FLOW, flow_shift=3.0))
    with pytest.raises(ConfigError, match="does not accept custom timesteps"):
        multistep.set_plan([900, 500, 100])
    multistep.set_timesteps(4)
    assert len(multistep.timesteps) == 4


def test_a_pipeline_in_the_cache_is_known_by_its_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = "c" * 40
    repository = tmp_path / "models--a--b"
    (repository / "snapshots" / commit).mkdir(parents=True)
    (repository / "snapshots" / commit / "model_index.json").write_text("{}")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.file_download.HF_HUB_CACHE", str(tmp_path), raising=False)
    assert fetched_commit("a/b") == commit


@pytest.mark.parametrize("part", ["transformer_2", "connectors", "audio_vae", "vocoder", "text_encoder_3", "guider"])
def test_changed_weights_of_every_part_change_the_fingerprint(part: str, tmp_path: Path) -> None:
    assert part in PARTS
    weights = tmp_path / part / "model.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"one")
    before = fingerprint(tmp_path)
    weights.write_bytes(b"two")
    assert fingerprint(tmp_path) != before


@pytest.mark.parametrize(
    "changes",
    [
        {"synthesis.momentum": 0.3}, {"model.guidance_rescale": 0.7}, {"synthesis.temporal_consistency": 0.2},
        {"noise.prior": "free_init"},
    ],
    ids=str,
)  # fmt: skip
def test_settings_of_the_own_loop_are_refused_for_a_pipeline_with_its_own(changes: dict[str, Any]) -> None:
    require_plain_settings(VideoGenConfig(), profile())
    with pytest.raises(ConfigError, match=f"{next(iter(changes))} would have no effect"):
        require_plain_settings(VideoGenConfig.load(None, changes), profile())


def test_a_video_beyond_the_longest_clip_is_refused_with_the_longest_duration(model: LoadedModel) -> None:
    from dataclasses import replace

    from videogen.synthesis.sampling import Sampling

    class Family:
        def valid_num_frames(self, num_frames: int) -> int:
            return num_frames

    config = VideoGenConfig.load(None, {"processing.duration": 9.0})
    with pytest.raises(
        InputError, match=r"at most 81 frames \(5\.06 s .* needs 144 — ask for a duration of at most 5\.06 s"
    ):
        Sampling(config, replace(model, profile=profile(), family=Family())).num_frames()
