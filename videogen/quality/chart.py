"""Geometry of the page's plots: a metric over time as SVG polylines, with its limit."""

from __future__ import annotations

from dataclasses import dataclass

from videogen.quality.report import MetricResult

WIDTH, HEIGHT, MARGIN = 340.0, 90.0, 6.0


@dataclass(frozen=True)
class Chart:
    """Everything in SVG user units, y downwards. lines: "x,y x,y …" per unbroken run; limit_y and the band where
    the metric fails (top, height) are None without a limit; low, high: the values at the bottom and the top."""

    lines: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    limit_y: float | None
    failing: tuple[float, float] | None
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
    return Chart(
        lines=tuple(" ".join(f"{x},{y}" for x, y in run) for run in _runs(places) if len(run) > 1),
        # Metrics taken from a few frames a second have gaps on both sides of every value.
        dots=tuple(run[0] for run in _runs(places) if len(run) == 1),
        limit_y=limit,
        failing=None if limit is None else _failing(limit, result.direction),
        low=low,
        high=high,
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


def _runs(places: list[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for place in places:
        if place is not None:
            runs[-1].append(place)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]
