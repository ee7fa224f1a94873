"""The noise schedule, the noise of clips, and sampling: shared by both stages of the U-Net."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import DDIMScheduler
from torch import Tensor

LAMBDA = 0.7
LATENT_SHAPE = (12, 10, 16)
TEXT_DROPOUT = 0.12

SCHEDULER_CONFIG: dict[str, Any] = {
    "num_train_timesteps": 1000,
    "beta_schedule": "squaredcos_cap_v2",
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
    "clip_sample": False,
    "set_alpha_to_one": True,
    "steps_offset": 0,
}


def build_scheduler() -> DDIMScheduler:
    return DDIMScheduler(**SCHEDULER_CONFIG)


def mixed_noise(clips: int, frames: int, share: float, generator: torch.Generator) -> Tensor:
    """clips×frames×C×h×w: √λ·b + √(1−λ)·r with one b a clip and one r a frame (VideoFusion, arXiv 2303.08320)."""
    base = torch.randn((clips, 1, *LATENT_SHAPE), generator=generator)
    residual = torch.randn((clips, frames, *LATENT_SHAPE), generator=generator)
    noise: Tensor = share**0.5 * base + (1.0 - share) ** 0.5 * residual
    return noise


def stratified_timesteps(count: int, generator: torch.Generator, lean: float = 1.0) -> Tensor:
    """Timesteps spread evenly over a batch: less variance than independent ones.

    Args:
        lean: below 1 more of them are noisy ones; half lie above 1000 · ½^lean.
    """
    places = (torch.randperm(count, generator=generator) + torch.rand(count, generator=generator)) / count
    return (places**lean * 1000).long().clamp(0, 999)


def drop_text(states: Tensor, empty: Tensor, generator: torch.Generator) -> Tensor:
    """Put the empty prompt in the place of some captions, for guidance."""
    dropped = torch.rand(states.shape[0], generator=generator) < TEXT_DROPOUT
    return torch.where(dropped.view(-1, *[1] * (states.ndim - 1)), empty.expand_as(states), states)


def guided(conditional: Tensor, unconditional: Tensor, scale: float, rescale: float) -> Tensor:
    """Classifier-free guidance, optionally rescaled (arXiv 2305.08891, section 3.4)."""
    mixed = unconditional + scale * (conditional - unconditional)
    if rescale <= 0.0:
        return mixed
    axes = list(range(1, mixed.ndim))
    ratio = conditional.std(dim=axes, keepdim=True) / mixed.std(dim=axes, keepdim=True)
    return rescale * mixed * ratio + (1.0 - rescale) * mixed


@torch.no_grad()
def sample(
    model: Any,
    noise: Tensor,
    states: Tensor,
    empty: Tensor,
    steps: int = 20,
    scale: float = 4.0,
    rescale: float = 0.0,
) -> Tensor:
    """Latents for pictures (N×C×h×w, UNet2DConditionModel) or clips (N×C×T×h×w, UNetMotionModel).

    Args:
        states: N×L×D, for clips N×T×L×D.
        empty: 1×L×D.
    """
    scheduler = build_scheduler()
    scheduler.set_timesteps(steps)
    latents, text = noise, torch.cat([empty.expand_as(states), states])
    if noise.ndim == 5:
        text = text.flatten(0, 1)
    for timestep in scheduler.timesteps:
        output = model(torch.cat([latents, latents]), timestep, encoder_hidden_states=text).sample
        unconditional, conditional = output.chunk(2)
        velocity = guided(conditional, unconditional, scale, rescale)
        latents = scheduler.step(velocity, timestep, latents).prev_sample
    return latents
