"""A loaded Real-ESRGAN network with its receptive field, memory use and tiling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from videogen.errors import OutOfMemoryError
from videogen.runtime.device import free_memory, halve_on_out_of_memory
from videogen.super_resolution.tiles import Window, ramp, windows
from videogen.super_resolution.weights import NetworkWeights, load_network

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_SMALLEST_TILE = 32
# Beyond this radius whole context is unaffordable, so tiles overlap by a little and are blended.
_LARGEST_EXACT_RADIUS = 64
_BLEND = 32
_SHARE_OF_FREE_MEMORY = 0.5
# On the CPU more than this at once is not faster: feature maps no longer stay in the cache.
_CPU_BUDGET = 64 * 2**20


class Network:
    """One network on a device. `factor`: how many times larger its output is.

    Args:
        dtype: of pictures and weights.
        inside: of the feature maps between first and last layer, where the network is a SRVGGNetCompact.
    """

    def __init__(
        self,
        weights: NetworkWeights,
        device: torch.device,
        dtype: torch.dtype,
        *,
        inside: torch.dtype | None = None,
        denoise_strength: float = 0.5,
    ) -> None:
        import torch

        self.factor = weights.factor
        self.device, self.dtype = device, dtype
        self.radius = receptive_radius(weights)
        self.exact = self.radius <= _LARGEST_EXACT_RADIUS
        self.multiple = {2: 2, 1: 4}.get(self.factor, 1) if weights.architecture == "RRDBNet" else 1
        self._channels = _live_channels(weights)
        # channels_last is the faster layout on the CPU (2.2 times here, untiled) and for half precision on a GPU.
        network = load_network(weights, denoise_strength).to(device, dtype)
        self._module = network.to(memory_format=torch.channels_last)
        if weights.architecture == "SRVGGNetCompact":
            self._module.to(inside or dtype)
            self._module.forward = partial(_compact, network, inside or dtype)

    def enlarge(self, pictures: Tensor, tile: int | None = None) -> Tensor:
        """N×3×H×W in 0 … 1 → N×3×(factor·H)×(factor·W), clamped to 0 … 1, on the network's device.

        Tiles of equal size are batched across pictures; running out of memory halves the batch, then the tile.

        Raises:
            OutOfMemoryError: not even one tile of 32 pixels fits.
        """
        height, width = pictures.shape[-2:]
        padded = self._padded(pictures)
        while True:
            try:
                large = self._tiled(padded, tile or self._tile(*padded.shape[-2:]))
                return large[..., : height * self.factor, : width * self.factor]
            except OutOfMemoryError:
                smaller = max(min(tile or height, height), min(tile or width, width)) // 2
                if smaller < _SMALLEST_TILE:
                    raise
                tile = smaller

    def pictures_at_once(self, height: int, width: int) -> int:
        """How many whole pictures of this size fit into the memory set aside; at least 1."""
        return max(1, self._pixels_at_once() // (height * width))

    def _pixels_at_once(self) -> int:
        budget = int(free_memory(self.device) * _SHARE_OF_FREE_MEMORY)
        if self.device.type == "cpu":
            budget = min(budget, _CPU_BUDGET)
        return max(1, budget // (self._channels * self.dtype.itemsize))

    def _tile(self, height: int, width: int) -> int | None:
        """The tile for pictures of this size: None where a whole one fits."""
        pixels = self._pixels_at_once()
        if height * width <= pixels:
            return None
        return max(_SMALLEST_TILE, math.isqrt(pixels) - 2 * self._padding)

    @property
    def _padding(self) -> int:
        return self.radius if self.exact else _BLEND

    def _padded(self, pictures: Tensor) -> Tensor:
        from torch.nn.functional import pad

        height, width = pictures.shape[-2:]
        bottom, right = -height % self.multiple, -width % self.multiple
        return pad(pictures, (0, right, 0, bottom), mode="replicate") if bottom or right else pictures

    def _tiled(self, pictures: Tensor, tile: int | None) -> Tensor:
        count, _, height, width = pictures.shape
        parts = windows(height, width, tile, self._padding, self.multiple)
        jobs = [(number, part) for number in range(count) for part in parts]
        first = parts[0]
        batch = max(1, self._pixels_at_once() // (first.length[0] * first.length[1]))
        made = halve_on_out_of_memory(partial(self._run, pictures), jobs, batch)
        if len(parts) == 1:
            import torch

            return torch.stack(made)
        return self._joined(pictures, jobs, made)

    def _run(self, pictures: Tensor, jobs: Sequence[tuple[int, Window]]) -> list[Tensor]:
        import torch

        cut = [
            pictures[
                number,
                :,
                part.start[0] : part.start[0] + part.length[0],
                part.start[1] : part.start[1] + part.length[1],
            ]
            for number, part in jobs
        ]
        with torch.inference_mode():
            batch = torch.stack(cut).to(self.device, self.dtype, memory_format=torch.channels_last)
            return list(self._module(batch).clamp_(0.0, 1.0))

    def _joined(self, pictures: Tensor, jobs: Sequence[tuple[int, Window]], made: Sequence[Tensor]) -> Tensor:
        count, channels, height, width = pictures.shape
        scale = self.factor
        shape = (count, channels, height * scale, width * scale)
        if self.exact:
            large = made[0].new_empty(shape)
            for (number, part), result in zip(jobs, made, strict=True):
                low, high = part.core_start, part.core_stop
                top, left = low[0] - part.start[0], low[1] - part.start[1]
                bottom, right = high[0] - part.start[0], high[1] - part.start[1]
                large[number, :, low[0] * scale : high[0] * scale, low[1] * scale : high[1] * scale] = result[
                    :, top * scale : bottom * scale, left * scale : right * scale
                ]
            return large
        return self._blended(shape, jobs, made)

    def _blended(
        self, shape: tuple[int, int, int, int], jobs: Sequence[tuple[int, Window]], made: Sequence[Tensor]
    ) -> Tensor:
        import torch

        scale = self.factor
        total = torch.zeros(shape, device=self.device)
        weight = torch.zeros((shape[0], 1, *shape[2:]), device=self.device)
        for (number, part), result in zip(jobs, made, strict=True):
            rows, columns = (
                torch.tensor(line, device=self.device).repeat_interleave(scale)
                for line in ramp(part, shape[2] // scale, shape[3] // scale)
            )
            mask = rows[:, None] * columns
            place = (
                number,
                slice(None),
                slice(part.start[0] * scale, (part.start[0] + part.length[0]) * scale),
                slice(part.start[1] * scale, (part.start[1] + part.length[1]) * scale),
            )
            total[place] += result.float() * mask
            weight[place] += mask
        return (total / weight).to(self.dtype)


def _compact(network: Any, inside: torch.dtype, pictures: Tensor) -> Tensor:
    """SRVGGNetCompact's own numbers with less memory traffic.

    The network adds the input, enlarged by nearest neighbour, to its shuffled features. Every subpixel of a place
    gets the same value, so it can be added before shuffling, with no enlarged copy of the input. What it adds to is
    small, so feature maps in bf16 cost little where the sum is in the precision of the picture.
    """
    import torch

    features = pictures.to(inside)
    for layer in network.body:
        if inside == torch.bfloat16 and isinstance(layer, torch.nn.PReLU):
            features = _prelu_in_place(features, layer.weight)
        else:
            features = layer(features)
    features = features.to(pictures.dtype)
    count, channels, height, width = features.shape
    features.view(count, 3, channels // 3, height, width).add_(pictures[:, :, None])
    shuffled: Tensor = network.upsampler(features)
    return shuffled


def _prelu_in_place(features: Tensor, slopes: Tensor) -> Tensor:
    """PReLU of N×C×H×W as x + (a − 1)·min(x, 0); PyTorch's own in bf16 takes twice as long on a processor."""
    return features.addcmul_(features.clamp(max=0.0), slopes[:, None, None] - 1.0)


