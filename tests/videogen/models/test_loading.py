"""Profiles and weights: what is missing or does not fit is said, with the place and the remedy."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from videogen.config.config import PROJECT_ROOT
from videogen.errors import ConfigError, ModelError
from videogen.runtime import plugins
from videogen.synthesis import LoadedModel, load_model, load_profile, profile_names, release_models, tokenizer_for
from videogen.text.sentence_model import minilm_folder

Make = Callable[..., Any]
CPU = torch.device("cpu")
REPOSITORY = Path(__file__).resolve().parents[3]


def load(models: Path, name: str = "tiny") -> LoadedModel:
    return load_model(load_profile(name, models), CPU, torch.float32)


@pytest.fixture
def copy(models: Path, tmp_path: Path) -> Path:
    shutil.copytree(models, tmp_path / "models")
    return tmp_path / "models"


def test_all_profiles_of_the_project_are_valid() -> None:
    names = profile_names(REPOSITORY / "models")
    assert {"pib-mini", "animatediff-sd15"} <= set(names)
    for name in names:
        profile = load_profile(name, REPOSITORY / "models")
        assert profile.name == name
        if profile.source.count("/") == 1:
            never_fetched = profile.diffusers is not None and not profile.tried
            assert profile.revision or never_fetched, "weights from a hub are pinned to a commit"


def test_an_unknown_profile_is_named_with_the_known_ones(models: Path) -> None:
    with pytest.raises(ConfigError, match=r"no model profile named 'huge'.*tiny"):
        load_profile("huge", models)


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"width": 23}, "not a multiple"), ({"colour": 1}, "colour"), ({"revision": "main"}, "revision")],
)
def test_a_wrong_profile_is_refused_with_the_reason(
    changes: dict[str, Any], said: str, copy: Path, write_profile: Make
) -> None:
    write_profile(copy, "wrong", **changes)
    with pytest.raises(ModelError, match=said):
        load_profile("wrong", copy)


def test_a_profile_that_is_no_mapping_is_refused(copy: Path) -> None:
    (copy / "profiles" / "odd.yaml").write_text(yaml.safe_dump([1, 2]))
    with pytest.raises(ModelError, match="must contain fields"):
        load_profile("odd", copy)


@pytest.mark.parametrize("part", ["unet", "vae", "scheduler", "text_encoder", "tokenizer"])
def test_missing_weights_are_named_with_folder_and_remedy(part: str, copy: Path) -> None:
    shutil.rmtree(copy / "tiny" / part)
    with pytest.raises(ModelError, match=rf"tiny/{part}.*restore the folder"):
        load(copy)


def test_a_missing_folder_is_named(copy: Path, write_profile: Make) -> None:
    write_profile(copy, "gone", source="gone")
    with pytest.raises(ModelError, match=r"gone, which does not exist"):
        load(copy, "gone")


def test_truncated_weights_are_an_error(copy: Path) -> None:
    path = copy / "tiny" / "unet" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(ModelError, match="unet"):
        load(copy)


@pytest.mark.parametrize(
    "header", [b" " * 500, (10**15).to_bytes(8, "little"), b"{}" + b" " * 100_000, b"[" * 5000, b"", b'{"a":' * 5000]
)
def test_a_hostile_header_of_weights_is_an_error_that_names_the_file(copy: Path, header: bytes) -> None:
    path = copy / "tiny" / "unet" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(header if len(header) == 8 else len(header).to_bytes(8, "little") + header)
    with pytest.raises(ModelError, match=r"unet"):
        load(copy)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"num_train_timesteps": 10**12}, "num_train_timesteps is not a whole number from 1 to 100,000"),
        ({"beta_start": float("nan")}, "beta_start is nan, which no scheduler can use|cannot be read"),
        ({"trained_betas": [0.1] * 100_001}, "trained_betas is a list of 100,001 values"),
        ({"x": {"y": 1}}, "x is not a plain value"),
        ({"x": "y" * 1000}, "x has 1,000 characters"),
    ],
)
def test_a_hostile_scheduler_is_an_error_that_names_the_setting(copy: Path, change: dict[str, Any], said: str) -> None:
    path = copy / "tiny" / "scheduler" / "scheduler_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelError, match=said):
        load(copy)


@pytest.mark.parametrize("text", ['{"x": ' + "[" * 100_000, '{"x": ' + "9" * 5000 + "}", "[1]", '{"x": 1, "x": 2}'])
def test_a_scheduler_that_cannot_be_read_is_an_error_that_names_the_file(copy: Path, text: str) -> None:
    (copy / "tiny" / "scheduler" / "scheduler_config.json").write_text(text)
    with pytest.raises(ModelError, match=r"scheduler_config\.json"):
        load(copy)


@pytest.mark.parametrize(
    "options", [{"a": {"b": 1}}, {"num_train_timesteps": 10**9}, {"beta_start": float("inf")}, {"a": [0.1] * 100_001}]
)
def test_hostile_scheduler_options_are_refused_with_the_profile(
    copy: Path, write_profile: Make, options: dict[str, Any]
) -> None:
    write_profile(copy, "odd", scheduler_options=options)
    with pytest.raises(ModelError, match="scheduler_options"):
        load_profile("odd", copy)


def test_pickled_weights_are_not_read(copy: Path) -> None:
    path = copy / "tiny" / "unet" / "diffusion_pytorch_model.safetensors"
    torch.save({}, path.with_suffix(".bin"))
    path.unlink()
    with pytest.raises(ModelError, match="unet"):
        load(copy)


def test_a_profile_that_does_not_fit_its_weights_says_what_differs(copy: Path, write_profile: Make) -> None:
    write_profile(copy, "odd", latent_channels=12)
    with pytest.raises(ModelError, match="latent_channels is 12, but the weights have 4"):
        load(copy, "odd")


def test_a_model_is_loaded_once_and_again_when_its_files_change(copy: Path) -> None:
    first = load(copy)
    assert load(copy) is first
    path = copy / "tiny" / "scheduler" / "scheduler_config.json"
    path.write_text(path.read_text().replace('"steps_offset": 1', '"steps_offset": 0'))
    second = load(copy)
    assert second is not first
    assert second.revision != first.revision
    release_models()
    assert load(copy) is not second


def test_the_revision_of_a_folder_follows_its_contents(models: Path, copy: Path) -> None:
    assert load(models).revision == load(copy).revision


def test_a_tokenizer_gives_ids_and_texts_without_padding(models: Path) -> None:
    tokenizer = tokenizer_for(load_profile("tiny", models))
    ids, tokens = tokenizer("the red bus")
    assert len(ids) == len(tokens)
    assert tokens[0] == "<|startoftext|>"
    assert tokens[1] == "the</w>"
    assert tokens[-1] == "<|endoftext|>"
    long_ids, long_tokens = tokenizer("bus " * 40)
    assert len(long_ids) == tokenizer.max_tokens
    assert long_tokens[-1] == "<|endoftext|>"
    assert tokenizer.length("bus " * 40) == 122


def test_minilm_gives_the_token_states_of_the_published_model() -> None:
    """Against transformers' own way to the same states; padding is zero."""
    from transformers import AutoModel, AutoTokenizer

    from videogen.models.text_encoders import minilm_encoder

    prompts = ["a wind farm at sunset", "", "a red bus " * 20]
    ours = minilm_encoder(20, CPU)(prompts)
    tokenizer = AutoTokenizer.from_pretrained(minilm_folder())
    tokens = tokenizer(prompts, max_length=20, padding="max_length", truncation=True, return_tensors="pt")
    with torch.no_grad():
        states = AutoModel.from_pretrained(minilm_folder())(**tokens).last_hidden_state
    assert ours.shape == (3, 20, 384)
    torch.testing.assert_close(ours, states * tokens["attention_mask"][..., None], rtol=1e-4, atol=1e-5)
    assert (ours[1, 2:] == 0.0).all()


