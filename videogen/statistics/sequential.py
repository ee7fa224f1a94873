"""Tests that stay valid however often somebody looks: e-values, confidence sequences, the sample-ratio check.

An e-value is a bet against "no difference" that gains nothing on average where there is none (Ville's inequality: the
chance that it ever reaches 1/α is at most α). A confidence sequence covers the truth at all sample sizes at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]
WORTH_FINDING = 0.1
"""The departure from an even win share that the win test is tuned for; any other departure is found, too, but later."""
_TUNED = 0.7
_SPREAD = 2.0
_RATIO_STEP = 0.1
_RATIO_TUNED = 0.8
_GRID = np.arange(0.001, 1.0, 0.001)


@dataclass(frozen=True)
class Bounds:
    """An estimate with its confidence sequence at one sample size. lower, upper: infinite while n is too small."""

    estimate: float
    lower: float
    upper: float
    n: int

    @property
    def excludes_zero(self) -> bool:
        return self.lower > 0.0 or self.upper < 0.0


def log_win_evidence(wins: ArrayLike, n: ArrayLike, share: float = 0.5) -> Values:
    """Log e-value against "the win share is `share`" after `n` decided pairs; exact at every n.

    A mixture over alternatives: two at ± `WORTH_FINDING`, and a beta distribution around `share` for all others
    (Robbins 1970).

    Args:
        wins: pairs won; a tie counts one half.
        n: pairs, at least `wins`.
        share: 0 < share < 1.

    Returns:
        natural logarithms, same shape as `wins`.
    """
    from scipy.special import betaln, logsumexp, xlogy

    won, pairs = np.asarray(wins, np.float64), np.asarray(n, np.float64)
    lost = pairs - won
    null = xlogy(won, share) + xlogy(lost, 1.0 - share)
    a, b = _SPREAD * share, _SPREAD * (1.0 - share)
    spread = betaln(a + won, b + lost) - betaln(a, b) - null
    points = [max(share - WORTH_FINDING, share / 2), min(share + WORTH_FINDING, (1 + share) / 2)]
    tuned = [xlogy(won, point) + xlogy(lost, 1.0 - point) - null + math.log(_TUNED / 2) for point in points]
    return np.asarray(logsumexp([*tuned, spread + math.log(1.0 - _TUNED)], axis=0))


def win_share(wins: float, n: int, alpha: float = 0.05) -> Bounds:
    """The share of pairs won, with the confidence sequence that `log_win_evidence` gives when it is inverted."""
    if n == 0:
        return Bounds(math.nan, 0.0, 1.0, 0)
    kept = [share for share in _GRID if float(log_win_evidence(wins, n, float(share))) < math.log(1.0 / alpha)]
    estimate = wins / n
    return Bounds(estimate, min([*kept, estimate]), max([*kept, estimate]), n)


def mean_radius(n: ArrayLike, deviation: ArrayLike, alpha: float = 0.05, tuned_for: int = 100) -> Values:
    """Half the width of the asymptotic confidence sequence of a mean (Waudby-Smith et al., arXiv 2103.06476, eq. 14).

    Args:
        n: values so far, > 0.
        deviation: their standard deviation.
        tuned_for: sample size at which it is narrowest.
    """
    count, sigma = np.asarray(n, np.float64), np.asarray(deviation, np.float64)
    twice = -2.0 * math.log(alpha)
    rho = (twice + math.log(twice) + 1.0) / tuned_for
    inner = count * rho + 1.0
    return np.asarray(sigma * np.sqrt(2.0 * inner / (count**2 * rho) * np.log(np.sqrt(inner) / alpha)))


def mean_bounds(values: ArrayLike, alpha: float = 0.05, *, at_least: int = 30, span: float = 0.0) -> Bounds:
    """The mean of values that came one by one, e.g. paired differences.

    Args:
        at_least: below it nothing is said: the sequence holds from a first sample on that the normal law describes.
        span: one more value of that size is added to the variance: differences that were all zero so far are no proof
            that they always will be.
    """
    array = np.asarray(values, np.float64)
    n = len(array)
    if n < at_least:
        return Bounds(float(array.mean()) if n else math.nan, -math.inf, math.inf, n)
    mean = float(array.mean())
    deviation = math.sqrt((float(((array - mean) ** 2).sum()) + span**2) / (n - 1 if span == 0.0 else n))
    radius = float(mean_radius(n, deviation, alpha))
    return Bounds(mean, mean - radius, mean + radius, n)


def difference_bounds(treated: ArrayLike, control: ArrayLike, alpha: float = 0.05, *, at_least: int = 30) -> Bounds:
    """Mean of `treated` minus mean of `control`, of units that were drawn into one of the two at random.

    Args:
        at_least: values on each side below which nothing is said.
    """
    ours, theirs = np.asarray(treated, np.float64), np.asarray(control, np.float64)
    n = len(ours) + len(theirs)
    if min(len(ours), len(theirs)) < at_least:
        both = len(ours) > 0 and len(theirs) > 0
        return Bounds(float(ours.mean() - theirs.mean()) if both else math.nan, -math.inf, math.inf, n)
    difference = float(ours.mean() - theirs.mean())
    variance = n * (float(ours.var(ddof=1)) / len(ours) + float(theirs.var(ddof=1)) / len(theirs))
    radius = float(mean_radius(n, math.sqrt(variance), alpha, tuned_for=400))
    return Bounds(difference, difference - radius, difference + radius, n)


def weighted_bounds(
    outcomes: ArrayLike, in_treatment: ArrayLike, in_control: ArrayLike, propensity: ArrayLike, alpha: float = 0.05,
    *, at_least: int = 30,
) -> Bounds:  # fmt: skip
    """The same for a bandit, whose arms are drawn with chances that follow earlier outcomes.

    Each unit is weighted by the inverse of the chance it had (Horvitz–Thompson); the outcome is taken relative to the
    mean of the units before it, which was known when the arm was drawn, so that the weighted values stay a martingale.

    Args:
        outcomes: N, in the order of assignment; units of other arms count with weight 0.
        in_treatment, in_control: N truth values.
        propensity: N, the chance of the arm that was drawn, > 0.
    """
    y, t, c = np.asarray(outcomes, np.float64), np.asarray(in_treatment, bool), np.asarray(in_control, bool)
    p = np.asarray(propensity, np.float64)
    n = len(y)
    before = np.concatenate([[0.0], np.cumsum(y)[:-1]]) / np.maximum(np.arange(n), 1) if n else y
    if n:
        before[0] = 0.0
    values = (y - before) * (t.astype(float) - c.astype(float)) / p
    if min(int(t.sum()), int(c.sum())) < at_least:
        return Bounds(float(values.mean()) if n else math.nan, -math.inf, math.inf, n)
    estimate = float(values.mean())
    radius = float(mean_radius(n, float(values.std(ddof=1)), alpha, tuned_for=400))
    return Bounds(estimate, estimate - radius, estimate + radius, n)


def log_sample_ratio_evidence(counts: ArrayLike, shares: Sequence[float]) -> Values:
    """Log e-value against "units fall on the arms in these shares"; for a check after every unit.

    A mixture as in Lindon & Malek (arXiv 2011.03567), with most of its weight on one arm having 10 % too many or too
    few units, which is the smallest fault worth a halt.

    Args:
        counts: … × K units of each arm.
        shares: K, positive, in sum 1.
    """
    from scipy.special import gammaln, logsumexp

    n, p = np.asarray(counts, np.float64), np.asarray(shares, np.float64)
    p = p / p.sum()
    null = (n * np.log(p)).sum(-1)
    alternatives = [_tilted(p, arm, step) for arm in range(len(p)) for step in (_RATIO_STEP, -_RATIO_STEP)]
    tuned = [(n * np.log(q)).sum(-1) - null + math.log(_RATIO_TUNED / len(alternatives)) for q in alternatives]
    prior = 2.0 * p
    spread = (gammaln(prior + n) - gammaln(prior)).sum(-1) - gammaln(prior.sum() + n.sum(-1)) + gammaln(prior.sum())
    return np.asarray(logsumexp([*tuned, spread - null + math.log(1.0 - _RATIO_TUNED)], axis=0))


def _tilted(shares: Values, arm: int, step: float) -> Values:
    raised = shares.copy()
    raised[arm] = min(shares[arm] * (1.0 + step), (1.0 + shares[arm]) / 2)
    rest = shares.sum() - shares[arm]
    others = np.arange(len(shares)) != arm
    raised[others] = shares[others] * (1.0 - raised[arm]) / rest
    return raised


def sample_ratio_p(counts: ArrayLike, shares: Sequence[float]) -> float:
    """An upper bound of the p-value of the sample ratio, valid at every look. At most 0.001: halt the experiment."""
    return float(np.exp(np.minimum(0.0, -log_sample_ratio_evidence(counts, shares))))


def pairs_needed(effect: float, deviation: float, alpha: float = 0.05, most: int = 100_000) -> int:
    """Paired differences after which `mean_bounds` excludes zero, if the mean is `effect`; at most `most`."""
    low, high = 30, most
    while low < high:
        middle = (low + high) // 2
        if float(mean_radius(middle, deviation, alpha)) < abs(effect):
            high = middle
        else:
            low = middle + 1
    return low
