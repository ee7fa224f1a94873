"""From one frame size to another without distortion: cover the target, cut what stands over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_CONTEXT = 8


def cover_factor(size: tuple[int, int], target: tuple[int, int]) -> float:
    """How many times larger a (width, height) picture must become to cover `target`."""
    return max(target[0] / size[0], target[1] / size[1])


def without_margins(frame: NDArray[np.uint8], target: tuple[int, int]) -> NDArray[np.uint8]:
    """The H×W×3 frame (or T×H×W×3 frames) less rows or columns that covering `target` would cut off anyway.

    A few of them stay: networks draw ragged edges where a picture ends. The same number goes on both sides,
    so the centre stays where it is.
    """
    height, width = frame.shape[-3:-1]
    factor = cover_factor((width, height), target)
    rows = max(0, int((height - target[1] / factor) / 2) - _CONTEXT)
    columns = max(0, int((width - target[0] / factor) / 2) - _CONTEXT)
    return frame[..., rows : height - rows, columns : width - columns, :]


def covered(frame: NDArray[np.uint8], target: tuple[int, int]) -> NDArray[np.uint8]:
    """The H×W×3 frame resized to cover (width, height) `target`, then cut to it around the centre."""
    import cv2

    height, width = frame.shape[:2]
    if (width, height) == target:
        return frame
    factor = cover_factor((width, height), target)
    size = (max(target[0], round(width * factor)), max(target[1], round(height * factor)))
    kind = cv2.INTER_AREA if factor < 1.0 else cv2.INTER_CUBIC
    large = np.asarray(cv2.resize(frame, size, interpolation=kind), dtype=np.uint8)
    left, top = (size[0] - target[0]) // 2, (size[1] - target[1]) // 2
    return np.ascontiguousarray(large[top : top + target[1], left : left + target[0]])
