"""What the frames of a video have in common in fine detail: the watermark, with the pictures themselves kept down."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

SHORT_EDGE = 288
"""Pixels of the shorter edge of an observation: three for a cell of the pattern."""
_CELL = 3.0
DETAIL = 0.5
"""Share of a cell: width (σ) of the blur that is subtracted."""
_NEIGHBOURHOOD = 0.7
"""Share of a cell: width (σ) of the neighbourhood whose variance weighs a pixel down."""
_NOISE = 0.3
_DARK = 26
"""Code value up to which a whole border row or column is a bar and no picture."""

Observation = NDArray[np.float32]


def observations(frames: Iterable[NDArray[np.uint8]]) -> list[Observation]:
    """What each frame (luma, uint8, H×W, all of one size) shows of the pattern: about 288 × 512 numbers.

    A pixel counts by the inverse of the variance around it, so that sums are sums of log-likelihood ratios.
    """
    import cv2

    seen = []
    bars: tuple[slice, slice] | None = None
    for frame in frames:
        if bars is None:
            bars = without_bars(frame)
        picture = frame[bars]
        size = _size(picture.shape)
        smoothly = cv2.INTER_AREA if size[1] <= picture.shape[0] else cv2.INTER_LINEAR
        pixels = cv2.resize(picture, size, interpolation=smoothly).astype(np.float32)
        detail = pixels - cv2.GaussianBlur(pixels, (0, 0), _CELL * DETAIL)
        variance = cv2.GaussianBlur(detail * detail, (0, 0), _CELL * _NEIGHBOURHOOD)
        seen.append(np.asarray(detail / (variance + _NOISE), np.float32))
    return seen


def without_bars(frame: NDArray[np.uint8]) -> tuple[slice, slice]:
    """Rows and columns of the picture between black bars; all of them where the frame is dark as a whole."""
    rows = np.flatnonzero(frame.max(axis=1) > _DARK)
    columns = np.flatnonzero(frame.max(axis=0) > _DARK)
    if len(rows) < frame.shape[0] // 4 or len(columns) < frame.shape[1] // 4:
        return slice(None), slice(None)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _size(shape: tuple[int, ...]) -> tuple[int, int]:
    """(width, height) of the observation of a picture."""
    height, width = shape[:2]
    scale = SHORT_EDGE / min(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))
