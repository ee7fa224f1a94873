"""Intervals from resampling whole clusters: two videos of one prompt are no two independent witnesses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Interval:
    """An estimate and its interval; p: one-sided, that the truth is at most zero."""

    estimate: float
    lower: float
    upper: float
    p: float
    n: int


def cluster_mean(
    values: Sequence[float], clusters: Sequence[str], *, level: float = 0.95, resamples: int = 10_000, seed: int = 0
) -> Interval:
    """Mean with its BCa interval (Efron 1987), clusters drawn with replacement.

    Args:
        values: N, e.g. paired differences.
        clusters: N, e.g. the prompt of each.
        level: of the two-sided interval.
    """
    from scipy.stats import norm

    y = np.asarray(values, np.float64)
    _, place = np.unique(np.asarray(clusters, object).astype(str), return_inverse=True)
    sums, sizes = np.bincount(place, y), np.bincount(place).astype(np.float64)
    k, estimate = len(sums), float(y.mean())
    if k < 2:
        return Interval(estimate, -np.inf, np.inf, 1.0, k)
    random = np.random.default_rng(seed)
    drawn = random.multinomial(k, np.full(k, 1.0 / k), size=resamples)
    means = (drawn @ sums) / (drawn @ sizes)
    if np.ptp(means) == 0.0:
        return Interval(estimate, estimate, estimate, float(estimate <= 0.0), k)
    below = float(np.clip((means < estimate).mean() + 0.5 * (means == estimate).mean(), 1e-6, 1 - 1e-6))
    bias = norm.ppf(below)
    left_out = (sums.sum() - sums) / (sizes.sum() - sizes)
    spread = left_out.mean() - left_out
    scale = float((spread**2).sum() ** 1.5)
    acceleration = float((spread**3).sum()) / (6.0 * scale) if scale > 0 else 0.0

    def quantile(share: float) -> float:
        z = bias + norm.ppf(share)
        return float(np.quantile(means, norm.cdf(bias + z / (1.0 - acceleration * z))))

    tail = (1.0 - level) / 2.0
    p = (1.0 + float((means <= 0.0).sum())) / (resamples + 1.0)
    return Interval(estimate, quantile(tail), quantile(1.0 - tail), p, k)
