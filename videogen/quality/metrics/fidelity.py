"""How much of a video a stage keeps: PSNR and SSIM of its frames against those that it was made from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from videogen.domain.fidelity import Fidelity
from videogen.quality.metrics.visual import psnr, ssim
from videogen.quality.metrics.window import Pixels
from videogen.super_resolution.framing import cover_factor, covered, picture_size

_FRAMES = 8


def of_upscaled(decoded: Pixels, upscaled: Pixels, fit: str) -> Fidelity:
    """The enlarged frames, made small again, against the decoded ones: what the enlarging changed.

    Sharpening, smoothing over time and a look are changes, too. What framing adds around the picture, or cuts off it,
    is left out.

    Args:
        decoded: uint8, T×h×w×3.
        upscaled: uint8, T×H×W×3, of the same frames.
        fit: ``delivery.fit``, by which the picture was framed.
    """
    size, target = (decoded.shape[2], decoded.shape[1]), (upscaled.shape[2], upscaled.shape[1])
    inner = picture_size(size, target, fit)
    left, top = (target[0] - inner[0]) // 2, (target[1] - inner[1]) // 2
    factor = cover_factor(size, inner)
    small = (max(16, round(inner[0] / factor)), max(16, round(inner[1] / factor)))
    pairs = []
    for index in _evenly(len(decoded), _FRAMES):
        picture = upscaled[index, top : top + inner[1], left : left + inner[0]]
        pairs.append((_resized(picture, small), _resized(covered(decoded[index], inner), small)))
    return _compared("upscaled against decoded", pairs)


def of_published(published: Path, rendered: Path) -> Fidelity:
    """The signed file against the one that was rendered: a signature must not touch the picture.

    Raises:
        MediaError: one of them cannot be read.
    """
    from videogen.media.reading import probe, read_frames

    # The first seconds will do, for nothing is encoded again; all frames of a long video would take minutes.
    numbers = _evenly(min(probe(rendered).num_frames, 6 * _FRAMES), _FRAMES)
    return _compared(
        "published against rendered",
        list(zip(read_frames(published, numbers), read_frames(rendered, numbers), strict=True)),
    )


def _evenly(count: int, wanted: int) -> list[int]:
    """Up to `wanted` numbers of frames, the first and the last among them."""
    return [int(number) for number in np.unique(np.linspace(0, count - 1, min(wanted, count)).round())]


def _resized(frame: Pixels, size: tuple[int, int]) -> Pixels:
    import cv2

    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


def _compared(what: str, pairs: Sequence[tuple[Pixels, Pixels]]) -> Fidelity:
    found = [psnr(one, other) for one, other in pairs]
    # Equal frames have no finite PSNR; where others differ, these decide.
    finite = [value for value in found if math.isfinite(value)]
    return Fidelity(
        compared=what,
        psnr=round(float(np.mean(finite)), 3) if finite else None,
        ssim=round(float(np.mean([ssim(one, other) for one, other in pairs])), 5),
        frames=len(pairs),
    )
