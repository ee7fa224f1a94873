"""Upscalers: Real-ESRGAN networks or Lanczos; plug-ins can add others.

An own upscaler is a factory ``(config, weights, device) -> Upscaler`` and a line in `videogen.runtime.plugins`, or an
entry point of the group ``videogen.upscalers``.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from videogen.errors import ModelError
from videogen.runtime.device import choose_device, choose_dtype
from videogen.super_resolution.network import Network
from videogen.super_resolution.weights import upscaler_weights

if TYPE_CHECKING:
    from torch import Tensor

    from videogen.config.config import VideoGenConfig

# Networks are applied until the picture has this share of the size that is needed; a resize does the rest.
_ENOUGH = 0.75
# Pixels mirrored around a picture, so that its last rows are drawn as well as those inside.
_BORDER = 4


class Upscaler(Protocol):
    """Enlarges images."""

    def enlarge(self, frames: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
        """uint8, N×H×W×3 → N×(s·H)×(s·W)×3 for an s of its own near `factor`, the same for both edges.

        As many frames come out as go in, in the same order. `factor` is above 1.
        """
        ...


class RealEsrgan:
    """Networks one after the other (×4, then ×2), as far as the size asked for needs them; ×2 alone up to twice."""

    def __init__(self, networks: list[Network], tile: int | None = None) -> None:
        self.networks = networks
        self.tile = tile

    def enlarge(self, frames: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
        stages = self.stages(factor)
        together = self._together(stages, frames.shape[1], frames.shape[2])
        parts = [self._enlarge(frames[start : start + together], stages) for start in range(0, len(frames), together)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def stages(self, factor: float) -> list[Network]:
        """The networks that bring pictures to about `factor` times their size; the last may be repeated.

        One that is large enough alone is taken where it is smaller than the first: what ×2 can do, ×4 and back would do
        in many times its time.
        """
        reached, chosen = 1, list[Network]()
        enough = [network for network in self.networks if factor <= network.factor < self.networks[0].factor]
        if enough and factor * _ENOUGH > 1.0:
            return [min(enough, key=lambda network: network.factor)]
        while reached < _ENOUGH * factor:
            network = self.networks[min(len(chosen), len(self.networks) - 1)]
            chosen.append(network)
            reached *= network.factor
            if network.factor == 1:
                break
        return chosen

    def _together(self, stages: list[Network], height: int, width: int) -> int:
        fitting = []
        for network in stages:
            fitting.append(network.pictures_at_once(height, width))
            height, width = height * network.factor, width * network.factor
        return min(fitting, default=1)

    def _enlarge(self, frames: NDArray[np.uint8], stages: list[Network]) -> NDArray[np.uint8]:
        import torch

        with torch.inference_mode():
            around = [(0, 0), (_BORDER, _BORDER), (_BORDER, _BORDER), (0, 0)]
            pictures = torch.from_numpy(np.pad(frames, around, "symmetric")).permute(0, 3, 1, 2).float().div_(255.0)
            for network in stages:
                pictures = network.enlarge(pictures, self.tile)
                _require_finite(pictures)
            cut = _BORDER * math.prod(network.factor for network in stages)
            pixels = pictures[..., cut:-cut, cut:-cut].float().mul_(255.0).round_().to(torch.uint8)
            return pixels.permute(0, 2, 3, 1).contiguous().cpu().numpy()


class Lanczos:
    """Lanczos interpolation: no weights, any factor, a few milliseconds a frame."""

    def enlarge(self, frames: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
        import cv2

        size = (round(frames.shape[2] * factor), round(frames.shape[1] * factor))
        large = [cv2.resize(frame, size, interpolation=cv2.INTER_LANCZOS4) for frame in frames]
        return np.asarray(np.stack(large), dtype=np.uint8)


def real_esrgan(config: VideoGenConfig, weights: Path | None, device: str) -> RealEsrgan:
    """The networks of `weights` (see `upscaler_weights`) on `device`; half precision on a GPU.

    On a processor pictures stay in fp32, and only feature maps take the precision that suits it.

    Raises:
        ModelError: no weights are given, or they cannot be used.
    """
    import torch

    if weights is None:
        raise ModelError(
            f"the profile {config.model.profile!r} names no weights for the upscaler realesrgan",
            remedy="set super_resolution.upscaler to lanczos, or give the profile an upscaler folder",
        )
    place = choose_device(device)
    inside = choose_dtype(config.model.precision, place)
    dtype = torch.float32 if place.type == "cpu" else inside
    strength = config.super_resolution.denoise_strength
    networks = [
        Network(part, place, dtype, inside=inside, denoise_strength=strength) for part in upscaler_weights(weights)
    ]
    return RealEsrgan(networks, config.super_resolution.tile)


def lanczos(config: VideoGenConfig, weights: Path | None, device: str) -> Lanczos:
    """Lanczos interpolation; needs no weights and no device."""
    return Lanczos()


def _require_finite(pictures: Tensor) -> None:
    # The maximum of anything with a NaN is NaN; infinities were clamped before.
    broken = pictures.amax(dim=(1, 2, 3)).isnan().nonzero()
    if len(broken):
        raise ModelError(
            f"the upscaling network returned values that are not numbers for frame {int(broken[0])} of its batch",
            remedy="set model.precision to fp32, or check the weights",
        )
