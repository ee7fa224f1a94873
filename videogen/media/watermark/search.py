"""Where the pattern lies in an observation: size of a cell in both directions and offset, found by its known cells.

For each pair of cell sizes the observation is folded into one tile, which is a product with two sparse matrices, and
compared with the known cells at all offsets at once (FFT).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from videogen.media.watermark.code import Soft
from videogen.media.watermark.observing import DETAIL, Observation
from videogen.media.watermark.pattern import TILE, Layout

_FINE = 2
_EDGE = TILE * _FINE
"""A folded tile has two samples to a cell."""
_SMALLEST, _LARGEST = 2.3, 6.6
_STEP = 0.007
"""Relative difference of the sizes that are tried: the pattern stays within a third of a cell up to the edges."""
_WIDEST_STRETCH = 0.36
"""Natural logarithm of the largest change of the aspect ratio that is looked for; 16 : 9 to 4 : 3 is 0.29."""

Folded = NDArray[np.float32]


@dataclass(frozen=True)
class Placement:
    """How the pattern lies in an observation. cell: (width, height) in its pixels; offset: of the tile, in cells.

    strength: of the known cells, in standard deviations of what chance gives.
    """

    cell: tuple[float, float]
    offset: tuple[float, float]
    mirrored: bool
    strength: float


class Search:
    """Looks for the pattern of one key."""

    def __init__(self, layout: Layout, observation: Observation) -> None:
        self._layout = layout
        self._seen = np.ascontiguousarray(observation, np.float32)

    def best(self, count: int = 6) -> list[Placement]:
        """The strongest placements, the best first, each at another size of the cell."""
        found = sorted(self._all(), key=lambda one: -one.strength)
        apart: list[Placement] = []
        for one in found:
            if all(_distance(one, other) > 4 * _STEP for other in apart):
                apart.append(one)
            if len(apart) == count:
                break
        return [self._refined(one) for one in apart]

    def soft(self, placement: Placement) -> Soft:
        """What the observation says of each code bit, if the pattern lies so."""
        folded = self._folded(placement)
        return self._layout.soft(_cells(folded))

    def _all(self) -> Iterator[Placement]:
        import scipy.fft

        height, width = self._seen.shape
        sizes = [_SMALLEST * math.exp(_STEP * i) for i in range(int(math.log(_LARGEST / _SMALLEST) / _STEP) + 1)]
        rows = np.stack([_folding(height, size) for size in sizes])
        for x in sizes:
            across = self._seen @ _folding(width, x).T
            band = [i for i, y in enumerate(sizes) if abs(math.log(y / x)) <= _WIDEST_STRETCH]
            folded = rows[band] @ across
            spectrum = scipy.fft.rfft2(folded)
            for mirrored, known in enumerate(self._known):
                surfaces = scipy.fft.irfft2(spectrum * known, s=(_EDGE, _EDGE)).reshape(len(band), -1)
                peaks = surfaces.argmax(axis=1)
                strengths = surfaces[np.arange(len(band)), peaks] / (surfaces.std(axis=1) + 1e-12)
                for y, peak, strength in zip(band, peaks, strengths, strict=True):
                    down, right = divmod(int(peak), _EDGE)
                    yield Placement((x, sizes[y]), (right / _FINE, down / _FINE), bool(mirrored), float(strength))

    @functools.cached_property
    def _known(self) -> tuple[NDArray[np.complex64], ...]:
        """The known cells as a conjugated spectrum, as they are and mirrored."""
        import scipy.fft

        known = self._layout.synchronisation
        spectra = []
        for tile in (known, known[:, ::-1]):
            fine = _spread(tile)
            spectra.append(np.conj(scipy.fft.rfft2(fine - fine.mean())).astype(np.complex64))
        return tuple(spectra)

    def _refined(self, placement: Placement) -> Placement:
        """The placement moved by small steps to where the known cells are strongest."""
        best = replace(placement, strength=self._strength(placement))
        for step in (0.5, 0.25, 0.125):
            moved = True
            while moved:
                moved = False
                for candidate in _neighbours(best, step):
                    strength = self._strength(candidate)
                    if strength > best.strength:
                        best, moved = replace(candidate, strength=strength), True
        return best

    def _strength(self, placement: Placement) -> float:
        cells = _cells(self._folded(placement))
        known = self._layout.synchronisation
        noise = float(np.sqrt((cells * cells).sum() * (known * known).sum() / cells.size))
        return float((cells * known).sum()) / (noise + 1e-12)

    def _folded(self, placement: Placement) -> Folded:
        """One tile, as if it began at its first cell."""
        height, width = self._seen.shape
        x, y = placement.offset
        across = _folding(width, placement.cell[0], x)
        down = _folding(height, placement.cell[1], y)
        folded: Folded = down @ self._seen @ across.T
        return folded[:, ::-1] if placement.mirrored else folded


def _folding(length: int, cell: float, offset: float = 0.0) -> NDArray[np.float32]:
    """The matrix (_EDGE × length) that sums pixels of a row into the samples of a tile, split between two of them."""
    place = ((np.arange(length) + 0.5) / cell - offset) * _FINE - 0.5
    first = np.floor(place).astype(np.intp)
    share = (place - first).astype(np.float32)
    matrix = np.zeros((_EDGE, length), np.float32)
    pixels = np.arange(length)
    matrix[first % _EDGE, pixels] += 1.0 - share
    matrix[(first + 1) % _EDGE, pixels] += share
    return matrix


@functools.cache
def _kernel() -> NDArray[np.complex64]:
    """Spectrum of what one cell, the first, looks like in a folded tile: a tent, less what the observation takes away."""
    import cv2
    import scipy.fft

    tent = np.array([0.25, 0.75, 0.75, 0.25], np.float32)
    centre = _EDGE // 2
    picture = np.zeros((_EDGE, _EDGE), np.float32)
    picture[centre - 1 : centre + 3, centre - 1 : centre + 3] = np.outer(tent, tent)
    picture -= cv2.GaussianBlur(picture, (0, 0), DETAIL * _FINE)
    spectrum: NDArray[np.complex64] = scipy.fft.rfft2(np.roll(picture, (-centre, -centre), (0, 1)))
    return spectrum


def _spread(tile: NDArray[np.float32]) -> Folded:
    """A tile of cells (TILE×TILE) as it looks when folded."""
    import scipy.fft

    impulses = np.zeros((_EDGE, _EDGE), np.float32)
    impulses[::_FINE, ::_FINE] = tile
    spread: Folded = scipy.fft.irfft2(scipy.fft.rfft2(impulses) * _kernel(), s=impulses.shape)
    return spread


def _cells(folded: Folded) -> NDArray[np.float32]:
    """How strongly each cell (TILE×TILE) is seen in a folded tile."""
    import scipy.fft

    matched = scipy.fft.irfft2(scipy.fft.rfft2(folded) * np.conj(_kernel()), s=folded.shape)
    cells: NDArray[np.float32] = matched[::_FINE, ::_FINE]
    return cells


def _distance(one: Placement, other: Placement) -> float:
    if one.mirrored != other.mirrored:
        return math.inf
    return max(abs(math.log(a / b)) for a, b in zip(one.cell, other.cell, strict=True))


def _neighbours(placement: Placement, step: float) -> Iterator[Placement]:
    """Placements beside this one. step: share of `_STEP` and of half a cell."""
    (x, y), (right, down) = placement.cell, placement.offset
    for sign in (-1.0, 1.0):
        by, to = math.exp(sign * step * _STEP), sign * step / _FINE
        yield replace(placement, offset=(right + to, down))
        yield replace(placement, offset=(right, down + to))
        yield replace(placement, cell=(x * by, y))
        yield replace(placement, cell=(x, y * by))
        yield replace(placement, cell=(x * by, y * by))
