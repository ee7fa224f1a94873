from __future__ import annotations

import io

import pytest
import torch

from videogen.config.groups.all import NoiseSettings
from videogen.noise.analysis import analyze
from videogen.noise.priors import combine_mixed
from videogen.synthesis import diagnostics


def mixed(share: float, frames: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    base, residual = (torch.randn((4, count, 24, 24), generator=generator) for count in (1, frames))
    return combine_mixed(base, residual, share, NoiseSettings())


@pytest.mark.parametrize("share", [0.0, 0.7])
def test_neighbouring_frames_correlate_with_the_share_of_the_base(share: float) -> None:
    assert diagnostics.neighbour_correlation(analyze(mixed(share, 8))) == pytest.approx(share, abs=0.05)


@pytest.mark.parametrize("frames", [2, 16, 200])
@pytest.mark.parametrize("attended", [True, False])
def test_diagnostics_are_drawn_small_whatever_the_length(frames: int, attended: bool) -> None:
    from PIL import Image

    found: dict[str, object] = {"noise": analyze(mixed(0.7, frames))}
    if attended:
        found["temporal_attention"] = torch.full((frames, frames), 1.0 / frames).tolist()
    jpeg = diagnostics.picture(found)
    assert len(jpeg) < 60_000
    image = Image.open(io.BytesIO(jpeg))
    assert (image.format, image.size) == ("JPEG", (604 if attended else 408, 228))
