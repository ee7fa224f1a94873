"""What a parameter does to an outcome, where people chose the parameter and the subject together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
_FOLDS = 5
_AT_ONCE = 1000


@dataclass(frozen=True)
class Effect:
    """slope: of the outcome for one unit of the parameter; error: its standard error; p: two-sided; n: videos."""

    slope: float
    error: float
    p: float
    n: int


def adjusted_effect(
    outcome: Values,
    parameter: Values,
    context: Values,
    groups: Sequence[str],
    *,
    permutations: int = 9999,
    seed: int = 0,
) -> Effect:
    """Slope of outcome on parameter after the context was taken out of both.

    A partially linear model with cross-fitting (Chernozhukov et al. 2018, "double machine learning"). Whoever asks
    often stays in one fold, so that a habit cannot be learnt from one video and used on the next. The p-value comes
    from random signs of whole groups.

    Args:
        outcome, parameter: N.
        context: N×K, what may have moved both: the request, the time.
        groups: N, e.g. who asked.
    """
    names, group = np.unique(np.asarray(groups, object).astype(str), return_inverse=True)
    random = np.random.default_rng(seed)
    fold = random.permutation(len(names))[group] % _FOLDS
    y, x = _residual(outcome, context, fold, seed), _residual(parameter, context, fold, seed)
    spread = float(x @ x)
    if spread < 1e-12:
        return Effect(0.0, float("inf"), 1.0, len(y))
    slope = float(x @ y) / spread
    score = np.bincount(group, x * (y - slope * x))
    error = float(np.sqrt((score**2).sum())) / spread
    products = np.bincount(group, x * y)
    rarer = 0
    for start in range(0, permutations, _AT_ONCE):
        signs = random.integers(0, 2, size=(min(_AT_ONCE, permutations - start), len(products))) * 2.0 - 1.0
        rarer += int((np.abs(signs @ products) >= abs(float(products.sum())) - 1e-15).sum())
    return Effect(slope, error, (1 + rarer) / (permutations + 1), len(y))


def _residual(target: Values, context: Values, fold: NDArray[np.int64], seed: int) -> Values:
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.linear_model import Ridge

    left = np.empty(len(target))
    for number in range(_FOLDS):
        held = fold == number
        if not held.any():
            continue
        if held.all():
            left[held] = target[held] - target[held].mean()
            continue
        # Trees where there is enough to grow them, straight lines below.
        model = (
            HistGradientBoostingRegressor(max_iter=60, max_depth=3, min_samples_leaf=20, random_state=seed)
            if len(target) >= 300
            else Ridge(alpha=1.0)
        )
        model.fit(context[~held], target[~held])
        left[held] = target[held] - model.predict(context[held])
    return left


def shrunk(slopes: Sequence[float], errors: Sequence[float]) -> list[float]:
    """Slopes drawn to zero by how much of their spread is noise: the largest of many estimates is too large.

    Normal–normal empirical Bayes.
    """
    b, e = np.asarray(slopes, np.float64), np.asarray(errors, np.float64)
    known = np.isfinite(e)
    if not known.any():
        return [0.0] * len(b)
    between = max(0.0, float((b[known] ** 2).mean() - (e[known] ** 2).mean()))
    weight = np.where(known, between / (between + np.where(known, e, 1.0) ** 2 + 1e-300), 0.0)
    return [float(value) for value in b * weight]
