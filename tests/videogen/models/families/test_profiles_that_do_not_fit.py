"""What a profile says and its pipeline, folder or scheduler does not have: refused before any weights are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from tests.tiny_pipelines import PIPELINES
from tests.videogen.models.families.conftest import CPU, request_for
from videogen.errors import ModelError
from videogen.models.families.diffusers_pipeline import DiffusersPipeline
from videogen.models.preflight import check_request
from videogen.models.profile import ModelProfile, load_profile

pytestmark = pytest.mark.filterwarnings("ignore")
Load = Callable[..., DiffusersPipeline]
CASTING = {"layerwise_casting": {"parts": ["unet"]}}
GUIDER = {"guider": {"class": "ClassifierFreeGuidance"}}


@pytest.fixture
def changed(pipelines: Path, loaded: Load) -> Callable[..., ModelProfile]:
    """The profile of a tiny pipeline with other fields, as a person would edit its file."""

    def change(name: str = "wan21", *, section: dict[str, Any] | None = None, **fields: Any) -> ModelProfile:
        kind = loaded(name).profile.diffusers.pipeline
        values = PIPELINES[name].profile(name, **{"pipeline": kind} | (section or {})) | fields
        (pipelines / "profiles" / "edited.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
        return load_profile("edited", pipelines)

    return change


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"call": {"prompt": "a bus"}}, "'prompt' in diffusers.call, but it comes from the request and the stages"),
        ({"call": {"num_frames": 5}}, "comes from the profile's field num_frames — set num_frames instead"),
        ({"call": {"frame_rate": 5}}, "'frame_rate', which it does not take"),
        ({"call": {"guidance_scale": 3.0}}, "set guidance_scale instead"),
        ({"frames_argument": "frames"}, "'frames', which it does not take: did you mean 'num_frames'"),
        ({"image": "picture"}, "'picture', which it does not take.*diffusers.image"),
        ({"pipeline": "LattePipeline"}, "'num_frames', which it does not take.*diffusers.frames_argument"),
        ({"pipeline": "DiffusionPipeline"}, "'num_frames', which it does not take"),
        ({"pipeline": "AnimateDiffPipeline"}, r"needs the parts .*unet, which wan21 does not have.*WanPipeline"),
        ({"denoise_with": ["vea"]}, "names the parts vea in diffusers.denoise_with.*did you mean 'vae'"),
        (CASTING, "names the parts unet in diffusers.layerwise_casting.parts"),
        (GUIDER, "WanPipeline a guider, which it does not take"),
        ({"loras": [{"source": "wan21", "file": "x.safetensors", "into": "transformer_2"}]}, "transformer_2 in .*loras"),
        ({"loras": [{"source": "wan21", "file": "x.safetensors"}]}, "wan21/x.safetensors, which is not on this machine"),
    ],
    ids=str,
)  # fmt: skip
def test_what_would_have_no_effect_is_refused_when_the_request_is_checked(
    section: dict[str, Any], said: str, changed: Callable[..., ModelProfile]
) -> None:
    with pytest.raises(ModelError, match=said):
        check_request(changed(section=section), 9, 0, CPU)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"flow_shft": 3.0}, "UniPCMultistepScheduler has no option 'flow_shft': did you mean 'flow_shift'"),
        ({"flow_shift": "three"}, "flow_shift: 'three' is not a number, as UniPCMultistepScheduler takes it"),
    ],
)
def test_a_scheduler_option_that_nobody_reads_is_refused(
    options: dict[str, Any], said: str, changed: Callable[..., ModelProfile]
) -> None:
    with pytest.raises(ModelError, match=said):
        check_request(changed(scheduler_options=options), 9, 0, CPU)


@pytest.mark.parametrize(
    ("guider", "said"),
    [
        ({"class": "ClassifierFreeGuidance", "guidanse_scale": 6}, "has no option 'guidanse_scale'.*guidance_scale"),
        ({"class": "WanPipeline"}, "no guider named 'WanPipeline'"),
        ({"class": "Nobody"}, "no guider named 'Nobody'"),
    ],
)
def test_a_wrong_guider_is_named(guider: dict[str, Any], said: str, loaded: Load) -> None:
    family = loaded("hunyuan15", guider=guider)
    with pytest.raises(ModelError, match=said), family.held("denoise"):
        pass


def test_a_part_that_must_have_the_denoisers_precision_is_given_no_other(
    changed: Callable[..., ModelProfile],
) -> None:
    section = {"dtype": {"vae": "fp32"}}
    with pytest.raises(ModelError, match=r"vae to fp32, but CogVideoXPipeline runs it in the denoiser's precision"):
        check_request(changed("cog", section=section, precision="bf16"), 9, 0, CPU)
    assert check_request(changed("cog", section=section, precision="fp32"), 9, 0, CPU) == []
    assert check_request(changed("wan21", section=section, precision="bf16"), 9, 0, CPU) == []


def test_a_part_without_any_weights_is_found_before_anything_is_loaded(
    changed: Callable[..., ModelProfile], pipelines: Path
) -> None:
    profile = changed()
    path = pipelines / "wan21" / "transformer" / "diffusion_pytorch_model.safetensors"
    kept = path.rename(pipelines / "kept")
    try:
        with pytest.raises(ModelError, match=r"transformer has no weights — fetch them again"):
            check_request(profile, 9, 0, CPU)
    finally:
        kept.rename(path)


def test_a_vae_of_another_number_of_channels_says_which(changed: Callable[..., ModelProfile]) -> None:
    family = DiffusersPipeline.load(changed(latent_channels=7), CPU, torch.float32)
    with pytest.raises(
        ModelError, match=r"has 16 channels of latents, but the profile says 7 — set latent_channels: 16"
    ):
        family.colours()


@pytest.mark.parametrize(
    ("section", "fields", "said"),
    [
        ({"call": {"guidance_scale_2": 3.0}}, {}, r"`guidance_scale_2` is only supported"),
        ({"call": {"attention_kwargs": "strong"}}, {}, "'str' object"),
        ({}, {"scheduler": "DDIMScheduler"}, "DDIMScheduler"),
    ],
    ids=str,
)
def test_what_a_pipeline_refuses_is_said_to_come_from_the_profile(
    section: dict[str, Any], fields: dict[str, Any], said: str, changed: Callable[..., ModelProfile]
) -> None:
    family = DiffusersPipeline.load(changed(section=section, **fields), CPU, torch.float32)
    request = request_for("wan21")
    with pytest.raises(ModelError, match=rf"WanPipeline cannot work with what profile 'edited' gives it: .*{said}"):
        family.denoise(request, family.encode(request), None, None, lambda watch: None)


def test_a_size_beyond_the_positions_of_the_model_is_said_to_come_from_the_profile(loaded: Load) -> None:
    """Torch's own error names shapes only; the tiny Wan knows 32 places across, of 16 pixels each."""
    family = loaded("wan21")
    request = request_for("wan21", width=1024)
    with pytest.raises(
        ModelError, match=r"WanPipeline cannot work with what profile 'wan21' gives it: .*and the size of"
    ):
        family.denoise(request, family.encode(request), None, None, lambda watch: None)


@pytest.mark.parametrize("kind", [RuntimeError, ValueError, TypeError, KeyError])
def test_what_a_listener_raises_is_not_taken_for_the_pipelines_refusal(kind: type[Exception], loaded: Load) -> None:
    family = loaded("wan21")
    request = request_for("wan21")

    def raising(watch: Any) -> None:
        raise kind("the listener's own")

    with pytest.raises(kind, match="the listener's own"):
        family.denoise(request, family.encode(request), None, None, raising)


@pytest.mark.parametrize("file", ["../style.safetensors", "/etc/style.safetensors", "a/../../style.safetensors"])
def test_a_weight_file_outside_of_its_source_is_refused(file: str, changed: Callable[..., ModelProfile]) -> None:
    with pytest.raises(ModelError, match="the file lies below its source"):
        changed(section={"loras": [{"source": "loras", "file": file}]})


def test_a_rule_of_frames_that_allows_no_clip_is_refused(changed: Callable[..., ModelProfile]) -> None:
    with pytest.raises(ModelError, match="max 4 allows no clip: the shortest has 9 frames"):
        changed(section={"frames": {"multiple": 4, "plus": 1, "min": 8, "max": 4}})
