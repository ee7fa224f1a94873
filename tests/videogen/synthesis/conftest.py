"""A tiny AnimateDiff with random weights, written to disk and loaded by the real loader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from tests.tiny_models import write_denoiser
from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import ConditioningEmbeddings, Keyword, PolicyVerdict, PromptAsset, ReferenceImages
from videogen.preprocessing.image.features import LENGTH
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
    write_denoiser(root / "tiny")
    _write_profile(root, "tiny")
    return root


@pytest.fixture(scope="session")
def write_profile() -> Callable[..., None]:
    """Writes a profile like ``tiny``, with changes."""
    return _write_profile


def _write_profile(models: Path, name: str, **changes: Any) -> None:
    (models / "profiles").mkdir(exist_ok=True)
    (models / "profiles" / f"{name}.yaml").write_text(yaml.safe_dump(TINY | changes), encoding="utf-8")


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
        return LatentSynthesizer(VideoGenConfig.load(None, settings | dotted), loaded)

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
        return ReferenceImages(pixels.permute(0, 2, 3, 1).to(torch.uint8), torch.zeros(count, LENGTH))

    return make
