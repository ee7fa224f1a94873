"""A day's feedback as numbers, for the table `feedback_aggregates`; nothing of groups that are too small."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from videogen.statistics.sequential import win_share
from videogen.statistics.shrinkage import adjusted_ratings

if TYPE_CHECKING:
    import pandas as pd

_STARS = 4.0


@dataclass(frozen=True)
class Aggregate:
    """One number about a day. value None: fewer raters than `feedback.min_group`; n: events, 0 then."""

    measure: str
    value: float | None
    lower: float | None
    upper: float | None
    n: int
    note: str = ""


def aggregates_of(counted: pd.DataFrame, min_group: int) -> list[Aggregate]:
    """All numbers of a day.

    Args:
        counted: what `last_words` left of the day's events.
        min_group: raters below which a number would speak of single people.
    """
    if not len(counted):
        return []
    people = counted[counted["rater"] != "system"]
    found = [Aggregate("events", float(len(counted)), None, None, len(counted))]
    ratings = counted[counted["topic"] == "rating"]
    found += _ratings(ratings, min_group)
    decisions = counted[counted["topic"] == "decision"]
    found += _shares("approved", decisions["kind"] == "approved", decisions, min_group)
    watched = counted[counted["topic"] == "completion"]
    found += _mean("completion", watched, min_group)
    complaints = people[people["topic"].isin(("tag", "comment"))]
    for category, rows in complaints.groupby("category", observed=True):
        found += _count(f"category.{category}", rows, min_group)
    for kind in ("preference", "play", "skip", "download", "re_edit", "withdraw", "retry", "publish"):
        rows = counted[counted["topic"] == kind]
        if len(rows):
            by_system = bool((rows["rater"] == "system").all())
            found += _count(kind, rows, 0 if by_system else min_group)
    return found


def _ratings(rows: pd.DataFrame, min_group: int) -> list[Aggregate]:
    if not len(rows):
        return []
    if (small := _too_small("rating", rows, min_group)) is not None:
        return [small]
    values = [1.0 + _STARS * float(value) for value in rows["value"]]
    names = [f"{video}.{attempt}" for video, attempt in zip(rows["video_id"], rows["attempt"], strict=True)]
    adjusted = adjusted_ratings(names, list(rows["who"]), values)
    mean, spread = sum(values) / len(values), float(rows["value"].std(ddof=1)) * _STARS if len(values) > 1 else math.nan
    half = 1.96 * spread / math.sqrt(len(values)) if math.isfinite(spread) else None
    plain = Aggregate(
        "rating", mean, None if half is None else mean - half, None if half is None else mean + half, len(values)
    )
    fair = sum(adjusted.items.values()) / len(adjusted.items)
    return [
        plain,
        Aggregate("rating.adjusted", fair, None, None, len(adjusted.items), "mean of videos, raters' habits taken out"),
    ]


def _shares(measure: str, hits: pd.Series, rows: pd.DataFrame, min_group: int) -> list[Aggregate]:
    if not len(rows):
        return []
    if (small := _too_small(measure, rows, min_group)) is not None:
        return [small]
    bounds = win_share(float(hits.sum()), len(rows))
    return [Aggregate(measure, bounds.estimate, bounds.lower, bounds.upper, bounds.n)]


def _mean(measure: str, rows: pd.DataFrame, min_group: int) -> list[Aggregate]:
    if not len(rows):
        return []
    if (small := _too_small(measure, rows, min_group)) is not None:
        return [small]
    return [Aggregate(measure, float(rows["value"].astype(float).mean()), None, None, len(rows))]


def _count(measure: str, rows: pd.DataFrame, min_group: int) -> list[Aggregate]:
    small = _too_small(measure, rows, min_group)
    return [Aggregate(measure, float(len(rows)), None, None, len(rows)) if small is None else small]


def _too_small(measure: str, rows: pd.DataFrame, min_group: int) -> Aggregate | None:
    if rows["who"].nunique() >= min_group:
        return None
    return Aggregate(measure, None, None, None, 0, f"fewer than {min_group} raters")
