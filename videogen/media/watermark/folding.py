"""Folding: all tiles of an observation summed into one, for cells of a given size. Two samples to a cell."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from videogen.media.watermark.observing import DETAIL
from videogen.media.watermark.pattern import TILE

FINE = 2
EDGE = TILE * FINE
"""Samples of a folded tile's edge."""

Folded = NDArray[np.float32]


def folding(length: int, cell: float, offset: float = 0.0) -> NDArray[np.float32]:
    """The matrix (EDGE × length) that sums pixels of a row into the samples of a tile, split between two of them.

    Args:
        length: pixels of the row.
        cell: pixels of a cell.
        offset: where a tile begins, in cells.
    """
    place = ((np.arange(length) + 0.5) / cell - offset) * FINE - 0.5
    first = np.floor(place).astype(np.intp)
    share = (place - first).astype(np.float32)
    matrix = np.zeros((EDGE, length), np.float32)
    pixels = np.arange(length)
    matrix[first % EDGE, pixels] += 1.0 - share
    matrix[(first + 1) % EDGE, pixels] += share
    return matrix


def spread(tile: NDArray[np.float32]) -> Folded:
    """A tile of cells (TILE×TILE) as it looks when folded."""
    import scipy.fft

    impulses = np.zeros((EDGE, EDGE), np.float32)
    impulses[::FINE, ::FINE] = tile
    return np.asarray(scipy.fft.irfft2(scipy.fft.rfft2(impulses) * _kernel(), s=impulses.shape), np.float32)


def cells_of(folded: Folded) -> NDArray[np.float32]:
    """How strongly each cell (TILE×TILE) is seen in a folded tile that begins at its first cell."""
    import scipy.fft

    matched = scipy.fft.irfft2(scipy.fft.rfft2(folded) * np.conj(_kernel()), s=folded.shape)
    return np.asarray(matched[::FINE, ::FINE], np.float32)


@functools.cache
def _kernel() -> NDArray[np.complex64]:
    """Spectrum of what the first cell looks like in a folded tile: a tent, less what the observation takes away."""
    import cv2
    import scipy.fft

    tent = np.array([0.25, 0.75, 0.75, 0.25], np.float32)
    centre = EDGE // 2
    picture = np.zeros((EDGE, EDGE), np.float32)
    picture[centre - 1 : centre + 3, centre - 1 : centre + 3] = np.outer(tent, tent)
    picture -= cv2.GaussianBlur(picture, (0, 0), DETAIL * FINE)
    return np.asarray(scipy.fft.rfft2(np.roll(picture, (-centre, -centre), (0, 1))), np.complex64)
