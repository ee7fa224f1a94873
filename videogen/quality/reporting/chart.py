"""Geometry of the page's plots: a metric over time as SVG polylines, with its limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from statistics import median

from videogen.quality.reporting.report import MetricResult

WIDTH, HEIGHT, MARGIN = 340.0, 90.0, 6.0


@dataclass(frozen=True)
class Chart:
    """What a chart consists of, in SVG user units, y downwards.

    lines: "x,y x,y …" per unbroken run; limit_y and the band where the metric fails (top, height) are None without a
    limit; worst: the point of the worst value; low, high: the lowest and the highest value; seconds: what the width
    stands for.
    """

    lines: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    limit_y: float | None
    failing: tuple[float, float] | None
    worst: tuple[float, float]
    low: float
    high: float
    seconds: float


def chart(result: MetricResult, window_seconds: float) -> Chart | None:
    """The chart of one metric; None where there is nothing to draw."""
    known = [value for value in result.series if value is not None]
    if not known:
        return None
    low, high = _range(known, result.threshold)
    places = [
        None if value is None else (round(_x(index, len(result.series)), 2), round(_y(value, low, high), 2))
        for index, value in enumerate(result.series)
    ]
    limit = None if result.threshold is None else round(_y(result.threshold, low, high), 2)
    runs = _runs(places, _stride(result.series))
    lowest = min(known) if result.direction != "at most" else max(known)
    worst = places[result.series.index(lowest)]
    assert worst is not None
    return Chart(
        lines=tuple(" ".join(f"{x},{y}" for x, y in run) for run in runs if len(run) > 1),
        dots=tuple(run[0] for run in runs if len(run) == 1),
        limit_y=limit,
        failing=None if limit is None else _failing(limit, result.direction),
        worst=worst,
        low=min(known),
        high=max(known),
        seconds=window_seconds * len(result.series),
    )


def _range(values: list[float], threshold: float | None) -> tuple[float, float]:
    shown = [*values, *([] if threshold is None else [threshold])]
    low, high = min(shown), max(shown)
    spare = (high - low) * 0.1 or abs(high) * 0.1 or 1.0
    # No room below zero for what cannot be negative.
    return (max(0.0, low - spare) if low >= 0 else low - spare), high + spare


def _x(index: int, count: int) -> float:
    return MARGIN + (WIDTH - 2 * MARGIN) * (index + 0.5) / count


def _y(value: float, low: float, high: float) -> float:
    return MARGIN + (HEIGHT - 2 * MARGIN) * (high - value) / (high - low)


def _failing(limit: float, direction: str | None) -> tuple[float, float]:
    return (limit, HEIGHT - limit) if direction == "at least" else (0.0, limit)


def _stride(series: Sequence[float | None]) -> int:
    """How far apart two values may lie and still belong together.

    Metrics taken from a few frames a second have gaps on both sides of every value.
    """
    known = [index for index, value in enumerate(series) if value is not None]
    if len(known) < 2 or len(known) > 0.6 * len(series):
        return 1
    return ceil(1.5 * median(later - index for index, later in pairwise(known)))


def _runs(places: list[tuple[float, float] | None], stride: int) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = []
    before = -stride - 1
    for index, place in enumerate(places):
        if place is None:
            continue
        if index - before > stride:
            runs.append([])
        runs[-1].append(place)
        before = index
    return runs
