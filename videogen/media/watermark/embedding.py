"""Adds the pattern to the luma of frames: a code value up or down, two in small pictures, the same in every frame."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from videogen.media.planes import Planes, blank_frame
from videogen.media.watermark.code import PAYLOAD_BYTES
from videogen.media.watermark.pattern import TILE, Layout, Tile, cells_along, is_small

if TYPE_CHECKING:
    from av import VideoFrame

SMALLEST = 240
"""Pixels of the shorter edge below which a picture has no room for a watermark."""
_THRESHOLD = 0.5
"""Where the smooth pattern (−1 … 1) passes it, luma is changed by one code value."""
_FIRST, _SECOND, _BRIGHT = 0.23, 0.68, 64
"""In small pictures cells are only a few pixels wide: luma is changed from `_FIRST` on, and from `_SECOND` on by two
code values, but for dark places (luma up to `_BRIGHT`), where it could be seen."""


@dataclass(frozen=True)
class Watermark:
    """What is embedded. key: secret, never printed; payload: 48 bits that lead to the release record."""

    key: bytes
    payload: bytes

    @classmethod
    def of(cls, key: bytes, *names: str) -> Watermark:
        """The watermark of what these names tell apart, e.g. kind, id and attempt; equal names give equal payloads."""
        message = b"payload\0" + "\0".join(names).encode()
        return cls(key, hmac.new(key, message, hashlib.sha256).digest()[:PAYLOAD_BYTES])

    def __repr__(self) -> str:
        return f"Watermark({self.payload.hex()})"

    def embedded_in(self, size: tuple[int, int]) -> str | None:
        """The payload as it is named in records; None: frames of (width, height) are too small to carry it."""
        return self.payload.hex() if min(size) >= SMALLEST else None


class Embedder:
    """Marks frames of one size, (width, height)."""

    def __init__(self, watermark: Watermark, size: tuple[int, int]) -> None:
        pattern = _pattern(Layout.of(watermark.key).tile(watermark.payload), size)
        first = _FIRST if is_small(size) else _THRESHOLD
        self._raised, self._lowered = (pattern > first).astype(np.uint8), (pattern < -first).astype(np.uint8)
        self._second = None
        if is_small(size):
            self._second = (pattern > _SECOND).astype(np.uint8), (pattern < -_SECOND).astype(np.uint8)
        self._frame = blank_frame(size)
        self._planes = Planes.of(self._frame)

    def marked(self, frame: VideoFrame) -> VideoFrame:
        """The frame (yuv420p) with the watermark, in a buffer that the next call fills again."""
        import cv2

        given = Planes.of(frame)
        luma = self._planes.luma
        cv2.add(given.luma, self._raised, dst=luma)
        cv2.subtract(luma, self._lowered, dst=luma)
        if self._second is not None:
            bright = cv2.threshold(given.luma, _BRIGHT, 1, cv2.THRESH_BINARY)[1]
            cv2.add(luma, cv2.multiply(self._second[0], bright), dst=luma)
            cv2.subtract(luma, cv2.multiply(self._second[1], bright), dst=luma)
        np.copyto(self._planes.blue, given.blue)
        np.copyto(self._planes.red, given.red)
        return self._frame


def _pattern(tile: Tile, size: tuple[int, int]) -> NDArray[np.float32]:
    """The tile repeated over a picture, smooth between the middles of its cells: −1 … 1, H×W."""
    width, height = size
    cell = min(size) / cells_along(size)
    across, down = _between(width, cell), _between(height, cell)
    return np.asarray(down @ tile @ across.T, np.float32)


def _between(length: int, cell: float) -> NDArray[np.float32]:
    """The matrix (length × TILE) that interpolates cells linearly at the middles of pixels."""
    place = (np.arange(length) + 0.5) / cell - 0.5
    first = np.floor(place).astype(np.intp)
    share = (place - first).astype(np.float32)
    matrix = np.zeros((length, TILE), np.float32)
    pixels = np.arange(length)
    matrix[pixels, first % TILE] = 1.0 - share
    matrix[pixels, (first + 1) % TILE] = share
    return matrix
