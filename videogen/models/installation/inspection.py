"""Loads a profile's model stage by stage and says what is in memory then: parts, bytes, precision."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from videogen.errors import ModelError
from videogen.models.families.parts import weights_of

if TYPE_CHECKING:
    import torch

    from videogen.models.families.index import Stage
    from videogen.models.profile import ModelProfile

STAGES: tuple[Stage, ...] = ("encode", "denoise", "decode")


@dataclass(frozen=True)
class HeldPart:
    """A network in memory during a stage. seconds: that the whole stage took to load."""

    stage: str
    part: str
    kind: str
    bytes: int
    precision: str
    seconds: float


def inspect(profile: ModelProfile, device: torch.device, dtype: torch.dtype) -> Iterator[HeldPart]:
    """Every stage's parts, one stage in memory at a time; placed and sped up as the profile says.

    Raises:
        ModelError: something of the profile does not load: weights, a LoRA, a package, a class, the VAE's precision.
    """
    from videogen.models.families.diffusers_pipeline import DiffusersPipeline

    if profile.diffusers is None:
        raise ModelError(
            f"profile {profile.name!r} is of the family {profile.family!r}, which is loaded as a whole",
            remedy=f"make a short video with it: `videogen generate --profile {profile.name} …`",
        )
    family = DiffusersPipeline.load(profile, device, dtype)
    for stage in STAGES:
        started = time.perf_counter()
        with family.held(stage) as pipe:
            seconds = time.perf_counter() - started
            for part, (size, precision) in weights_of(pipe).items():
                yield HeldPart(stage, part, type(getattr(pipe, part)).__name__, size, precision, seconds)
    family.colours()
    family.release()
