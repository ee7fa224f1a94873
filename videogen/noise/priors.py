"""Noise priors: how one base noise b and one residual r per frame become the initial noise of a video.

b is C×1×h×w, r is C×T×h×w, both independent standard normal. Every prior is linear in (b, r), mixes along time
only, and gives each frame unit variance and a white spatial spectrum. An own prior is one `NoisePrior` in a
`videogen.runtime.plugins` or behind an entry point of the group ``videogen.noise_priors``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from videogen.config.groups.all import NoiseSettings

Combine = Callable[["Tensor", "Tensor", float, "NoiseSettings"], "Tensor"]
Split = Callable[["Tensor", float, "NoiseSettings"], "tuple[Tensor, Tensor]"]


@dataclass(frozen=True)
class NoisePrior:
    """combine(b, r, share, settings) → C×T×h×w; split is its inverse: combine(*split(ε)) = ε.

    split_as: name of the prior whose `combine` undoes `split`, where that is another one. reinitialise: the
    denoising loop runs several passes and renews the high frequencies of the noise in between (FreeInit).
    """

    combine: Combine
    split: Split
    split_as: str | None = None
    reinitialise: bool = False


def combine_independent(base: Tensor, residual: Tensor, share: float, settings: NoiseSettings) -> Tensor:
    """ε_i = r_i: frames share nothing; the base is not used."""
    return residual.clone()


def split_independent(noise: Tensor, share: float, settings: NoiseSettings) -> tuple[Tensor, Tensor]:
    """The base is the mean over time, brought to unit variance."""
    return noise.mean(dim=1, keepdim=True) * sqrt(noise.shape[1]), noise.clone()


def combine_mixed(base: Tensor, residual: Tensor, share: float, settings: NoiseSettings) -> Tensor:
    """ε_i = √λ·b + √(1−λ)·r_i: any two frames correlate with λ .

    VideoFusion (arXiv 2303.08320); mixed noise of PYoCo (arXiv 2305.10474) with λ = α²/(1+α²).
    """
    return sqrt(share) * base + sqrt(1.0 - share) * residual


def split_mixed(noise: Tensor, share: float, settings: NoiseSettings) -> tuple[Tensor, Tensor]:
    """b̂ = mean over time at unit variance; r_i = (ε_i − √λ·b̂)/√(1−λ).

    The mean over T frames of mixed noise has variance λ + (1−λ)/T. Without a residual share (λ = 1) only noise
    that is the same in every frame can be split exactly.
    """
    mean = noise.mean(dim=1, keepdim=True)
    if share >= 1.0:
        return mean, noise - mean
    base = mean / sqrt(share + (1.0 - share) / noise.shape[1])
    return base, (noise - sqrt(share) * base) / sqrt(1.0 - share)


def combine_progressive(base: Tensor, residual: Tensor, share: float, settings: NoiseSettings) -> Tensor:
    """ε_0 = b, ε_i = √λ·ε_{i−1} + √(1−λ)·r_i: correlation √λ^|i−j|; r_0 is unused.

    Progressive noise of PYoCo (arXiv 2305.10474) with λ = α²/(1+α²).
    """
    import torch

    frames = [base[:, 0]]
    for i in range(1, residual.shape[1]):
        frames.append(sqrt(share) * frames[-1] + sqrt(1.0 - share) * residual[:, i])
    return torch.stack(frames, dim=1)


def split_progressive(noise: Tensor, share: float, settings: NoiseSettings) -> tuple[Tensor, Tensor]:
    """b = ε_0, r_i = (ε_i − √λ·ε_{i−1})/√(1−λ), r_0 = 0."""
    import torch

    steps = noise[:, 1:] - sqrt(share) * noise[:, :-1]
    scale = sqrt(1.0 - share) if share < 1.0 else 1.0
    return noise[:, :1].clone(), torch.cat([torch.zeros_like(noise[:, :1]), steps / scale], dim=1)


def combine_free_noise(base: Tensor, residual: Tensor, share: float, settings: NoiseSettings) -> Tensor:
    """Mixed noise whose residuals repeat, locally shuffled, beyond the first window (FreeNoise, arXiv 2310.15169).

    So every window of a long video sees the same set of residuals, only in another order.
    """
    sources = free_noise_sources(residual.shape[1], settings.free_noise_window, settings.free_noise_stride)
    return combine_mixed(base, residual[:, sources], share, settings)


def combine_free_noise_independent(base: Tensor, residual: Tensor, share: float, settings: NoiseSettings) -> Tensor:
    """`combine_free_noise` with base share 0, which is FreeNoise as published."""
    return combine_free_noise(base, residual, 0.0, settings)


def free_noise_sources(frames: int, window: int, stride: int) -> list[int]:
    """Return which residual each frame takes.

    It is its own within the first window, then shuffled groups of `stride` from a window before.

    The shuffle is the same for all videos; the residuals differ by seed.
    """
    import torch

    generator = torch.Generator("cpu").manual_seed(0)
    sources = list(range(min(frames, window)))
    while len(sources) < frames:
        start = len(sources) - window
        group = sources[start : start + stride]
        sources += [group[i] for i in torch.randperm(len(group), generator=generator).tolist()]
    return sources[:frames]


INDEPENDENT = NoisePrior(combine_independent, split_independent)
MIXED = NoisePrior(combine_mixed, split_mixed)
PROGRESSIVE = NoisePrior(combine_progressive, split_progressive)
FREE_NOISE = NoisePrior(combine_free_noise, split_mixed, split_as="mixed")
FREE_NOISE_INDEPENDENT = NoisePrior(combine_free_noise_independent, split_independent, split_as="independent")
FREE_INIT = NoisePrior(combine_mixed, split_mixed, split_as="mixed", reinitialise=True)


def low_pass(shape: tuple[int, int, int], cutoff: float, order: int) -> Tensor:
    """Butterworth low-pass H over (T, h, w) in FFT order, values 0 … 1 (FreeInit, arXiv 2312.07537).

    cutoff: share of the Nyquist frequency, in space and time.
    """
    import torch

    axes = [2.0 * torch.fft.fftfreq(length) for length in shape]
    squared = axes[0][:, None, None] ** 2 + axes[1][None, :, None] ** 2 + axes[2][None, None, :] ** 2
    response: Tensor = 1.0 / (1.0 + (squared / cutoff**2) ** order)
    return response


def reinitialise(noise: Tensor, fresh: Tensor, cutoff: float, order: int) -> Tensor:
    """Low frequencies of `noise`, high ones of `fresh`, both …×T×h×w: FFT(z)·H + FFT(η)·√(1−H²).

    FreeInit weights the fresh noise with 1−H and so loses variance around the cutoff; √(1−H²) keeps it in every
    bin.
    """
    import torch

    keep = low_pass((noise.shape[-3], noise.shape[-2], noise.shape[-1]), cutoff, order).to(noise)
    axes = (-3, -2, -1)
    mixed = torch.fft.fftn(noise, dim=axes) * keep + torch.fft.fftn(fresh, dim=axes) * (1.0 - keep**2).sqrt()
    renewed: Tensor = torch.fft.ifftn(mixed, dim=axes).real
    return renewed
