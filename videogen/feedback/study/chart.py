"""The course of the ratings as a small picture."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from videogen.storage.warehouse import Warehouse

_DAYS = 60
_RATINGS = """
SELECT day, value, lower, upper FROM feedback_aggregates
WHERE measure = 'rating' AND value IS NOT NULL AND day >= ? AND day <= ? ORDER BY day
"""


def rating_chart(warehouse: Warehouse, day: date) -> bytes | None:
    """JPEG of the mean rating of the 60 days until `day`, with its interval; None: no day has one."""
    from matplotlib.figure import Figure

    end = datetime.combine(day, time(), UTC)
    rows = warehouse.query(_RATINGS, [end - timedelta(days=_DAYS), end])
    if not len(rows):
        return None
    figure = Figure(figsize=(6.4, 2.6), dpi=100, layout="constrained")
    axes = figure.subplots()
    days, values = rows["day"].tolist(), rows["value"].astype(float)
    axes.fill_between(days, rows["lower"].astype(float), rows["upper"].astype(float), alpha=0.2)
    axes.plot(days, values, marker="o")
    axes.set_ylim(1, 5)
    axes.set_ylabel("rating, 1 … 5")
    axes.grid(alpha=0.3)
    figure.autofmt_xdate()
    data = io.BytesIO()
    figure.savefig(data, format="jpeg")
    return data.getvalue()
