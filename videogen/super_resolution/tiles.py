"""Cuts images into equal windows whose enlarged versions fit together without seams."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Window:
    """Part of a picture. start, length: what the network sees; core: what is kept of it. (top, left) order."""

    start: tuple[int, int]
    length: tuple[int, int]
    core_start: tuple[int, int]
    core_stop: tuple[int, int]


def windows(height: int, width: int, tile: int | None, padding: int, multiple: int = 1) -> list[Window]:
    """Windows of one common size whose cores cover a height×width picture exactly once.

    Every core has `padding` pixels of context inside its window, or ends where the picture ends: windows at
    the border are moved inwards, not padded. A network whose receptive radius is at most `padding` therefore
    gives the same pixels as for the whole picture.

    Args:
        tile: longest edge of a core; None: one window, the whole picture.
        multiple: starts and lengths are multiples of this; height and width must be, too.
    """
    if tile is None:
        return [Window((0, 0), (height, width), (0, 0), (height, width))]
    rows, columns = (_spans(edge, tile, padding, multiple) for edge in (height, width))
    return [
        Window(
            (row.start, column.start),
            (row.length, column.length),
            (row.low, column.low),
            (row.high, column.high),
        )
        for row in rows
        for column in columns
    ]


@dataclass(frozen=True)
class _Span:
    start: int
    length: int
    low: int
    high: int


def _spans(edge: int, tile: int, padding: int, multiple: int) -> list[_Span]:
    count = math.ceil(edge / max(tile, multiple))
    units = edge // multiple
    bounds = [round(units * number / count) * multiple for number in range(count + 1)]
    longest = max(high - low for low, high in pairwise(bounds))
    margin = math.ceil(padding / multiple) * multiple
    length = min(edge, longest + 2 * margin)
    return [_Span(min(max(low - margin, 0), edge - length), length, low, high) for low, high in pairwise(bounds)]


def ramp(window: Window, height: int, width: int) -> tuple[list[float], list[float]]:
    """Weights of a window's rows and columns for blending with its neighbours.

    1 inside, falling linearly to nearly 0 towards borders that have a neighbour, so that a network with an
    unbounded view leaves no visible seam.
    """
    edges = (height, width)
    rows, columns = (
        _weights(
            window.start[axis],
            window.length[axis],
            window.core_start[axis],
            window.core_stop[axis],
            edges[axis],
        )
        for axis in (0, 1)
    )
    return rows, columns


def _weights(start: int, length: int, low: int, high: int, edge: int) -> list[float]:
    before, after = low - start, start + length - high
    weights = [1.0] * length
    # The ramp reaches as far into the core as it has context outside of it: neighbours mirror each other.
    for place in range(length):
        from_start, from_end = place + 0.5, length - place - 0.5
        if start > 0 and before:
            weights[place] = min(weights[place], from_start / (2 * before))
        if start + length < edge and after:
            weights[place] = min(weights[place], from_end / (2 * after))
    return weights
