"""Colours of latents, and whether a VAE works at all, by decoding a handful of random latents with it.

A few seconds before the denoising tell what else only its end would: a VAE that overflows in its precision gives black
frames or none. The matrix that comes of it makes the previews: see `videogen.synthesis.latent_preview`.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from videogen.errors import ModelError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_SEED = 7
_PLACES = 8
_FLAT = 1e-4


def probe(vae: Any, channels: int, device: torch.device, part: str = "vae") -> list[list[float]]:
    """Decode one frame of random latents; returns (C+1)×3 numbers: colours 0 … 255 of latents with a 1 behind them.

    Raises:
        ModelError: the VAE has another number of channels; or the frame has values that are not numbers, or is of one
            colour: the precision does not suit the VAE.
    """
    import torch

    own = getattr(vae.config, "z_dim", None) or getattr(vae.config, "latent_channels", None) or channels
    if own != channels:
        raise ModelError(
            f"the {part} ({type(vae).__name__}) has {own} channels of latents, but the profile says {channels}",
            remedy=f"set latent_channels: {own} in the profile",
        )
    latents = _random_latents(channels)
    with torch.inference_mode():
        frame = _decoded(vae, _denormalised(vae, latents).to(device, vae.dtype)).float().cpu()
    precision = str(vae.dtype).removeprefix("torch.")
    if not bool(torch.isfinite(frame).all()) or float(frame.std()) < _FLAT:
        raise ModelError(
            f"the {part} ({type(vae).__name__}) gives black or broken frames in {precision}",
            remedy="set its precision in the profile: `dtype: {vae: fp32}` (or bf16) in the section diffusers",
        )
    colours = torch.nn.functional.adaptive_avg_pool2d((frame.clamp(-1.0, 1.0) + 1.0) * 127.5, (_PLACES, _PLACES))
    given = latents[0, :, 0].flatten(1).T
    given = torch.cat([given, torch.ones(len(given), 1)], dim=1)
    matrix: list[list[float]] = torch.linalg.lstsq(given, colours.flatten(1).T).solution.tolist()
    return matrix


def _random_latents(channels: int) -> Tensor:
    """1×C×1×8×8 with a standard deviation of 1, in patches of 2×2 places: in pictures, neighbours are alike."""
    import torch

    shape = (1, channels, 1, _PLACES // 2, _PLACES // 2)
    patches = torch.randn(shape, generator=torch.Generator().manual_seed(_SEED))
    return patches.repeat_interleave(2, dim=3).repeat_interleave(2, dim=4)


def _denormalised(vae: Any, latents: Tensor) -> Tensor:
    """Latents at the scale of the VAE: z·std + mean, or z/scaling_factor, whichever its configuration names."""
    import torch

    config = vae.config
    mean, std = (getattr(config, name, None) for name in ("latents_mean", "latents_std"))
    if mean is not None and std is not None and len(mean) == latents.shape[1]:
        mean, std = (torch.tensor(values).view(1, -1, 1, 1, 1) for values in (mean, std))
        return latents * std + mean
    return latents / float(getattr(config, "scaling_factor", None) or 1.0)


def _decoded(vae: Any, latents: Tensor) -> Tensor:
    """The first picture that the VAE makes of 1×C×1×h×w, 3×H×W, −1 … 1."""
    import torch

    accepted = inspect.signature(vae.decode).parameters
    options: dict[str, Any] = {}
    if getattr(vae.config, "timestep_conditioning", False):
        options["temb"] = torch.full((1,), 0.05, device=latents.device, dtype=latents.dtype)
    if "num_frames" in accepted:
        options["num_frames"] = 1
    is_for_pictures = "num_frames" in accepted or type(vae).__name__ == "AutoencoderKL"
    found = vae.decode(latents[:, :, 0] if is_for_pictures else latents, return_dict=False, **options)[0]
    return found[0] if is_for_pictures else found[0, :, 0]  # type: ignore[no-any-return]
