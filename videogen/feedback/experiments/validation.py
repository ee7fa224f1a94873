"""Whether a change improved anything: the same videos before and after, never two means."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from videogen.errors import InputError, listed
from videogen.statistics.bootstrap import Interval, cluster_mean
from videogen.statistics.multiple import holm

LEAST_UNITS = 10
_LEVEL = 0.05
_MARGIN = 0.03
"""A guardrail may lose this share of its mean before."""
Units = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class MetricChange:
    """One metric before and after. interval: of the improvement (positive is better), over whole prompts.

    margin: None for a primary metric, which has to be better; else how much worse it may be.
    """

    metric: str
    before: float
    after: float
    interval: Interval
    margin: float | None
    p: float
    passed: bool


@dataclass(frozen=True)
class Validation:
    """improved: every primary metric is better and no guardrail is worse than its margin. worse: one is shown to be."""

    decision: Literal["improved", "not_shown", "worse"]
    metrics: tuple[MetricChange, ...]
    units: int
    why: str


def validate(
    before: Any,
    after: Any,
    *,
    primary: Collection[str] = ("score",),
    lower_is_better: Collection[str] = (),
    margins: Mapping[str, float] | None = None,
    prompts: Mapping[str, str] | None = None,
    seed: int = 0,
) -> Validation:
    """Compare metrics of the same units before and after a change.

    Args:
        before: unit → metric → value, or a data frame with one row a unit.
        primary: metrics that have to improve; p-values of several are adjusted by Holm.
        margins: guardrail → how much worse its mean may be; none: 3 % of its mean before.
        prompts: unit → prompt; units of one prompt are resampled together. None: each unit by itself.
        after: the same, after.
        lower_is_better: metrics of which less is better.
        seed: of the random numbers.

    Raises:
        InputError: bare means were given, the units differ, there are too few, or no primary metric is there.
    """
    ours, theirs = _units(after, "after"), _units(before, "before")
    missing = sorted(set(theirs) ^ set(ours))
    if missing:
        raise InputError(
            f"before and after are not of the same videos: {listed(missing, ', ')}",
            remedy="measure the same prompts and seeds with both",
        )
    units = sorted(ours)
    if len(units) < LEAST_UNITS:
        raise InputError(
            f"{len(units)} videos are too few", remedy=f"give at least {LEAST_UNITS}; some 100 find what matters"
        )
    names = sorted(set.intersection(*(set(theirs[unit]) & set(ours[unit]) for unit in units)))
    wanted = [name for name in primary if name in names]
    if not wanted:
        raise InputError(
            f"none of the primary metrics {', '.join(primary)} is in every row", remedy=f"choose of {', '.join(names)}"
        )
    clusters = [(prompts or {}).get(unit, unit) for unit in units]
    intervals: dict[str, Interval] = {}
    for name in names:
        sign = -1.0 if name in lower_is_better else 1.0
        gaps = [sign * (float(ours[unit][name]) - float(theirs[unit][name])) for unit in units]
        if not all(map(math.isfinite, gaps)):
            raise InputError(f"{name} is missing or not finite for a video", remedy="leave that metric out")
        intervals[name] = cluster_mean(gaps, clusters, seed=seed)
    adjusted = dict(zip(wanted, holm([intervals[name].p for name in wanted]), strict=True))
    changes = []
    for name in names:
        old = sum(float(theirs[unit][name]) for unit in units) / len(units)
        new = sum(float(ours[unit][name]) for unit in units) / len(units)
        interval = intervals[name]
        if name in adjusted:
            passed = adjusted[name] <= _LEVEL / 2 and interval.lower > 0.0
            changes.append(MetricChange(name, old, new, interval, None, adjusted[name], passed))
        else:
            margin = (margins or {}).get(name, _MARGIN * abs(old))
            changes.append(MetricChange(name, old, new, interval, margin, interval.p, interval.lower >= -margin))
    return _decided(changes, len(units))


def _decided(changes: list[MetricChange], units: int) -> Validation:
    worse = [one.metric for one in changes if one.interval.upper < (0.0 if one.margin is None else -one.margin)]
    open_ones = [one.metric for one in changes if not one.passed]
    if worse:
        return Validation("worse", tuple(changes), units, f"worse: {', '.join(worse)}")
    if open_ones:
        return Validation("not_shown", tuple(changes), units, f"not shown: {', '.join(open_ones)}")
    return Validation("improved", tuple(changes), units, "every primary metric is better, every guardrail holds")


def _units(metrics: Any, which: str) -> Units:
    table = metrics
    if hasattr(metrics, "to_dict") and hasattr(metrics, "index"):
        named = next((name for name in ("video_id", "prompt") if name in getattr(metrics, "columns", ())), None)
        frame = metrics.set_index(named) if named else metrics
        if not frame.index.is_unique:
            raise InputError(f"{which}: a unit has two rows", remedy="give one row a video")
        table = {str(unit): {str(k): v for k, v in row.items()} for unit, row in frame.to_dict("index").items()}
    if not isinstance(table, Mapping) or not table:
        raise InputError(f"{which}: no values are given", remedy="give unit → {metric: value}, or a data frame")
    if not all(isinstance(values, Mapping) for values in table.values()):
        raise InputError(
            f"{which}: give one value a video; from two means nothing follows",
            remedy='{"video or prompt": {"score": 0.8, …}, …}, the same units before and after',
        )
    return table
