"""Looking often does not make false findings, and real differences are found."""

from __future__ import annotations

import math

import numpy as np
import pytest

from videogen.statistics.sequential import (
    difference_bounds,
    log_sample_ratio_evidence,
    log_win_evidence,
    mean_bounds,
    mean_radius,
    pairs_needed,
    sample_ratio_p,
    weighted_bounds,
    win_share,
)

RANDOM = np.random.default_rng(20261130)
LIMIT = math.log(20)


def test_the_win_test_is_a_fair_bet_where_there_is_no_difference() -> None:
    """The mean of an e-value is 1 at every n: summed over all outcomes with their chances."""
    from scipy.stats import binom

    for n in (1, 7, 40):
        wins = np.arange(n + 1)
        mean = float((binom.pmf(wins, n, 0.5) * np.exp(log_win_evidence(wins, np.full(n + 1, n)))).sum())
        assert mean == pytest.approx(1.0, abs=1e-9)


def test_looking_at_wins_after_every_pair_rarely_finds_what_is_not_there() -> None:
    wins = (RANDOM.random((1000, 300)) < 0.5).cumsum(1)
    n = np.broadcast_to(np.arange(1, 301), wins.shape)
    assert (log_win_evidence(wins, n) >= LIMIT).any(1).mean() <= 0.05


def test_a_win_share_of_six_in_ten_is_found_within_two_hundred_pairs() -> None:
    wins = (RANDOM.random((400, 400)) < 0.6).cumsum(1)
    found = log_win_evidence(wins, np.broadcast_to(np.arange(1, 401), wins.shape)) >= LIMIT
    first = np.where(found.any(1), found.argmax(1) + 1, 10**6)
    assert np.median(first) <= 200


def test_the_interval_of_the_win_share_and_the_test_agree() -> None:
    for wins, n in ((61, 100), (70, 100), (50, 100), (3, 3)):
        bounds = win_share(wins, n)
        assert (bounds.lower > 0.5 or bounds.upper < 0.5) == (float(log_win_evidence(wins, n)) >= LIMIT)
        assert bounds.lower <= wins / n <= bounds.upper


def test_the_radius_is_that_of_the_paper() -> None:
    """Waudby-Smith et al., arXiv 2103.06476: written out for n = 50, sigma = 2, tuned for 100."""
    rho = (-2 * math.log(0.05) + math.log(-2 * math.log(0.05)) + 1) / 100
    expected = 2 * math.sqrt(2 * (50 * rho + 1) / (50**2 * rho) * math.log(math.sqrt(50 * rho + 1) / 0.05))
    assert float(mean_radius(50, 2.0)) == pytest.approx(expected)


def test_nothing_is_said_of_few_values_and_never_of_values_that_are_all_zero() -> None:
    assert mean_bounds([0.5] * 29).lower == -math.inf
    assert not mean_bounds(np.zeros(100), span=1.0).excludes_zero
    assert 0.02 < mean_bounds(np.zeros(100), span=1.0).upper < 0.04
    assert 0.005 < mean_bounds(np.zeros(400), span=1.0).upper < 0.01


def test_a_difference_of_two_groups_covers_the_truth() -> None:
    missed = 0
    for _ in range(300):
        bounds = difference_bounds(RANDOM.normal(0.3, 1, 200), RANDOM.normal(0.0, 1, 150))
        missed += not bounds.lower <= 0.3 <= bounds.upper
    assert missed <= 6
    assert difference_bounds([1.0] * 10, [0.0] * 500).upper == math.inf


def test_a_bandits_chances_do_not_bias_its_estimate() -> None:
    estimates = []
    for _ in range(200):
        share = RANDOM.uniform(0.1, 0.9, 400)
        treated = RANDOM.random(400) < share
        outcome = (RANDOM.random(400) < np.where(treated, 0.6, 0.5)).astype(float)
        chance = np.where(treated, share, 1 - share)
        estimates.append(weighted_bounds(outcome, treated, ~treated, chance).estimate)
    assert np.mean(estimates) == pytest.approx(0.1, abs=0.03)


def test_the_ratio_test_is_a_fair_bet_where_the_ratio_is_right() -> None:
    from scipy.stats import binom

    n, first = 60, np.arange(61)
    evidence = log_sample_ratio_evidence(np.stack([first, n - first], -1), (0.3, 0.7))
    assert float((binom.pmf(first, n, 0.3) * np.exp(evidence)).sum()) == pytest.approx(1.0, abs=1e-9)


def test_a_wrong_ratio_is_found_and_a_right_one_is_left_alone() -> None:
    def looks(share: float, tests: int) -> np.ndarray:
        treated = (RANDOM.random((tests, 3000)) < share).cumsum(1)
        n = np.arange(1, 3001)
        return log_sample_ratio_evidence(np.stack([treated, n - treated], -1), (0.5, 0.5)) >= math.log(1000)

    found = looks(0.45, 200)
    assert np.median(np.where(found.any(1), found.argmax(1), 10**6)) <= 1500
    assert sample_ratio_p([100, 10], (0.9, 0.1)) == 1.0
    assert sample_ratio_p([100, 100, 10], (1 / 3, 1 / 3, 1 / 3)) < 0.001


def test_the_planned_number_of_pairs_is_where_the_interval_leaves_zero() -> None:
    n = pairs_needed(0.028, 0.1)
    assert float(mean_radius(n, 0.1)) < 0.028 <= float(mean_radius(n - 1, 0.1))
