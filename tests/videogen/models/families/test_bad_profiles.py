"""Profiles, folders and numbers that are wrong: refused with the reason and the remedy, before minutes are spent."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from tests.tiny_pipelines import PIPELINES, write_profile
from tests.videogen.models.families.conftest import CPU, request_for
from videogen.errors import ConfigError, InputError, ModelError, OutOfMemoryError
from videogen.models.families import requirements
from videogen.models.families.diffusers_pipeline import DiffusersPipeline
from videogen.models.families.weights_check import UNFINISHED
from videogen.models.loading import load_model
from videogen.models.preflight import check_request
from videogen.models.profile import ModelProfile, load_profile
from videogen.models.quirks import FramesRule, quirks_of

pytestmark = pytest.mark.filterwarnings("ignore")
Load = Callable[..., DiffusersPipeline]


def profile(**changes: Any) -> ModelProfile:
    values = PIPELINES["wan21"].profile("nowhere/wan", pipeline="WanPipeline")
    return ModelProfile.model_validate({"name": "wan", **values, **changes})


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"pipeline": "WanPipelin"}, r"has no pipeline named 'WanPipelin'.*WanPipeline"),
        ({"pipeline": "AutoencoderKLWan"}, "has no pipeline named 'AutoencoderKLWan'"),
        ({"call": {"guidence_scale": 3}}, r"the argument 'guidence_scale', which it does not take.*guidance_scale"),
        ({"dtype": {"vea": "fp32"}}, r"names the parts vea.*has only .*vae"),
    ],
    ids=str,
)
def test_a_wrong_class_part_or_argument_is_named_with_the_likely_one(
    section: dict[str, Any], said: str, loaded: Load
) -> None:
    with pytest.raises(ModelError, match=said):
        loaded("wan21", **section)


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"ofload": "model"}, "ofload"),
        ({"offload": "disk"}, "offload"),
        ({"loras": [{"source": "x", "file": "style.bin"}]}, "file"),
        (
            {
                "layerwise_casting": {},
                "quantization": {"quant_backend": "torchao", "components_to_quantize": ["transformer"]},
            },
            "layerwise_casting cannot be combined",
        ),
    ],
    ids=str,
)
def test_a_wrong_section_is_refused_with_the_field(section: dict[str, Any], said: str, pipelines: Path) -> None:
    write_profile(pipelines, "wrong", "wan21", pipeline="WanPipeline", **section)
    with pytest.raises(ModelError, match=said):
        load_profile("wrong", pipelines)


def test_a_family_without_its_section_is_refused() -> None:
    with pytest.raises(ValueError, match="needs the section 'diffusers'"):
        profile(diffusers=None)
    with pytest.raises(ValueError, match="set family: diffusers"):
        profile(family="animatediff")


def test_a_wrong_family_is_named_with_those_that_there_are(pipelines: Path) -> None:
    values = PIPELINES["wan21"].profile("wan21", pipeline="WanPipeline") | {"family": "difusers"}
    (pipelines / "profiles").mkdir(exist_ok=True)
    (pipelines / "profiles" / "wrong-family.yaml").write_text(yaml.safe_dump(values))
    with pytest.raises((ModelError, ConfigError), match=r"difusers.*diffusers"):
        load_model(load_profile("wrong-family", pipelines), CPU, torch.float32)


@pytest.mark.parametrize(
    ("pipeline", "asked", "made"),
    [
        ("WanPipeline", 80, 81), ("WanPipeline", 81, 81), ("LTXPipeline", 80, 81), ("LTXPipeline", 82, 89),
        ("MochiPipeline", 19, 19), ("HeliosPipeline", 34, 66), ("StableVideoDiffusionPipeline", 14, 14),
        ("AClassWithoutARow", 6, 9),
    ],
)  # fmt: skip
def test_frames_are_rounded_up_never_down(pipeline: str, asked: int, made: int) -> None:
    assert quirks_of(pipeline).frames.up(asked) == made


def test_a_rule_never_gives_fewer_frames_than_its_least() -> None:
    assert FramesRule(multiple=4, plus=1, min=5).up(1) == 5


def test_what_will_differ_from_the_request_is_said(loaded: Load) -> None:
    family = loaded("wan21")
    assert check_request(family.profile, 8, 0, CPU) == [
        "8 frames are asked for, 9 are made: this model makes 4k+1 frames"
    ]
    assert check_request(family.profile, 9, 0, CPU) == []
    with pytest.raises(InputError, match=r"clips of at most 9 frames .* ask for a duration of at most 1\.1"):
        check_request(family.profile, 10, 0, CPU)
    with pytest.raises(InputError, match="makes videos from text only, but the request has 1"):
        check_request(family.profile, 9, 1, CPU)
    with pytest.raises(InputError, match="makes videos of a picture, and the request has none"):
        check_request(loaded("wan22_i2v").profile, 9, 0, CPU)


def test_a_size_that_is_no_multiple_is_drawn_larger_and_cropped() -> None:
    section = PIPELINES["wan21"].profile("x", pipeline="WanPipeline")["diffusers"] | {"size_multiple": 32}
    wide = profile(width=1280, height=720, diffusers=section)
    assert (wide.size, wide.drawn_size) == ((1280, 720), (1280, 736))
    assert profile(width=1280, height=704, diffusers=section).drawn_size == (1280, 704)


def test_what_is_cropped_is_shown_before_and_after(loaded: Load) -> None:
    from videogen.synthesis.pipeline_synthesizer import _cropped

    family = loaded("wan21")
    section = PIPELINES["wan21"].profile("x", pipeline="WanPipeline")["diffusers"] | {"size_multiple": 32}
    odd = family.profile.model_copy(
        update={"width": 48, "height": 40, "diffusers": type(family.profile.diffusers).model_validate(section)}
    )
    assert check_request(odd, 9, 0, CPU) == ["drawn at 64×64, a multiple of 32, and cropped to 48×40"]
    drawn = torch.arange(64).expand(2, 64, 64)[..., None].expand(2, 64, 64, 3)
    frames, note = _cropped(drawn, odd.size)
    assert frames.shape == (2, 40, 48, 3)
    assert (int(frames[0, 0, 0, 0]), int(frames[0, 0, -1, 0])) == (8, 55), "the middle is kept"
    assert note == {"drawn_at": "64×64, cropped to 48×40"}


def test_missing_packages_are_named_with_the_command_that_installs_them(
    loaded: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requirements, "find_spec", lambda name: None)
    with pytest.raises(
        ModelError, match=r"needs the Python packages ftfy, bitsandbytes.*`pip install ftfy bitsandbytes`"
    ):
        loaded("wan21", quantization={"quant_backend": "bitsandbytes_4bit", "components_to_quantize": ["text_encoder"]})


@pytest.fixture
def copy(loaded: Load, pipelines: Path, tmp_path: Path) -> ModelProfile:
    loaded("wan21")
    shutil.copytree(pipelines / "wan21", tmp_path / "wan21")
    write_profile(tmp_path, "wan21", "wan21", pipeline="WanPipeline")
    return load_profile("wan21", tmp_path)


def load(profile: ModelProfile) -> DiffusersPipeline:
    return DiffusersPipeline.load(profile, CPU, torch.float32)


def test_a_half_fetched_folder_a_missing_shard_and_a_pickle_are_told_apart(copy: ModelProfile) -> None:
    folder = copy.models / "wan21"
    (folder / UNFINISHED).write_text("{}")
    with pytest.raises(ModelError, match="only half fetched"):
        load(copy)
    (folder / UNFINISHED).unlink()
    index = folder / "transformer" / "diffusion_pytorch_model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "model-00001-of-00002.safetensors"}}))
    with pytest.raises(ModelError, match=r"transformer/model-00001-of-00002\.safetensors is missing"):
        load(copy)
    index.unlink()
    weights = folder / "vae" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    with pytest.raises(ModelError, match=r"vae has only .*\.bin, a pickle"):
        load(copy)


def test_weights_that_are_nowhere_say_how_to_fetch_them() -> None:
    with pytest.raises(
        ModelError, match=r"nowhere/wan\) are not on this machine — fetch them with `videogen models fetch wan`"
    ):
        load(profile())


def test_a_broken_weight_file_is_named_before_any_stage_is_paid_for(copy: ModelProfile) -> None:
    path = copy.models / "wan21" / "transformer" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ModelError, match=r"transformer/diffusion_pytorch_model\.safetensors .* the file has 1,000"):
        load(copy).encode(request_for("wan21"))


def test_a_nan_ends_the_video_at_the_step_where_it_appears(loaded: Load) -> None:
    family = loaded("wan21")
    request = request_for("wan21", steps=5)
    record = family.encode(request)
    asked: list[int] = []
    with family.held("denoise") as pipe:
        own = pipe.transformer.forward

        def forward(*args: Any, **kwargs: Any) -> Any:
            asked.append(1)
            answer = own(*args, **kwargs)
            return tuple(part * float("nan") for part in answer) if len(asked) > 6 else answer

        pipe.transformer.forward = forward
    with pytest.raises(ModelError, match=r"not numbers .* in step 4 — the precision overflows"):
        family.denoise(request, record, None, None, lambda watch: None)
    assert len(asked) == 8, "two calls a step, and none after the step that went wrong"


def test_a_vae_that_gives_black_frames_is_found_before_the_denoising(loaded: Load) -> None:
    family = loaded("wan21")
    with family.held("decode") as pipe, torch.no_grad():
        for parameter in pipe.vae.decoder.parameters():
            parameter.mul_(float("inf"))
    with pytest.raises(ModelError, match=r"black or broken frames in float32 — set its precision .*vae: fp32"):
        family.colours()


def test_noise_of_another_shape_than_the_pipeline_draws_names_both(loaded: Load) -> None:
    family = loaded("wan21")
    request = request_for("wan21")
    with pytest.raises(ModelError, match=r"draws noise of the shape 1×16×3×2×2 .* but the profile says 1×16×3×4×4"):
        family.denoise(request, family.encode(request), torch.zeros(16, 3, 4, 4), None, lambda watch: None)


def test_a_text_encoder_with_untied_embeddings_is_refused(loaded: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import T5EncoderModel

    own = T5EncoderModel.from_pretrained

    def untied(*args: Any, **kwargs: Any) -> Any:
        model = own(*args, **kwargs)
        model.encoder.embed_tokens = torch.nn.Embedding(64, 32)
        return model

    monkeypatch.setattr(T5EncoderModel, "from_pretrained", untied)
    with pytest.raises(ModelError, match="its token embeddings are not those of the file"):
        loaded("wan21").encode(request_for("wan21"))


@pytest.mark.parametrize(
    "section",
    [
        {"attention_backend": "nonsense"},
        {"cache": {"kind": "FirstBlockCache", "options": {"treshold": 0.1}}},
        {"offload": "group", "group_offload": {"offload_type": "by_hand"}},
    ],
    ids=str,
)
def test_what_a_part_does_not_offer_is_refused_with_its_name(section: dict[str, Any], loaded: Load) -> None:
    family = loaded("wan21", **section)
    with pytest.raises(ModelError, match=r"WanTransformer3DModel\)? does not accept"), family.held("denoise"):
        pass


def test_a_known_attention_backend_gives_the_same_bits(loaded: Load) -> None:
    request = request_for("wan21")
    plain, chosen = loaded("wan21"), loaded("wan21", attention_backend="native")
    record = plain.encode(request)
    results = [family.denoise(request, record, None, None, lambda watch: None).results for family in (plain, chosen)]
    assert torch.equal(results[0][0][0], results[1][0][0])


@pytest.mark.parametrize(
    ("total", "free", "said"),
    [
        (8e9, 8e9, "is made for a GPU with 12 GB, and this one has 8 GB — see `videogen models advise`"),
        (24e9, 3e9, r"needs 12 GB of the GPU, but only 3\.0 of 24 GB are free: another program uses it"),
    ],
)
def test_a_gpu_that_is_too_small_or_filled_by_another_program_is_found_first(
    total: float, free: float, said: str, loaded: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Properties:
        total_memory = total

    monkeypatch.setattr("torch.cuda.get_device_properties", lambda device: Properties)
    monkeypatch.setattr("videogen.runtime.device.free_memory", lambda device: free)
    needs = loaded("wan21").profile.model_copy(update={"vram_gb": 12.0})
    with pytest.raises(OutOfMemoryError, match=said):
        check_request(needs, 9, 0, torch.device("cuda"))
    assert check_request(needs, 9, 0, CPU) == []


def test_memory_that_does_not_hold_the_weights_of_a_stage_is_found_first(
    loaded: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videogen.runtime.device.free_memory", lambda device: 12e9)
    parts = {"text_encoder": 11.4, "text_encoder_2": 0.9, "transformer": 10.0, "vae": 0.5}
    needs = loaded("wan21").profile.model_copy(update={"parts_gb": parts})
    with pytest.raises(
        OutOfMemoryError, match=r"at least 12\.3 GB of memory for the weights of one stage, and 12\.0 GB are free"
    ):
        check_request(needs, 9, 0, CPU)
    assert check_request(needs.model_copy(update={"parts_gb": parts | {"text_encoder": 10.0}}), 9, 0, CPU) == []


def test_streams_to_a_gpu_that_is_not_there_are_named_before_anything_is_loaded(loaded: Load) -> None:
    streamed = loaded("wan21", offload="group", group_offload={"offload_type": "leaf_level", "use_stream": True})
    with pytest.raises(ModelError, match=r"this machine has none — set offload: none in a copy of the profile"):
        check_request(streamed.profile, 9, 0, CPU)


def test_a_machine_with_less_memory_than_the_offloading_of_the_profile_needs_is_named(
    loaded: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Memory:
        total = 32e9

    monkeypatch.setattr("psutil.virtual_memory", lambda: Memory)
    needs = loaded("wan21").profile.model_copy(update={"ram_gb": 64.0})
    with pytest.raises(
        OutOfMemoryError, match=r"a machine with 64 GB of memory, and this one has 32 GB — see `videogen"
    ):
        check_request(needs, 9, 0, torch.device("cuda"))
    assert check_request(needs.model_copy(update={"ram_gb": 32.0}), 9, 0, torch.device("cuda")) == []


def test_an_encoder_of_text_relevance_that_is_away_is_named_before_the_denoising(loaded: Load) -> None:
    needs = loaded("wan21").profile.model_copy(update={"text_video_encoder": "maker/siglip"})
    with pytest.raises(ModelError, match=r"the encoder maker/siglip.* is not on this machine — fetch it with"):
        check_request(needs, 9, 0, CPU)
