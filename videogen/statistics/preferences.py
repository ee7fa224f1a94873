"""Which of several is better, from comparisons of two: Bradley–Terry with ties and with the advantage of a side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """One answer. result: 1 `first` won, 0 `second` won, ½ a tie; first_on_left: None where nobody noted it."""

    first: str
    second: str
    result: float
    rater: str = ""
    first_on_left: bool | None = None


@dataclass(frozen=True)
class Ranking:
    """strengths: log-odds against the mean of all; intervals: 95 %, raters resampled; left: that side's log-odds."""

    strengths: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    left: float
    n: int
    raters: int


def rank(comparisons: Sequence[Comparison], *, resamples: int = 200, ridge: float = 0.1, seed: int = 0) -> Ranking:
    """Fit by penalised maximum likelihood, so that things that never met a common rival get finite strengths.

    Args:
        ridge: weight of the squared strengths.
        resamples: bootstrap samples of raters; a rater's answers resemble each other.
    """
    names = sorted({name for one in comparisons for name in (one.first, one.second)})
    if not names:
        return Ranking({}, {}, 0.0, 0, 0)
    place = {name: index for index, name in enumerate(names)}
    rows = np.zeros((len(comparisons), len(names) + 1))
    for index, one in enumerate(comparisons):
        rows[index, place[one.first]] += 1.0
        rows[index, place[one.second]] -= 1.0
        if one.first_on_left is not None:
            rows[index, -1] = 1.0 if one.first_on_left else -1.0
    results = np.asarray([one.result for one in comparisons])
    raters, of = np.unique(np.asarray([one.rater or f"·{i}" for i, one in enumerate(comparisons)]), return_inverse=True)
    found = _fit(rows, results, np.ones(len(rows)), ridge)
    random = np.random.default_rng(seed)
    drawn = random.multinomial(len(raters), np.full(len(raters), 1 / len(raters)), size=resamples)
    samples = np.stack([_fit(rows, results, weights[of].astype(np.float64), ridge) for weights in drawn])
    low, high = np.quantile(samples, [0.025, 0.975], axis=0)
    return Ranking(
        {name: float(found[index]) for name, index in place.items()},
        {name: (float(low[index]), float(high[index])) for name, index in place.items()},
        float(found[-1]),
        len(comparisons),
        len(raters),
    )


def _fit(rows: Values, results: Values, weights: Values, ridge: float) -> Values:
    """Newton's method; strengths in sum 0, the last column is the side."""
    penalty = np.full(rows.shape[1], ridge)
    penalty[-1] = ridge / 10
    beta = np.zeros(rows.shape[1])
    for _ in range(30):
        p = 1.0 / (1.0 + np.exp(-rows @ beta))
        gradient = rows.T @ (weights * (results - p)) - penalty * beta
        hessian = (rows * (weights * p * (1 - p))[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if float(np.abs(step).max()) < 1e-8:
            break
    beta[:-1] -= beta[:-1].mean()
    return beta
