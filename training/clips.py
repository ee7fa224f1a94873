"""Clips of an exported model, made by the product's own code: what users get is what is measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from training.learning import diffusion
from training.published import FOLDER
from training.world.render import FRAMES
from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import ConditioningEmbeddings, PolicyVerdict
from videogen.models.loading import load_model, tokenizer_for
from videogen.models.profile import load_profile
from videogen.preprocessing import TextPreprocessor
from videogen.synthesis.synthesizer import LatentSynthesizer


class Maker:
    """An exported folder, loaded in single precision.

    Args:
        steps, scale: denoising steps and guidance scale.
        share: of the noise that all frames have in common.
        name: of the profile; its adapters are merged.
    """

    def __init__(
        self, folder: Path, steps: int, scale: float, share: float = diffusion.LAMBDA, name: str = "pib-mini"
    ) -> None:
        profile = load_profile(name, FOLDER.parent)
        planner = folder / "planner"
        where: dict[str, Any] = {"source": str(folder.resolve())}
        where["planner"] = str(planner.resolve()) if planner.exists() else None
        model = load_model(profile.model_copy(update=where), torch.device("cpu"), torch.float32)
        settings = {
            "model.num_inference_steps": steps,
            "model.guidance_scale": scale,
            "synthesis.adaptive_steps": False,
            "noise.prior": "mixed",
        }
        self.share, self.profile = share, profile
        self.synthesizer = LatentSynthesizer(VideoGenConfig.load(overrides=settings), model)

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int]) -> np.ndarray:
        """One clip for each prompt and seed, N×T×H×W×3 uint8."""
        family = self.synthesizer.model.family
        empty = family.encode_text([""])
        conditions = [
            ConditioningEmbeddings(family.encode_text([prompt]), empty, None, None, "pib-mini", "", 0.5)
            for prompt in prompts
        ]
        noise = [
            diffusion.mixed_noise(1, FRAMES, self.share, torch.Generator().manual_seed(seed))[0].transpose(0, 1)
            for seed in seeds
        ]
        made = self.synthesizer.generate_latents(conditions, noise, seeds)
        return np.stack([self.synthesizer.decode(latents).frames.numpy() for latents in made])

    def worded(self, prompt: str, seed: int) -> str:
        """The prompt as the product words it for the model: enhanced, and what it leaves open settled."""
        config = self.synthesizer.config
        text = TextPreprocessor(
            config.preprocessing,
            config.processing,
            tokenizer_for(self.profile),
            choices=self.profile.open_choices,
            seed=seed,
        )
        return text.process(prompt, "", PolicyVerdict(allowed=True)).enhanced
