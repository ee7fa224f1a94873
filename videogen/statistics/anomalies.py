"""Is a value unusual? Two methods that err in different ways; an anomaly is what both find."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, median

ROBUST = 1.4826
"""Makes the median absolute deviation of normal values their standard deviation."""
FEWEST = 20
"""Values below which nothing is called unusual."""
SMALLEST_SHARE = 0.01
"""The deviation is taken as at least this share of the level: values that never moved may move a little."""


def ewma_score(values: Sequence[float], value: float, *, weight: float = 0.2) -> float:
    """How many standard deviations `value` lies off the exponentially weighted mean of the values before it.

    Args:
        values: earlier values, oldest first.
        weight: of the newest value, 0 … 1 (Roberts 1959).

    Returns:
        0 where there are fewer than `FEWEST` values.
    """
    if len(values) < FEWEST:
        return 0.0
    mean = fmean(values[: FEWEST // 2])
    for earlier in values[FEWEST // 2 :]:
        mean += weight * (earlier - mean)
    centre = fmean(values)
    deviation = math.sqrt(fmean((earlier - centre) ** 2 for earlier in values))
    return (value - mean) / _at_least(deviation, centre)


def robust_score(values: Sequence[float], value: float) -> float:
    """How many robust standard deviations (median absolute deviation) `value` lies off the median.

    Returns:
        0 where there are fewer than `FEWEST` values.
    """
    if len(values) < FEWEST:
        return 0.0
    centre = median(values)
    return (value - centre) / _at_least(ROBUST * median(abs(earlier - centre) for earlier in values), centre)


def anomaly_score(values: Sequence[float], value: float) -> float:
    """The smaller of both scores; 0 where they disagree about the direction."""
    scores = (ewma_score(values, value), robust_score(values, value))
    if scores[0] * scores[1] <= 0:
        return 0.0
    return min(scores, key=abs)


def _at_least(deviation: float, level: float) -> float:
    return max(deviation, SMALLEST_SHARE * abs(level), 1e-12)
