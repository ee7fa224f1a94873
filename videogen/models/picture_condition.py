"""Reference pictures as a condition beside the noise: for denoisers that were trained with more input channels.

Such a denoiser of C latent channels reads 2C + 1: the noisy latents, the latents of a picture and a plane of ones, or
zeros where no picture is given (concatenation as in Stable Video Diffusion, arXiv 2311.15127).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


def reads_pictures(unet: Any) -> bool:
    """Whether the denoiser has the channels of a condition."""
    return int(unet.config.in_channels) == 2 * int(unet.config.out_channels) + 1


def with_condition(sample: Tensor, pictures: Tensor | None) -> Tensor:
    """B×C×T×h×w noisy latents to B×(2C+1)×T×h×w.

    Args:
        pictures: B×N×(C·h·w), each row a picture's latents, spread over the video: the first for its beginning, the
            last for its end. A video whose pictures are all zero, or None, has none.
    """
    import torch

    batch, channels, frames, height, width = sample.shape
    if pictures is None:
        return torch.cat([sample, sample.new_zeros((batch, channels + 1, frames, height, width))], dim=1)
    latents = pictures.to(sample).unflatten(-1, (channels, height, width))
    nearest = torch.linspace(0.0, latents.shape[1] - 1.0, frames).round().long()
    shown = latents[:, nearest].transpose(1, 2)
    given = (latents.flatten(1) != 0).any(dim=1).to(sample).view(batch, 1, 1, 1, 1)
    return torch.cat([sample, shown, given.expand(-1, -1, frames, height, width)], dim=1)
