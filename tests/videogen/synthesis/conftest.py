"""A tiny AnimateDiff with random weights, written to disk and loaded by the real loader."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from videogen.artifacts import ConditioningEmbeddings, Keyword, PolicyVerdict, PromptAsset, ReferenceImages
from videogen.config import VideoGenConfig
from videogen.synthesis import LatentSynthesizer, LoadedModel, load_model, load_profile

TINY = {
    "family": "animatediff",
    "source": "tiny",
    "text_encoder": "own",
    "max_tokens": 16,
    "width": 24,
    "height": 16,
    "num_frames": 8,
    "fps": 8,
    "latent_channels": 4,
    "vae_scale_factor": 2,
    "steps": 5,
    "guidance_scale": 3.0,
    "noise_prior": "mixed",
    "licence": "none",
    "memory_gb": 0.1,
    "clip_memory_gb": 0.01,
}


@pytest.fixture(autouse=True, scope="session")
def _few_threads() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with the profile and the weights of ``tiny``."""
    root = tmp_path_factory.mktemp("models")
    _write_weights(root / "tiny")
    _write_profile(root, "tiny")
    return root


@pytest.fixture(scope="session")
def write_profile() -> Callable[..., None]:
    """Writes a profile like ``tiny``, with changes."""
    return _write_profile


def _write_profile(models: Path, name: str, **changes: Any) -> None:
    (models / "profiles").mkdir(exist_ok=True)
    (models / "profiles" / f"{name}.yaml").write_text(yaml.safe_dump(TINY | changes), encoding="utf-8")


def _write_weights(folder: Path) -> None:
    from diffusers import AutoencoderKL, DDIMScheduler, UNetMotionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    torch.manual_seed(0)
    unet = UNetMotionModel(
        sample_size=8,
        in_channels=4,
        out_channels=4,
        down_block_types=("CrossAttnDownBlockMotion", "DownBlockMotion"),
        up_block_types=("UpBlockMotion", "CrossAttnUpBlockMotion"),
        block_out_channels=(8, 16),
        layers_per_block=1,
        cross_attention_dim=8,
        num_attention_heads=2,
        motion_num_attention_heads=2,
        motion_max_seq_length=8,
        norm_num_groups=2,
    )
    unet.save_pretrained(folder / "unet")
    vae = AutoencoderKL(
        block_out_channels=(8, 8),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
        norm_num_groups=2,
    )
    vae.save_pretrained(folder / "vae")
    scheduler = DDIMScheduler(beta_schedule="linear", clip_sample=False, steps_offset=1, set_alpha_to_one=False)
    scheduler.save_pretrained(folder / "scheduler")
    _write_tokenizer(folder / "tokenizer")
    text = CLIPTextConfig(
        hidden_size=8, intermediate_size=16, num_attention_heads=2, num_hidden_layers=2, vocab_size=192,
        max_position_embeddings=16, bos_token_id=190, eos_token_id=191, pad_token_id=191,
    )  # fmt: skip
    CLIPTextModel(text).save_pretrained(folder / "text_encoder")


def _write_tokenizer(folder: Path) -> None:
    from transformers import CLIPTokenizer

    letters = [chr(code) for code in range(33, 127)]
    tokens = [
        *letters,
        *(f"{letter}</w>" for letter in letters),
        "th",
        "the</w>",
        "<|startoftext|>",
        "<|endoftext|>",
    ]
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps({token: place for place, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\nt h\nth e</w>\n")
    CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=16).save_pretrained(folder)


@pytest.fixture(scope="session")
def model(models: Path) -> LoadedModel:
    return load_model(load_profile("tiny", models), torch.device("cpu"), torch.float32)


@pytest.fixture(scope="session")
def pipeline(models: Path) -> Any:
    """diffusers' own pipeline over the same weights: the independent reference."""
    from diffusers import AnimateDiffPipeline, AutoencoderKL, DDIMScheduler, UNetMotionModel
    from transformers import CLIPTextModel, CLIPTokenizer

    folder = models / "tiny"
    found = AnimateDiffPipeline(
        vae=AutoencoderKL.from_pretrained(folder / "vae"),
        text_encoder=CLIPTextModel.from_pretrained(folder / "text_encoder"),
        tokenizer=CLIPTokenizer.from_pretrained(folder / "tokenizer"),
        unet=UNetMotionModel.from_pretrained(folder / "unet"),
        motion_adapter=None,
        scheduler=DDIMScheduler.from_pretrained(folder / "scheduler"),
    )
    found.set_progress_bar_config(disable=True)
    return found


@pytest.fixture
def synthesizer(model: LoadedModel) -> Callable[..., LatentSynthesizer]:
    """A synthesizer with some settings changed; steps are not adapted unless a test asks for it."""

    def make(loaded: LoadedModel = model, /, **changes: Any) -> LatentSynthesizer:
        settings = {"synthesis.adaptive_steps": False, "model.num_frames": 8}
        dotted = {name.replace("__", "."): value for name, value in changes.items()}
        return LatentSynthesizer(loaded, VideoGenConfig.load(None, settings | dotted))

    return make


@pytest.fixture(scope="session")
def condition(model: LoadedModel) -> Callable[..., ConditioningEmbeddings]:
    def make(prompt: str = "a red bus", negative: str = "", **changes: Any) -> ConditioningEmbeddings:
        values: dict[str, Any] = {
            "prompt_embeds": model.family.encode_text([prompt]),
            "negative_prompt_embeds": model.family.encode_text([negative]),
            "image_latents": None,
            "image_embeds": None,
            "profile": "tiny",
            "revision": model.revision,
            "complexity": 1.0,
        }
        return ConditioningEmbeddings(**(values | changes))

    return make


@pytest.fixture(scope="session")
def noise_of() -> Callable[..., torch.Tensor]:
    def make(seed: int, frames: int = 8) -> torch.Tensor:
        return torch.randn((4, frames, 8, 12), generator=torch.Generator().manual_seed(seed))

    return make


@pytest.fixture(scope="session")
def prompt_asset() -> Callable[..., PromptAsset]:
    def make(text: str = "a red bus", keywords: dict[str, float] | None = None, negative: str = "") -> PromptAsset:
        return PromptAsset(
            original=text, cleaned=text, enhanced=text, negative_prompt=negative, language="en",
            language_confidence=1.0,
            keywords=tuple(Keyword(word=word, weight=weight) for word, weight in (keywords or {}).items()),
            tokens=(), token_text=(), truncated=False, policy=PolicyVerdict(allowed=True), steps=(),
        )  # fmt: skip

    return make


@pytest.fixture(scope="session")
def pictures() -> Callable[..., ReferenceImages]:
    def make(count: int = 1, seed: int = 0, height: int = 16, width: int = 24) -> ReferenceImages:
        generator = torch.Generator().manual_seed(seed)
        blocks = torch.randint(0, 256, (count, 3, height // 8, width // 8), generator=generator).float()
        pixels = torch.nn.functional.interpolate(blocks, size=(height, width), mode="bilinear")
        return ReferenceImages(pixels.permute(0, 2, 3, 1).to(torch.uint8), torch.zeros(count, 4))

    return make
