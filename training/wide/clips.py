"""Clips of pib-mini 2 as it was exported, made by the product's own code: what users get is what is measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from training.wide.export import FOLDER, NAME
from training.wide.motion import mixed_noise
from training.wide.world.render import FRAMES
from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import ConditioningEmbeddings
from videogen.models.loading import load_model
from videogen.models.profile import load_profile
from videogen.synthesis.synthesizer import LatentSynthesizer


class Maker:
    """A models folder that `training.wide.export` wrote, loaded in single precision; steps and guidance as its profile has them."""

    def __init__(self, models: Path = FOLDER, share: float = 0.7) -> None:
        profile = load_profile(NAME, models)
        model = load_model(profile, torch.device("cpu"), torch.float32)
        settings = {"synthesis.adaptive_steps": False, "noise.prior": "mixed"}
        self.share, self.profile, self.family = share, profile, model.family
        self.synthesizer = LatentSynthesizer(VideoGenConfig.load(overrides=settings), model)

    def __call__(
        self, prompts: Sequence[str], seeds: Sequence[int], picture: np.ndarray | None = None, negative: str = ""
    ) -> np.ndarray:
        """One clip for each prompt and seed, N×T×H×W×3 uint8.

        Args:
            picture: H×W×3 uint8 of the native size, told to all of them.
        """
        told = self.family.encode_text([negative])
        embeds = None if picture is None else self.family.encode_images(torch.from_numpy(picture)[None])
        conditions = [
            ConditioningEmbeddings(self.family.encode_text([prompt]), told, None, embeds, NAME, "", 0.5)
            for prompt in prompts
        ]
        shape = self.family.latent_shape(FRAMES, self.profile.width, self.profile.height)
        empty = torch.zeros((1, shape[1], shape[0], *shape[2:]))
        noise = [
            mixed_noise(empty, self.share, torch.Generator().manual_seed(seed))[0].transpose(0, 1) for seed in seeds
        ]
        made = self.synthesizer.generate_latents(conditions, noise, seeds)
        return np.stack([self.synthesizer.decode(latents).frames.numpy() for latents in made])
