"""The keyed pattern: a square tile of cells, repeated over the picture, some for finding it, most for the payload.

The size of a cell is a share of the picture's shorter edge, so that scaling does not change what a cell is. Which cell
does what, and its sign, follow from the key alone (SHAKE-256), on any version of any library.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from videogen.media.watermark.code import CODE_BITS, Soft, encoded

TILE = 32
"""Cells of a tile's edge."""
_CELLS, _CELLS_SMALL, _SMALL = 96, 64, 600
"""Cells along the shorter edge of a picture; fewer, and so larger ones, where it has fewer pixels than `_SMALL`."""
_REPEATS = 2
_SYNC = TILE * TILE - _REPEATS * CODE_BITS

Tile = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Layout:
    """What each cell of the tile is for. Arrays of TILE² cells, row by row.

    sign: the cell's own sign; place: number of the code bit that it carries, −1 where it belongs to the
    synchronisation.
    """

    sign: NDArray[np.int8]
    place: NDArray[np.int16]

    @classmethod
    def of(cls, key: bytes) -> Layout:
        """The layout that follows from a key."""
        count = TILE * TILE
        order = np.argsort(np.frombuffer(_stream(key, "order", 8 * count), "<u8"), kind="stable")
        flips = np.unpackbits(np.frombuffer(_stream(key, "signs", count // 8), np.uint8))
        place = np.full(count, -1, np.int16)
        place[order[_SYNC:]] = np.tile(np.arange(CODE_BITS, dtype=np.int16), _REPEATS)
        return cls((1 - 2 * flips.astype(np.int8)).astype(np.int8), place)

    def tile(self, payload: bytes) -> Tile:
        """The tile that carries a payload: −1 and 1, TILE×TILE."""
        bits = np.append(encoded(payload), np.int8(1))
        return (self.sign * bits[self.place]).astype(np.float32).reshape(TILE, TILE)

    @property
    def synchronisation(self) -> Tile:
        """The known cells; 0 where the payload is."""
        return np.where(self.place < 0, self.sign, 0).astype(np.float32).reshape(TILE, TILE)

    def soft(self, tile: NDArray[np.floating]) -> Soft:
        """What a tile (TILE×TILE, as it was read) says of each code bit."""
        values = tile.ravel() * self.sign
        carrying = self.place >= 0
        return np.bincount(self.place[carrying], values[carrying], CODE_BITS).astype(np.float64)


def cells_along(size: tuple[int, int]) -> int:
    """Cells along the shorter edge of pictures of (width, height): small ones get larger cells, for H.264's sake."""
    return _CELLS_SMALL if is_small(size) else _CELLS


def is_small(size: tuple[int, int]) -> bool:
    """Whether pictures of (width, height) have so few pixels that a cell is only a few of them wide."""
    return min(size) < _SMALL


def _stream(key: bytes, purpose: str, length: int) -> bytes:
    return hashlib.shake_256(b"pib-videogen watermark 1 " + purpose.encode() + b"\0" + key).digest(length)