def receptive_radius(weights: NetworkWeights) -> int:
    """How many input pixels away an output pixel can still be influenced from (3×3 convolutions in a row)."""
    arguments = weights.arguments
    if weights.architecture == "SRVGGNetCompact":
        return int(arguments.get("num_conv", 16)) + 2
    trunk = 2 + 15 * int(arguments.get("num_block", 23))
    # Two convolutions at twice and four times the trunk's size, two more at four times: 0.5 + 0.25 · 3 pixels,
    # and the nearest-neighbour enlargement between them adds less than one.
    unshuffle = {2: 2, 1: 4}.get(weights.factor, 1)
    return (trunk + 2) * unshuffle


def _live_channels(weights: NetworkWeights) -> int:
    """Feature channels that are alive at once, per input pixel, at the widest point of the network."""
    arguments, scale = weights.arguments, weights.factor
    features = int(arguments.get("num_feat", 64))
    if weights.architecture == "SRVGGNetCompact":
        return 3 * features + 3 * 3 * scale**2
    unshuffle = {2: 2, 1: 4}.get(scale, 1)
    # Two maps of all features at four times the trunk's edge, and the picture itself.
    return (
        max(2 * 16 * features + 3 * 16, 3 * (features + 5 * int(arguments.get("num_grow_ch", 32)))) // unshuffle**2 + 1
    )
