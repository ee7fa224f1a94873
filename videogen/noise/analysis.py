"""Multi-scale analysis of noise: variance by spatial and temporal band, and what frames share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


def spatial_spectrum(noise: Tensor, bands: int = 4) -> Tensor:
    """Mean power per radial frequency band of C×T×h×w noise, lowest first.

    It is 1 everywhere for white noise of variance 1.
    """
    import torch

    height, width = noise.shape[-2:]
    power = torch.fft.fft2(noise.double(), norm="ortho").abs().square().mean(dim=(0, 1))
    rows, columns = torch.fft.fftfreq(height)[:, None], torch.fft.fftfreq(width)[None, :]
    radius = (rows**2 + columns**2).sqrt()
    place = (radius / radius.max() * bands).long().clamp(max=bands - 1)
    return torch.stack([power[place == band].mean() for band in range(bands)]).float()


def temporal_spectrum(noise: Tensor) -> Tensor:
    """Mean power per temporal frequency 0 … Nyquist of C×T×h×w noise; 1 everywhere for independent frames."""
    import torch

    power: Tensor = torch.fft.rfft(noise.double(), dim=1, norm="ortho").abs().square()
    return power.mean(dim=(0, 2, 3)).float()


def frame_correlation(noise: Tensor) -> Tensor:
    """T×T: E[ε_i·ε_j] over channels and places, divided by the frames' root mean squares."""
    flat = noise.double().transpose(0, 1).flatten(1)
    flat = flat / flat.square().mean(dim=1, keepdim=True).sqrt().clamp(min=1e-12)
    correlation: Tensor = flat @ flat.T / flat.shape[1]
    return correlation.float()


def analyze(noise: Tensor) -> dict[str, Any]:
    """Everything above for C×T×h×w noise as plain numbers, for metadata: 4 decimals."""
    return {
        "mean": round(float(noise.mean()), 4),
        "variance": round(float(noise.var()), 4),
        "spatial_bands": _rounded(spatial_spectrum(noise)),
        "temporal_bands": _rounded(temporal_spectrum(noise)),
        "frame_correlation": [_rounded(row) for row in frame_correlation(noise)],
    }


def _rounded(values: Tensor) -> list[float]:
    return [round(float(value), 4) for value in values]
