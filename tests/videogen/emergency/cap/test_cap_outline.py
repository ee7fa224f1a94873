"""Outlines that cross themselves are found, others are left alone, and hostile ones cost little."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from videogen.cards.geography import Point
from videogen.emergency.cap.outline import outline_problem


def ring(*pairs: tuple[float, float]) -> list[Point]:
    return [Point(*pair) for pair in (*pairs, pairs[0])]


def test_a_bow_tie_crosses_itself_in_the_middle() -> None:
    assert outline_problem(ring((0, 0), (2, 2), (2, 0), (0, 2))) == (
        "polygon-crosses-itself",
        "its outline crosses itself near 1.0000,1.0000",
    )


def test_touching_in_a_point_is_not_crossing() -> None:
    assert outline_problem(ring((0, 0), (0, 2), (1, 1), (2, 2), (2, 0), (1, 1))) is None


def test_a_square_over_the_180th_meridian_is_a_square() -> None:
    assert outline_problem(ring((10, 179), (10, -179), (12, -179), (12, 179))) is None
    assert outline_problem(ring((10, 179), (12, -179), (12, 179), (10, -179))) is not None


def _segments_cross(points: list[Point]) -> bool:
    """Independent of shapely: whether two sides that are no neighbours cross properly."""

    def side(a: Point, b: Point, c: Point) -> float:
        return float(np.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])))

    sides = list(pairwise(points))
    return any(
        side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
        for i, (a, b) in enumerate(sides)
        for c, d in sides[i + 1 :]
    )


@pytest.mark.fuzz("cap")
@settings(max_examples=examples(300), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=7, unique=True))
def test_crossings_are_those_that_two_sides_make(pairs: list[tuple[int, int]]) -> None:
    points = ring(*pairs)
    assert (outline_problem(points) is not None) == _segments_cross(points)


@settings(deadline=None)
@given(st.lists(st.floats(0.5, 10), min_size=4, max_size=30))
def test_an_outline_around_a_centre_never_crosses_itself(radii: list[float]) -> None:
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    assert (
        outline_problem(
            ring(*[(float(r * np.cos(a)), float(r * np.sin(a))) for r, a in zip(radii, angles, strict=True)])
        )
        is None
    )


def test_a_huge_polygon_is_looked_at_in_time() -> None:
    angles = np.linspace(0, 2 * np.pi, 50_000, endpoint=False)
    points = ring(*[(float(40 + np.cos(a)), float(6 + np.sin(a))) for a in angles])
    started = time.process_time()
    assert outline_problem(points) is None
    assert time.process_time() - started < 2.0


def test_outlines_made_to_keep_us_busy_are_refused_in_time() -> None:
    rows = np.arange(30_000)
    star = [Point(float(40 * np.sin(2.4 * row)), float(40 * np.cos(2.4 * row))) for row in rows]
    started = time.process_time()
    assert outline_problem([*star, star[0]]) is not None
    slanted = [Point(float(row % 2) * 80, float(row % 2) * 80 + float(row) * 1e-4) for row in rows]
    assert outline_problem([*slanted, Point(-1.0, 0.0), slanted[0]]) is not None
    assert time.process_time() - started < 3.0
