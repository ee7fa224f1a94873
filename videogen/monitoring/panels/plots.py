"""Plots as SVG: lines over time, a limit, and a legend. No scripts, no fonts, no other files."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from html import escape
from itertools import pairwise
from typing import Final

from videogen.monitoring.metrics.durations import shown

Points = Sequence[tuple[float, float]]
_Axis = Callable[[float], float]
_WIDTH, _HEIGHT = 460, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 30, 22
_LEGEND_LINE = 15
MOST_LINES: Final = 8
# Told apart by people with any colour vision (Okabe and Ito 2008).
_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A5C00", "#000000")


def plot(
    title: str,
    lines: Sequence[tuple[str, Points]],
    *,
    unit: str,
    start: float,
    end: float,
    limit: float | None = None,
    marks: Sequence[float] = (),
) -> str:
    """One plot.

    Args:
        lines: legend and points (seconds since the epoch, value), at most `MOST_LINES` are drawn, the highest ones.
            Two or more that are zero throughout are one line of the legend.
        unit: number, duration, ratio or bytes.
        start, end: of the axis of time.
        limit: drawn as a dashed line.
        marks: moments that are marked by a vertical line.
    """
    drawn = sorted(_zeros_together(lines), key=_peak, reverse=True)[:MOST_LINES]
    values = [value for _, points in drawn for _, value in points] + ([] if limit is None else [limit])
    low, high, step = _scale(values)
    height = _HEIGHT + _LEGEND_LINE * max(len(drawn), 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'role="img" font-family="sans-serif" font-size="11"><title>{escape(title)}</title>',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="8" y="18" font-size="13" font-weight="bold">{escape(title)}</text>',
    ]

    def x(at: float) -> float:
        return _LEFT + (at - start) / max(end - start, 1e-9) * (_WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - (value - low) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    for index in range(round((high - low) / step) + 1):
        value = low + index * step
        parts.append(
            f'<path d="M{_LEFT} {y(value):.1f}H{_WIDTH - _RIGHT}" stroke="#ddd"/>'
            f'<text x="{_LEFT - 4}" y="{y(value) + 4:.1f}" text-anchor="end" fill="#444">'
            f"{escape(shown(value, unit))}</text>"
        )
    for index in range(5):
        at = start + index * (end - start) / 4
        anchor = ("start", "middle", "middle", "middle", "end")[index]
        clock = datetime.fromtimestamp(at, UTC)
        parts.append(f'<text x="{x(at):.1f}" y="{_HEIGHT - 6}" text-anchor="{anchor}" fill="#444">{clock:%H:%M}</text>')
    parts += [
        f'<path d="M{x(at):.1f} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="#888" stroke-dasharray="2 3"/>' for at in marks
    ]
    if limit is not None:
        parts.append(
            f'<path d="M{_LEFT} {y(limit):.1f}H{_WIDTH - _RIGHT}" stroke="#b00" stroke-dasharray="6 4"/>'
            f'<text x="{_WIDTH - _RIGHT}" y="{y(limit) - 4:.1f}" text-anchor="end" fill="#b00">'
            f"limit {escape(shown(limit, unit))}</text>"
        )
    for index, (name, points) in enumerate(drawn):
        colour = _COLOURS[index]
        parts.append(_line(points, colour, x, y))
        top = _HEIGHT + _LEGEND_LINE * index
        last = escape(f"{name}: {shown(points[-1][1], unit)}")
        parts.append(
            f'<rect x="{_LEFT}" y="{top + 2}" width="10" height="10" fill="{colour}"/>'
            f'<text x="{_LEFT + 16}" y="{top + 11}">{last}</text>'
        )
    if not drawn:
        parts.append(
            f'<text x="{_WIDTH / 2}" y="{_HEIGHT / 2}" text-anchor="middle" fill="#666">nothing to show yet</text>'
        )
    return "".join([*parts, "</svg>"])


def _zeros_together(lines: Sequence[tuple[str, Points]]) -> list[tuple[str, Points]]:
    there = [(name, points) for name, points in lines if points]
    others = [(name, points) for name, points in there if any(value for _, value in points)]
    flat = [line for line in there if line not in others]
    if len(flat) < 2:
        return there
    name = f"{len(flat)} others" if others else f"each of {len(flat)}"
    return [*others, (name, max((points for _, points in flat), key=len))]


def _line(points: Points, colour: str, x: _Axis, y: _Axis) -> str:
    """A line with gaps where values are missing for more than three steps; a single point is a dot."""
    if len(points) == 1:
        return f'<circle cx="{x(points[0][0]):.1f}" cy="{y(points[0][1]):.1f}" r="2.5" fill="{colour}"/>'
    steps = sorted(after[0] - before[0] for before, after in pairwise(points))
    usual = steps[len(steps) // 2]
    path, last = [], -math.inf
    for at, value in points:
        path.append(f"{'L' if at - last <= 3 * usual else 'M'}{x(at):.1f} {y(value):.1f}")
        last = at
    return f'<path d="{"".join(path)}" fill="none" stroke="{colour}" stroke-width="1.6"/>'


def _peak(line: tuple[str, Points]) -> float:
    return max(value for _, value in line[1])


def _scale(values: Sequence[float]) -> tuple[float, float, float]:
    """Lowest and highest value of the axis, and the distance of its lines: 1, 2 or 5 times a power of ten."""
    low, high = min([*values, 0.0]), max([*values, 0.0])
    if -low < 0.01 * high:  # the age of what has just happened, by another clock
        low = 0.0
    if high - low < 1e-12:
        high = low + 1.0
    raw = (high - low) / 4
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.999)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step
