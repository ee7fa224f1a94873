"""A first sight of what is being denoised: latents to colours by one matrix, instead of the decoder.

The mean colour under each place of the latents is nearly a linear function of them. The matrix is fitted once for each
loaded model, by decoding one frame of random latents. Source of the idea: K. Turner, "Decoding latents
to RGB without upscaling", Hugging Face forum, 2022.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from videogen.models.family import Family

FRAMES = 6
_SEED = 7
_matrices: WeakKeyDictionary[Any, Tensor] = WeakKeyDictionary()


def first_sight(latents: Tensor, family: Family) -> NDArray[np.uint8]:
    """`coloured` with the matrix of a loaded family.

    Args:
        latents: C×T×h×w, the clean video that the model has in mind so far.
        family: whose latents they are.
    """
    return coloured(latents, _matrix(family))


def coloured(latents: Tensor, matrix: Tensor) -> NDArray[np.uint8]:
    """Up to 6 frames, evenly chosen, as small pictures: uint8, N×h×w×3, one pixel for each place of the latents.

    Args:
        latents: C×T×h×w.
        matrix: (C+1)×3: colours 0 … 255 of latents with a 1 behind them.
    """
    import torch

    count = latents.shape[1]
    chosen = sorted({round(place) for place in torch.linspace(0, count - 1, min(FRAMES, count)).tolist()})
    picked = latents[:, chosen].float().cpu().permute(1, 2, 3, 0)
    ones = torch.ones(*picked.shape[:-1], 1)
    colours = torch.cat([picked, ones], dim=-1) @ matrix
    seen: NDArray[np.uint8] = colours.round().clamp(0, 255).to(torch.uint8).numpy()
    return seen


def _matrix(family: Family) -> Tensor:
    """(C+1)×3: colours 0 … 255 of latents with a 1 behind them, by least squares."""
    import torch

    known = _matrices.get(family)
    if known is None:
        latents = _random_latents(family)
        frames = family.decode(latents).float()
        # Families that compress time decode more frames than there are latents.
        frames = frames[:: max(1, len(frames) // latents.shape[1])][: latents.shape[1]]
        size = latents.shape[2], latents.shape[3]
        colours = torch.nn.functional.adaptive_avg_pool2d(frames.permute(0, 3, 1, 2), size)
        given = latents.flatten(1).T
        given = torch.cat([given, torch.ones(len(given), 1)], dim=1)
        known = torch.linalg.lstsq(given, colours.permute(0, 2, 3, 1).reshape(-1, 3)).solution
        _matrices[family] = known
    return known


def _random_latents(family: Family) -> Tensor:
    """C×T×h×w with a standard deviation of 1, in patches of 2×2 places: in pictures, neighbours are alike."""
    import torch

    profile = family.profile
    channels, frames, height, width = family.latent_shape(family.valid_num_frames(1), profile.width, profile.height)
    shape = (channels, frames, (height + 1) // 2, (width + 1) // 2)
    patches = torch.randn(shape, generator=torch.Generator().manual_seed(_SEED))
    return patches.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)[:, :, :height, :width]
