"""Latent guidance and temporal smoothing of the predicted clean video. Pure functions; latents are …C×T×h×w."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

PICTURE_SHARE = 0.6
"""Fraction of the denoising during which reference images guide the latents.

Afterwards the model is free to set details in motion.
"""


def spread_pictures(image_latents: Tensor, frames: int) -> Tensor:
    """N×C×h×w picture latents → C×T×h×w targets: first picture at the start, last at the end.

    In between they are blended.
    """
    import torch

    count = image_latents.shape[0]
    places = torch.linspace(0.0, count - 1.0, frames, device=image_latents.device)
    left = places.floor().long().clamp(max=count - 1)
    right = (left + 1).clamp(max=count - 1)
    share = (places - left).to(image_latents)[:, None, None, None]
    return ((1.0 - share) * image_latents[left] + share * image_latents[right]).transpose(0, 1)


def pull_to_pictures(original: Tensor, targets: Tensor, strength: float, progress: float) -> Tensor:
    """Move the coarse structure of the prediction towards the images, less and less during denoising.

    x0 + w·L(target − x0), L a low-pass over space, w = strength·cos(½π·progress/0.6). (The idea of ILVR, arXiv
    2108.02938, with a soft weight.)

    Args:
        original: predicted clean latents.
        targets: C×T×h×w, see `spread_pictures`.
        strength: 0 (off) … 1 (coarse structure is the pictures').
        progress: share of the denoising that is done, 0 … 1.
    """
    if progress >= PICTURE_SHARE or strength == 0.0:
        return original
    weight = strength * math.cos(0.5 * math.pi * progress / PICTURE_SHARE)
    return original + weight * coarse(targets - original)


def coarse(latents: Tensor) -> Tensor:
    """The lower half of the spatial frequencies: 2×2 means, spread out again bilinearly."""
    import torch.nn.functional as F

    flat = latents.reshape(-1, 1, *latents.shape[-2:])
    small = F.avg_pool2d(flat, 2, ceil_mode=True, count_include_pad=False)
    return F.interpolate(small, size=flat.shape[-2:], mode="bilinear", align_corners=False).reshape(latents.shape)


def difficulty(original: Tensor, before: Tensor) -> Tensor:
    """Return where two consecutive predictions of the clean video disagree: 0 … 1, shape …1×T×h×w.

    The root mean square change over channels, divided by its 95th percentile.
    """
    import torch

    change = (original - before).square().mean(dim=-4, keepdim=True).sqrt()
    scale = torch.quantile(change.flatten(), 0.95).clamp(min=1e-8)
    return (change / scale).clamp(max=1.0)


def energy_gradient(latents: Tensor) -> Tensor:
    """Gradient of ½·Σ‖∂x/∂t‖² + ½·Σ‖∂x/∂h‖² + ½·Σ‖∂x/∂w‖² over differences of neighbours: −Laplacian.

    Edges are free (Neumann). Divided by 12, twice the number of neighbours, so that a unit step along it cannot
    overshoot.
    """
    import torch

    total = torch.zeros_like(latents)
    for axis in (-3, -2, -1):
        steps = latents.diff(dim=axis)
        ahead, behind = [0] * 6, [0] * 6
        # `pad` counts axes from the last one, two numbers each.
        ahead[2 * (-axis - 1) + 1] = 1
        behind[2 * (-axis - 1)] = 1
        total = total + torch.nn.functional.pad(steps, behind) - torch.nn.functional.pad(steps, ahead)
    return total / 12.0


def refine(original: Tensor, undecided: Tensor, strength: float) -> Tensor:
    """One step of gradient descent on the smoothness energy, where the model is still undecided.

    Args:
        original: predicted clean latents.
        undecided: 0 … 1, see `difficulty`.
        strength: 0 (off) … 1 (a full, never overshooting step at the most difficult places).
    """
    return original - strength * undecided * energy_gradient(original)


def smooth_static(latents: Tensor, strength: float) -> Tensor:
    """Average each position over neighbouring frames where nothing moves; motion stays.

    Movement at a place and frame is the RMS difference to the neighbouring frames, measured against the median
    over the whole video: m = d²/(d² + median²). The result is x + strength·(1−m)·(x̄ − x), where x̄ is the mean of
    the frame and its neighbours.

    Args:
        latents: C×T×h×w.
        strength: 0 (off) … 1.
    """
    import torch

    if strength == 0.0 or latents.shape[1] < 2:
        return latents
    before = torch.cat([latents[:, :1], latents[:, :-1]], dim=1)
    after = torch.cat([latents[:, 1:], latents[:, -1:]], dim=1)
    moved = ((latents - before).square() + (after - latents).square()).mean(dim=0, keepdim=True)
    still = 1.0 - moved / (moved + moved.median()).clamp(min=1e-12)
    mean = (before + latents + after) / 3.0
    return latents + strength * still * (mean - latents)
