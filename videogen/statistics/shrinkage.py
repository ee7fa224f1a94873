"""Ratings without the raters' habits: a harsh rater's 3 and a kind rater's 5 may mean the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_ROUNDS = 20
_SMALL = 1e-4


@dataclass(frozen=True)
class Adjusted:
    """What remains of ratings after shrinkage.

    mean: over everything. items: item → adjusted rating. raters: rater → how much kinder (above 0) or harsher than
    the mean. errors: item → standard error of its adjusted rating.
    """

    mean: float
    items: dict[str, float]
    raters: dict[str, float]
    errors: dict[str, float]


def adjusted_ratings(
    items: Sequence[str], raters: Sequence[str], ratings: Sequence[float], *, step: float = 0.0
) -> Adjusted:
    """Two-way empirical-Bayes shrinkage: rating = mean + item + rater + noise.

    Variances come from the moments of the estimated effects and are found by iteration (EM for the two-way random
    effects model); an item or rater with few ratings is drawn to the mean.

    Args:
        items, raters, ratings: N each. A rating of an anonymous rater has a rater of its own.
        step: between two answers that can be given, as 1 for whole stars. Errors never fall below what rounding to it
            leaves, step²/12 a rating (Sheppard 1898): six raters who agree on a star do not agree on its hundredth.
    """
    if not len(ratings):
        return Adjusted(float("nan"), {}, {}, {})
    item_names, i = np.unique(np.asarray(items, object).astype(str), return_inverse=True)
    rater_names, r = np.unique(np.asarray(raters, object).astype(str), return_inverse=True)
    y = np.asarray(ratings, np.float64)
    n_items, n_raters = np.bincount(i), np.bincount(r)
    mean, a, b = float(y.mean()), np.zeros(len(item_names)), np.zeros(len(rater_names))
    total = max(float(y.var()), _SMALL)
    noise = of_items = of_raters = total / 3
    for _ in range(_ROUNDS):
        a_share = of_items / (of_items + noise / n_items)
        a = a_share * np.bincount(i, y - mean - b[r]) / n_items
        b_share = of_raters / (of_raters + noise / n_raters)
        b = b_share * np.bincount(r, y - mean - a[i]) / n_raters
        mean = float((y - a[i] - b[r]).mean())
        a_left, b_left = of_items * (1 - a_share), of_raters * (1 - b_share)
        residual = y - mean - a[i] - b[r]
        noise = max(float((residual**2).mean() + (a_left[i] + b_left[r]).mean()), _SMALL)
        of_items = max(float((a**2 + a_left).mean()), _SMALL)
        of_raters = max(float((b**2 + b_left).mean()), _SMALL)
    # Whether a lone rating is low by the video or by its rater cannot be told, so both count as noise here.
    single = max(noise + of_raters, step**2 / 12)
    errors = np.sqrt(1.0 / (n_items / single + 1.0 / of_items) + single / len(y))
    return Adjusted(
        mean,
        {name: float(mean + value) for name, value in zip(item_names, a, strict=True)},
        {name: float(value) for name, value in zip(rater_names, b, strict=True)},
        {name: float(value) for name, value in zip(item_names, errors, strict=True)},
    )
