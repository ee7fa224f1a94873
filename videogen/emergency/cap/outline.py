"""Whether the outline of an area crosses itself, found out in bounded time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from videogen.cards.geography import Point

MOST_POINTS = 50_000
"""Of all outlines of an alert together."""
_PAIRS_AT_ONCE = 1_000_000
_TESTS_AT_ONCE = 10_000
# Sides of real outlines lie near a few others; in one made to keep us busy, each lies near all of them.
_PAIRS_PER_SIDE = 100


def outline_problem(points: Sequence[Point]) -> tuple[str, str] | None:
    """Rule and message where a closed outline crosses itself or is too complex to tell; None where it is fine.

    An outline that touches itself in a point is fine. One that crosses the 180th meridian is looked at as a whole.
    """
    import numpy as np
    import shapely

    ends = np.asarray(unrolled(points))
    sides = shapely.linestrings(np.stack([ends[:-1], ends[1:]], axis=1))
    tree = shapely.STRtree(sides)
    step = max(1, _PAIRS_AT_ONCE // len(sides))
    near = 0
    for start in range(0, len(sides), step):
        first, second = tree.query(sides[start : start + step])
        first += start
        near += len(first)
        if near > _PAIRS_PER_SIDE * len(sides):
            return "polygon-too-complex", "its sides are too entangled for it to be an area"
        apart = second > first + 1  # each pair once; neighbours meet, but cannot cross
        first, second = first[apart], second[apart]
        likely = np.flatnonzero(_is_between(ends, first, second) & _is_between(ends, second, first))
        for block in np.array_split(likely, len(likely) // _TESTS_AT_ONCE + 1):
            crossing = block[shapely.crosses(sides[first[block]], sides[second[block]])]
            if not crossing.size:
                continue
            meeting = shapely.intersection(sides[first[crossing[0]]], sides[second[crossing[0]]])
            where = f"{meeting.y:.4f},{meeting.x:.4f}"
            return "polygon-crosses-itself", f"its outline crosses itself near {where}"
    return None


def _is_between(ends: Any, one: Any, other: Any) -> Any:
    """Whether the line through each side `one` may separate the two ends of the side `other`."""
    start, along = ends[one], ends[one + 1] - ends[one]
    sides = [
        along[:, 0] * (point[:, 1] - start[:, 1]) - along[:, 1] * (point[:, 0] - start[:, 0])
        for point in (ends[other], ends[other + 1])
    ]
    return sides[0] * sides[1] <= 1e-12


def unrolled(points: Sequence[Point]) -> list[tuple[float, float]]:
    """(longitude, latitude) without jumps at the 180th meridian: longitudes may go beyond 180."""
    outline = [(points[0].longitude, points[0].latitude)]
    for point in points[1:]:
        turns = round((point.longitude - outline[-1][0]) / 360.0)
        outline.append((point.longitude - 360.0 * turns, point.latitude))
    return outline