def test_a_changed_text_encoder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from videogen.text import sentence_model

    monkeypatch.setattr(sentence_model, "MINILM_SHA256", "0" * 64)
    sentence_model.minilm.cache_clear()
    with pytest.raises(ModelError, match="not the published"):
        sentence_model.minilm()


def test_a_family_from_outside_needs_one_entry_point(
    copy: Path, monkeypatch: pytest.MonkeyPatch, model: LoadedModel, write_profile: Make
) -> None:
    class Mirror(type(model.family)):  # type: ignore[misc]
        """AnimateDiff that plays videos from right to left."""

        def decode(self, latents: torch.Tensor) -> torch.Tensor:
            return super().decode(latents).flip(2)

    point = EntryPoint("mirror", "somewhere:Mirror", plugins.MODEL_FAMILIES)
    monkeypatch.setattr(EntryPoint, "load", lambda self: Mirror)
    monkeypatch.setattr(plugins, "entry_points", lambda **wanted: [point] if wanted.get("name") == "mirror" else [])
    write_profile(copy, "mirror", family="mirror")
    latents = torch.randn(4, 2, 8, 12)
    assert torch.equal(load(copy, "mirror").family.decode(latents), model.family.decode(latents).flip(2))


def test_an_unknown_family_is_an_error(copy: Path, write_profile: Make) -> None:
    write_profile(copy, "odd", family="crystal-ball")
    with pytest.raises(ConfigError, match="choose one of animatediff"):
        load(copy, "odd")


def test_an_unknown_scheduler_is_an_error(copy: Path, write_profile: Make) -> None:
    write_profile(copy, "odd", scheduler="MagicScheduler")
    with pytest.raises(ModelError, match="MagicScheduler"):
        load(copy, "odd").family.scheduler()


