"""LatentManipulator: controls what latents show by acting on noise and predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from videogen.config.groups.all import ModelSettings
from videogen.config.parts import part
from videogen.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

    from videogen.config.config import VideoGenConfig


class LatentManipulator:
    """Three operations on latents; all tensors float32.

    Args:
        config: gives the rescaling of guidance (``model.guidance_rescale``); None: none.
    """

    def __init__(self, config: VideoGenConfig | ModelSettings | None = None) -> None:
        self._rescale = 0.0 if config is None else part(config, ModelSettings).guidance_rescale or 0.0

    def emphasize_features(self, latents: Tensor, feature_map: Tensor) -> Tensor:
        """Raise local detail where the map is high: blur + (1 + map)·(latents − blur).

        Args:
            latents: …×h×w.
            feature_map: broadcasts to `latents`; 0 leaves a place as it is, 1 doubles its detail.
        """
        return latents + feature_map * (latents - blur(latents))

    def interpolate_noise(self, noise_a: Tensor, noise_b: Tensor, ratio: float) -> Tensor:
        """Spherical interpolation: 0 gives a, 1 gives b, and the norm runs straight from one to the other.

        Independent standard normal tensors stay standard normal, which a linear blend does not do.

        Raises:
            InputError: the two have different shapes.
        """
        import torch

        if noise_a.shape != noise_b.shape:
            raise InputError(
                f"noise of {tuple(noise_a.shape)} and of {tuple(noise_b.shape)} cannot be blended",
                remedy="draw both for one shape",
            )
        norm_a, norm_b = noise_a.double().norm(), noise_b.double().norm()
        cosine = (noise_a.double() * noise_b.double()).sum() / (norm_a * norm_b).clamp(min=1e-12)
        angle = torch.arccos(cosine.clamp(-1.0, 1.0))
        if float(torch.sin(angle)) < 1e-4:
            return torch.lerp(noise_a, noise_b, ratio)
        part_a = torch.sin((1.0 - ratio) * angle) / torch.sin(angle)
        part_b = torch.sin(ratio * angle) / torch.sin(angle)
        norm = (1.0 - ratio) * norm_a + ratio * norm_b
        blend: Tensor = part_a * noise_a.double() / norm_a + part_b * noise_b.double() / norm_b
        turned: Tensor = norm * blend
        return turned.to(noise_a)

    def apply_guidance(self, latents: Tensor, guidance_scale: float, rescale: float | None = None) -> Tensor:
        """Classifier-free guidance u + s·(c − u) (arXiv 2207.12598).

        Args:
            latents: 2×…: the unconditional and the conditional prediction of one video.
            guidance_scale: s; 1 gives the conditional prediction.
            rescale: φ, how far the deviation is brought back to that of c (Lin et al., arXiv 2305.08891, 3.4);
                0 is off; None: that of the configuration.

        Raises:
            InputError: not two predictions.
        """
        if latents.ndim < 2 or latents.shape[0] != 2:
            raise InputError(
                f"guidance needs two predictions, and a tensor of {'×'.join(map(str, latents.shape))} was given",
                remedy="stack the unconditional and the conditional prediction: torch.stack([u, c])",
            )
        rescale = self._rescale if rescale is None else rescale
        unconditional, conditional = latents[0], latents[1]
        guided = unconditional + guidance_scale * (conditional - unconditional)
        if rescale == 0.0:
            return guided
        matched = guided * (conditional.std() / guided.std().clamp(min=1e-8))
        return rescale * matched + (1.0 - rescale) * guided


def blur(latents: Tensor) -> Tensor:
    """3×3 binomial low-pass over the last two axes, edges repeated; means of flat regions stay."""
    import torch
    import torch.nn.functional as F

    line = torch.tensor([0.25, 0.5, 0.25], dtype=latents.dtype, device=latents.device)
    flat = latents.reshape(-1, 1, *latents.shape[-2:])
    flat = F.pad(flat, (1, 1, 1, 1), mode="replicate")
    return F.conv2d(flat, (line[:, None] * line[None, :])[None, None]).reshape(latents.shape)
