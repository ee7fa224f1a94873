"""From one frame size to another without distortion: cover the target and cut, or let the picture's edges go on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_CONTEXT = 8
# Covering may cut this share of a picture off: of 16:10, 16:9 leaves out a tenth, above and below the scene.
_SPARE = 0.12
# Shares of the edge that is extended: how far its pattern goes on before only its colours are left, and how soft those.
_FADE, _SOFTNESS = 0.1, 0.06


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


def picture_size(size: tuple[int, int], target: tuple[int, int], fit: str) -> tuple[int, int]:
    """The (width, height) that the model's picture of `size` gets inside of a frame of `target`.

    Args:
        fit: ``delivery.fit``. "crop": always the whole frame. "extend": less of it where covering the frame would cut
            off more than about a tenth of the picture, and with it what is to be seen.
    """
    factor = cover_factor(size, target)
    kept = target[0] * target[1] / (size[0] * size[1] * factor**2)
    if fit == "crop" or kept >= 1.0 - _SPARE:
        return target
    inside = min(target[0] / size[0], target[1] / size[1])
    return min(target[0], round(size[0] * inside)), min(target[1], round(size[1] * inside))


def extended(frame: NDArray[np.uint8], target: tuple[int, int]) -> NDArray[np.uint8]:
    """The H×W×3 frame in the middle of one of (width, height) `target`, to which its edges go on.

    Sky stays sky and road stays road: outwards of each edge its own colours are repeated, soon without their pattern.
    A mirror image would show the subject a second time, upside down.
    """
    height, width = frame.shape[:2]
    above, before = (target[1] - height) // 2, (target[0] - width) // 2
    parts = [_outwards(frame[:1], above)[::-1], frame, _outwards(frame[-1:], target[1] - height - above)]
    wide = np.concatenate(parts).transpose(1, 0, 2)
    parts = [_outwards(wide[:1], before)[::-1], wide, _outwards(wide[-1:], target[0] - width - before)]
    return np.ascontiguousarray(np.concatenate(parts).transpose(1, 0, 2))


def _outwards(edge: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    """`count` rows that go on from the 1×L×3 row `edge`, the nearest first."""
    import cv2

    length = edge.shape[1]
    line = edge.astype(np.float32)
    soft = cv2.GaussianBlur(line, (0, 0), sigmaX=max(1.0, length * _SOFTNESS), sigmaY=1.0).reshape(1, length, 3)
    away = np.clip((np.arange(count, dtype=np.float32) + 1.0) / max(1.0, length * _FADE), 0.0, 1.0)[:, None, None]
    return np.asarray(np.rint(line * (1.0 - away) + soft * away), dtype=np.uint8)
