"""Draws panels from the history."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Final

from videogen.monitoring.metrics.history import History
from videogen.monitoring.metrics.query import Query
from videogen.monitoring.panels.definitions import Line, Panel
from videogen.monitoring.panels.plots import Points, plot

_STEPS: Final = 120


def points_of(history: History, query: Query, start: float, end: float) -> dict[str, list[tuple[float, float]]]:
    """Answers to a query over time, by labels as text."""
    step = max((end - start) / _STEPS, 1.0)
    found: dict[str, list[tuple[float, float]]] = {}
    for moment in history.moments(start, end, step):
        for labels, value in query.answer(history, moment).items():
            if not math.isnan(value):
                found.setdefault(json.dumps(dict(labels)), []).append((moment, value))
    return found


def query_svg(
    title: str,
    query: Query,
    history: History,
    start: float,
    end: float,
    *,
    limit: float | None = None,
    marks: Sequence[float] = (),
    only: Mapping[str, str] | None = None,
    known: Points = (),
) -> str:
    """One query as SVG, with a limit and marked moments.

    Args:
        only: labels of the one answer to draw; none: all answers.
        known: further values of that answer, for moments that the history has not.
    """
    found = points_of(history, query, start, end)
    if only is not None:
        wanted = json.dumps(dict(only))
        own = next((points for labels, points in found.items() if json.loads(labels) == only), [])
        found = {wanted: sorted({**dict(known), **dict(own)}.items())}
    lines = [(", ".join(json.loads(labels).values()) or "value", points) for labels, points in found.items()]
    unit = "duration" if "_seconds" in query.metric and query.value in ("last", "age", "quantile") else "number"
    unit = "ratio" if query.over else "bytes" if query.metric.endswith("_bytes") else unit
    return plot(title, lines, unit=unit, start=start, end=end, limit=limit, marks=marks)


def panel_svg(panel: Panel, history: History, start: float, end: float) -> str:
    """A panel as SVG."""
    lines: list[tuple[str, Points]] = []
    for line in panel.lines:
        lines += [(_legend(line, text), points) for text, points in points_of(history, line.query, start, end).items()]
    return plot(panel.title, lines, unit=panel.unit, start=start, end=end, limit=panel.limit)


def _legend(line: Line, labels: str) -> str:
    text = line.legend
    for name, value in json.loads(labels).items():
        text = text.replace(f"{{{name}}}", value)
    return text
