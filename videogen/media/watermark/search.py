"""Where the pattern lies in observations: size of a cell in both directions and offset, found by its known cells.

For each pair of cell sizes an observation is folded into one tile, which is a product with two sparse matrices, and
compared with the known cells at all offsets at once (FFT).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from videogen.media.watermark.code import Soft
from videogen.media.watermark.folding import EDGE, FINE, Folded, cells_of, folding, spread
from videogen.media.watermark.observing import Observation
from videogen.media.watermark.pattern import Layout

_SMALLEST, _LARGEST = 2.3, 6.6
_STEP = 0.007
"""Relative difference of the sizes that are tried: the pattern stays within a third of a cell up to the edges."""
_WEAKEST, _CHANCE = 4.8, 4.0
"""Standard deviations of the known cells below which a placement is not looked into, and what chance often gives."""
_TRIED = 4
_SINGLES = 2
"""Single frames that sizes are looked for in, where the sum of all does not show any."""


@dataclass(frozen=True)
class _Range:
    """Which sizes of cells are tried. step: relative; stretch: of the aspect ratio, natural logarithm."""

    step: float
    stretch: float

    @property
    def sizes(self) -> list[float]:
        """Edges of a cell in pixels of an observation."""
        return [_SMALLEST * math.exp(self.step * i) for i in range(int(math.log(_LARGEST / _SMALLEST) / self.step) + 1)]


_EVENLY = _Range(_STEP, 1.5 * _STEP)
_STRETCHED = _Range(2 * _STEP, 0.36)
"""Changes of the aspect ratio of more than 16 : 9 to 4 : 3 (0.29)."""


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
    """Looks for the pattern of one key in the observations of a video's frames."""

    def __init__(self, layout: Layout, seen: Sequence[Observation]) -> None:
        self._layout, self._frames = layout, seen
        self._all: Observation = np.sum(seen, axis=0, dtype=np.float32)

    def readings(self) -> Iterator[tuple[Placement, Soft]]:
        """What may be read, the likelier and cheaper first: placements, each with what it says of the code bits.

        First all frames together; then each where the picture's motion has carried the pattern (encoders predict
        frames from moved ones before); then all together in another aspect ratio.
        """
        for placement in (evenly := self._best(self._all, _EVENLY)):
            yield placement, self._layout.soft(cells_of(self._folded(self._all, placement)))
        for frame in self._frames[:: max(1, len(self._frames) // _SINGLES)][:_SINGLES]:
            evenly += self._best(frame, _EVENLY)
        for placement in evenly:
            yield self._tracked(placement)
        for placement in self._best(self._all, _STRETCHED):
            yield placement, self._layout.soft(cells_of(self._folded(self._all, placement)))

    def _best(self, seen: Observation, sizes: _Range) -> list[Placement]:
        """The strongest placements, the best first, each at another size of the cell."""
        strong = (one for one in self._placements(seen, sizes) if one.strength >= _WEAKEST)
        found = sorted(strong, key=lambda one: -one.strength)
        apart: list[Placement] = []
        for one in found:
            if all(_distance(one, other) > 4 * _STEP for other in apart):
                apart.append(one)
            if len(apart) == _TRIED:
                break
        return sorted((self._refined(seen, one) for one in apart), key=lambda one: -one.strength)

    def _placements(self, seen: Observation, tried: _Range) -> Iterator[Placement]:
        """For each pair of cell sizes the offset where the known cells are strongest."""
        import scipy.fft

        height, width = seen.shape
        sizes = tried.sizes
        rows = np.stack([folding(height, size) for size in sizes])
        for x in sizes:
            across = seen @ folding(width, x).T
            band = [i for i, y in enumerate(sizes) if abs(math.log(y / x)) <= tried.stretch]
            spectrum = scipy.fft.rfft2(rows[band] @ across)
            for mirrored in (False, True):
                right, down, strengths = self._peaks(spectrum, mirrored)
                for i, y in enumerate(band):
                    offset = (float(right[i]) / FINE, float(down[i]) / FINE)
                    yield Placement((x, sizes[y]), offset, mirrored, float(strengths[i]))

    def _peaks(
        self, spectrum: NDArray[np.complex64], mirrored: bool
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
        """Offsets (right, down, in samples) of folded tiles, given as spectra, and the strength there."""
        import scipy.fft

        surfaces = scipy.fft.irfft2(spectrum * self._known[mirrored], s=(EDGE, EDGE)).reshape(len(spectrum), -1)
        peaks = surfaces.argmax(axis=1)
        strengths = surfaces[np.arange(len(peaks)), peaks] / (surfaces.std(axis=1) + 1e-12)
        down, right = np.divmod(peaks, EDGE)
        return right, down, strengths

    @functools.cached_property
    def _known(self) -> tuple[NDArray[np.complex64], NDArray[np.complex64]]:
        """The known cells as a conjugated spectrum, as they are and mirrored."""
        import scipy.fft

        known = self._layout.synchronisation
        plain, mirrored = (np.conj(scipy.fft.rfft2(spread(tile))) for tile in (known, known[:, ::-1]))
        return plain.astype(np.complex64), mirrored.astype(np.complex64)

    def _tracked(self, placement: Placement) -> tuple[Placement, Soft]:
        """The placement with the offset looked for in each frame of its own, and what all frames then say."""
        import scipy.fft

        # The refined offset may lie between two samples: the fraction stays, whole samples are looked for.
        start = replace(placement, mirrored=False)
        folded = np.stack([self._folded(frame, start) for frame in self._frames])
        right, down, strengths = self._peaks(scipy.fft.rfft2(folded), placement.mirrored)
        total = np.zeros((EDGE, EDGE), np.float32)
        for tile, x, y, strength in zip(folded, right, down, strengths, strict=True):
            # Chance gives about four: what lies barely above it is likely to lie elsewhere.
            total += max(0.1, strength - _CHANCE) * np.roll(tile, (-int(y), -int(x)), (0, 1))
        if placement.mirrored:
            # A mirrored tile begins at its last cell.
            total = total[:, ::-1]
        cells = cells_of(total)
        return replace(placement, strength=self._strength_of(cells)), self._layout.soft(cells)

    def _refined(self, seen: Observation, placement: Placement) -> Placement:
        """The placement moved by small steps to where the known cells are strongest."""
        best = replace(placement, strength=self._strength(seen, placement))
        for step in (0.5, 0.25, 0.125):
            moved = True
            while moved:
                moved = False
                for candidate in _neighbours(best, step):
                    strength = self._strength(seen, candidate)
                    if strength > best.strength:
                        best, moved = replace(candidate, strength=strength), True
        return best

    def _strength(self, seen: Observation, placement: Placement) -> float:
        return self._strength_of(cells_of(self._folded(seen, placement)))

    def _strength_of(self, cells: NDArray[np.float32]) -> float:
        known = self._layout.synchronisation
        noise = float(np.sqrt((cells * cells).sum() * (known * known).sum() / cells.size))
        return float((cells * known).sum()) / (noise + 1e-12)

    def _folded(self, seen: Observation, placement: Placement) -> Folded:
        """One tile, as if it began at its first cell."""
        height, width = seen.shape
        across = folding(width, placement.cell[0], placement.offset[0])
        folded = folding(height, placement.cell[1], placement.offset[1]) @ seen @ across.T
        return np.asarray(folded[:, ::-1] if placement.mirrored else folded, np.float32)


def _distance(one: Placement, other: Placement) -> float:
    if one.mirrored != other.mirrored:
        return math.inf
    return max(abs(math.log(a / b)) for a, b in zip(one.cell, other.cell, strict=True))


def _neighbours(placement: Placement, step: float) -> Iterator[Placement]:
    """Placements beside this one. step: share of `_STEP` and of half a cell."""
    (x, y), (right, down) = placement.cell, placement.offset
    for sign in (-1.0, 1.0):
        by, to = math.exp(sign * step * _STEP), sign * step / FINE
        yield replace(placement, offset=(right + to, down))
        yield replace(placement, offset=(right, down + to))
        yield replace(placement, cell=(x * by, y))
        yield replace(placement, cell=(x, y * by))
        yield replace(placement, cell=(x * by, y * by))
