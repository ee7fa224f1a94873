"""Is a daily number moving, and did it break on a day? Weekdays are compared with themselves only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_WEEK = 7
_RESAMPLES = 500
_PERMUTATIONS = 999


@dataclass(frozen=True)
class Movement:
    """A trend. slope: a day, median of all slopes within weekdays; p: two-sided; n: days with a value."""

    slope: float
    p: float
    n: int


@dataclass(frozen=True)
class Break:
    """A step between two days. index: first day of the new level; change: new mean minus old one."""

    index: int
    change: float
    p: float


def seasonal_trend(values: Sequence[float | None], *, season: int = _WEEK, seed: int = 0) -> Movement:
    """Seasonal Kendall test (Hirsch & Slack 1984) with Theil–Sen slopes inside the seasons.

    Below twelve weeks the normal law is too optimistic about days that resemble their neighbours, so the p-value comes
    from shuffled blocks of one season there.

    Args:
        values: one a day; None or NaN where the day has none.
    """
    y = np.asarray([math.nan if value is None else value for value in values], np.float64)
    n = int(np.isfinite(y).sum())
    if n < 2 * season:
        return Movement(math.nan, 1.0, n)
    statistic, variance, slopes = _kendall(y, season)
    slope = float(np.median(slopes)) if len(slopes) else 0.0
    if variance == 0.0:
        return Movement(slope, 1.0, n)
    if len(y) >= 12 * season:
        z = (abs(statistic) - 1.0) / math.sqrt(variance) if abs(statistic) > 1 else 0.0
        return Movement(slope, math.erfc(z / math.sqrt(2.0)), n)
    random = np.random.default_rng(seed)
    weeks = [y[start : start + season] for start in range(0, len(y) - season + 1, season)]
    ours = abs(_kendall(np.concatenate(weeks), season)[0])
    shuffled = [
        abs(_kendall(np.concatenate([weeks[k] for k in random.permutation(len(weeks))]), season)[0])
        for _ in range(_RESAMPLES)
    ]
    return Movement(slope, (1 + sum(value >= ours for value in shuffled)) / (_RESAMPLES + 1), n)


def _kendall(y: NDArray[np.float64], season: int) -> tuple[float, float, list[float]]:
    """S, its variance with ties, and all slopes."""
    statistic, variance = 0.0, 0.0
    slopes: list[float] = []
    for phase in range(season):
        days = np.arange(phase, len(y), season)
        x = y[days]
        known = np.isfinite(x)
        x, days = x[known], days[known]
        m = len(x)
        if m < 2:
            continue
        i, j = np.triu_indices(m, 1)
        steps = x[j] - x[i]
        statistic += float(np.sign(steps).sum())
        ties = np.unique(x, return_counts=True)[1].astype(np.float64)
        variance += (m * (m - 1) * (2 * m + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18.0
        slopes += list(steps / (days[j] - days[i]))
    return statistic, variance, slopes


def find_break(values: Sequence[float | None], *, at_least: int = 5, seed: int = 0) -> Break | None:
    """The day on which the level changed most, if that is more than shuffled days would show.

    The statistic is the largest standardised difference of means over all days (Sen & Srivastava 1975); its p-value
    comes from permutations of the days after each weekday's own mean was taken off. They count as exchangeable.

    Args:
        at_least: days with a value on each side.

    Returns:
        None: too few days, or no break with p ≤ 0.01.
    """
    y = np.asarray([math.nan if value is None else value for value in values], np.float64)
    places = np.flatnonzero(np.isfinite(y))
    if len(places) < 2 * at_least:
        return None
    x = y[places]
    if len(x) >= 3 * _WEEK:
        for phase in range(_WEEK):
            same = places % _WEEK == phase
            if same.any():
                x = np.where(same, x - np.median(x[same]) + np.median(y[places]), x)
    statistic, split = _largest_step(x, at_least)
    random = np.random.default_rng(seed)
    rarer = sum(_largest_step(random.permutation(x), at_least)[0] >= statistic for _ in range(_PERMUTATIONS))
    p = (1 + rarer) / (_PERMUTATIONS + 1)
    if p > 0.01:
        return None
    return Break(int(places[split]), float(x[split:].mean() - x[:split].mean()), p)


def _largest_step(x: NDArray[np.float64], at_least: int) -> tuple[float, int]:
    n = len(x)
    splits = np.arange(at_least, n - at_least + 1)
    sums = np.cumsum(x)
    left = sums[splits - 1] / splits
    right = (sums[-1] - sums[splits - 1]) / (n - splits)
    size = np.abs(left - right) * np.sqrt(splits * (n - splits) / n)
    best = int(np.argmax(size))
    return float(size[best]), int(splits[best])