def test_a_motion_adapter_turns_an_image_model_into_a_video_model(
    copy: Path, tmp_path: Path, write_profile: Make
) -> None:
    """The second form of weights: an image U-Net and a motion adapter beside it."""
    from diffusers import MotionAdapter, UNet2DConditionModel, UNetMotionModel

    torch.manual_seed(1)
    image_unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(8, 16), layers_per_block=1, cross_attention_dim=8, norm_num_groups=2,
        attention_head_dim=2, down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    )  # fmt: skip
    adapter = MotionAdapter(
        block_out_channels=(8, 16),
        motion_layers_per_block=1,
        motion_norm_num_groups=2,
        motion_num_attention_heads=2,
    )
    shutil.rmtree(copy / "tiny" / "unet")
    image_unet.save_pretrained(copy / "tiny" / "unet")
    adapter.save_pretrained(copy / "motion")
    write_profile(copy, "two-parts", motion_adapter={"source": "motion"})
    loaded = load(copy, "two-parts")
    sample, embeds = torch.randn(1, 4, 6, 8, 12), torch.randn(1, 5, 8)
    expected = UNetMotionModel.from_unet2d(image_unet, adapter).eval()
    with torch.no_grad():
        theirs = expected(sample, torch.tensor([7]), encoder_hidden_states=embeds.repeat_interleave(6, dim=0)).sample
    from videogen.models.family import ForwardContext

    ours = loaded.family.predict(sample, torch.tensor([7]), embeds[:, None], None, ForwardContext())
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_an_image_adapter_conditions_on_pictures(
    copy: Path, write_profile: Make, pictures: Make, condition: Make, noise_of: Make, synthesizer: Make
) -> None:
    """IP-Adapter: the weights that the profile names are loaded, and its strength reaches the attention layers."""
    _write_image_adapter(copy / "adapter", load(copy).family.unet)
    write_profile(copy, "seeing", ip_adapter={"repository": "adapter", "subfolder": "models", "file": "ip.safetensors"})
    loaded = load(copy, "seeing")
    latents, embeds = synthesizer(loaded).encode_images(pictures(count=2))
    assert embeds is not None
    assert embeds.shape == (2, 6)

    def result(strength: float, **told: Any) -> torch.Tensor:
        maker = synthesizer(loaded, synthesis__image_guidance=strength, model__num_inference_steps=2)
        return maker.generate_latents([condition(**told)], [noise_of(0)], [0])[0].latents

    without = result(0.5)
    moved = [
        float((result(s, image_latents=latents, image_embeds=embeds) - without).abs().mean()) for s in (0.0, 0.3, 1.0)
    ]
    assert moved[0] == pytest.approx(0.0, abs=1e-6)
    assert moved[0] < moved[1] < moved[2]
    other = result(1.0, image_latents=latents, image_embeds=embeds.flip(1))
    assert (other - result(1.0, image_latents=latents, image_embeds=embeds)).abs().mean() > 1e-6


def _write_image_adapter(folder: Path, unet: Any) -> None:
    from safetensors.torch import save_file
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.manual_seed(3)
    weights: dict[str, torch.Tensor] = {
        "image_proj.proj.weight": torch.randn(4 * 8, 6),
        "image_proj.proj.bias": torch.randn(4 * 8),
        "image_proj.norm.weight": torch.ones(8),
        "image_proj.norm.bias": torch.zeros(8),
    }
    place = 1
    for name in unet.attn_processors:
        if name.endswith("attn2.processor") and "motion_modules" not in name:
            width = unet.get_submodule(name.removesuffix(".processor")).to_q.out_features
            weights[f"ip_adapter.{place}.to_k_ip.weight"] = torch.randn(width, 8)
            weights[f"ip_adapter.{place}.to_v_ip.weight"] = torch.randn(width, 8)
            place += 2
    (folder / "models").mkdir(parents=True)
    save_file(weights, folder / "models" / "ip.safetensors")
    vision = CLIPVisionConfig(
        hidden_size=8, intermediate_size=16, projection_dim=6, num_hidden_layers=1, num_attention_heads=2,
        image_size=16, patch_size=8,
    )  # fmt: skip
    CLIPVisionModelWithProjection(vision).save_pretrained(folder / "models" / "image_encoder")


def test_garbage_from_before_a_model_was_loaded_is_collected_at_the_latest_when_the_process_ends(models: Path) -> None:
    script = f"""
        from pathlib import Path
        import duckdb, torch
        from videogen.synthesis import load_model, load_profile
        garbage = [duckdb.connect()]
        garbage.append(garbage)
        del garbage
        load_model(load_profile("tiny", Path({str(models)!r})), torch.device("cpu"), torch.float32)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    assert "leak" not in done.stderr
