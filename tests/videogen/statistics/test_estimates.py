"""Shrinkage, trends, comparisons, effects and intervals recover what was put in."""

from __future__ import annotations

import numpy as np
import pytest

from videogen.statistics.bootstrap import cluster_mean
from videogen.statistics.effects import adjusted_effect, shrunk
from videogen.statistics.multiple import benjamini_hochberg, holm
from videogen.statistics.preferences import Comparison, rank
from videogen.statistics.shrinkage import adjusted_ratings
from videogen.statistics.trends import find_break, seasonal_trend

WEEK = (0.0, 0.0, 0.0, 0.0, 0.3, 1.0, 0.8)


def test_a_harsh_raters_habit_is_taken_out() -> None:
    """The better video is rated by harsh people only: its plain mean is lower, its adjusted one higher."""
    random = np.random.default_rng(1)
    items, raters, ratings = [], [], []
    for video, quality in (("good", 4.0), ("bad", 3.2), *((f"v{n}", 3.5) for n in range(20))):
        for rater in range(12):
            harsh = rater < 6
            if (video == "good" and not harsh) or (video == "bad" and harsh):
                continue
            items.append(video)
            raters.append(f"r{rater}")
            ratings.append(quality + (-1.2 if harsh else 0.8) + random.normal(0, 0.3))
    means = {
        video: np.mean([r for i, r in zip(items, ratings, strict=True) if i == video]) for video in ("good", "bad")
    }
    found = adjusted_ratings(items, raters, ratings)
    assert means["good"] < means["bad"]
    assert found.items["good"] > found.items["bad"]
    assert found.raters["r0"] < -0.5 < 0.3 < found.raters["r11"]


def test_few_ratings_are_drawn_to_the_mean() -> None:
    items = ["one", *(f"v{n}" for n in range(30) for _ in range(5))]
    ratings = [5.0, *(3.0 + (k % 5 - 2) * 0.5 for k in range(150))]
    found = adjusted_ratings(items, [f"r{n}" for n in range(len(items))], ratings)
    assert found.items["one"] < 4.0
    assert found.errors["one"] >= found.errors["v1"]


def test_raters_who_agree_on_a_star_do_not_agree_on_its_hundredth() -> None:
    found = adjusted_ratings(["one"] * 6, [f"r{n}" for n in range(6)], [2.0] * 6, step=1.0)
    assert found.items["one"] == pytest.approx(2.0)
    assert found.errors["one"] == pytest.approx((1 / 12 / 6) ** 0.5, rel=0.01), "the error of a mean of rounded answers"


def test_the_error_of_a_video_holds_for_new_simulations() -> None:
    random = np.random.default_rng(5)
    inside = total = 0
    for _ in range(60):
        truth = random.normal(3.4, 0.5, 12)
        habits = random.normal(0, 0.5, 20)
        pairs = [(i, r) for i in range(12) for r in range(20) if random.random() < 0.5]
        stars = [float(np.clip(round(truth[i] + habits[r] + random.normal(0, 0.5)), 1, 5)) for i, r in pairs]
        found = adjusted_ratings([f"v{i}" for i, _ in pairs], [f"r{r}" for _, r in pairs], stars, step=1.0)
        hits = [abs(found.items[f"v{i}"] - truth[i]) <= 1.96 * found.errors[f"v{i}"] for i in range(12)]
        inside, total = inside + sum(hits), total + 12
    assert inside / total >= 0.95 - 3 * (0.95 * 0.05 / total) ** 0.5, "three standard errors of the share below 95 %"


def test_a_weekly_rhythm_is_not_a_trend() -> None:
    random = np.random.default_rng(2)
    found = [seasonal_trend([WEEK[d % 7] + random.normal(0, 0.2) for d in range(35)]).p <= 0.05 for _ in range(15)]
    assert sum(found) <= 3
    rising = seasonal_trend([WEEK[d % 7] + 0.02 * d + random.normal(0, 0.1) for d in range(56)])
    assert rising.p <= 0.01
    assert rising.slope == pytest.approx(0.02, abs=0.004)
    long = seasonal_trend([WEEK[d % 7] - 0.01 * d + random.normal(0, 0.1) for d in range(100)])
    assert long.p < 1e-6
    assert long.slope == pytest.approx(-0.01, abs=0.002)
    assert seasonal_trend([1.0, None, 2.0]).p == 1.0


def test_a_break_is_found_on_its_day() -> None:
    random = np.random.default_rng(3)
    values = [WEEK[d % 7] + (1.0 if d >= 30 else 0.0) + random.normal(0, 0.2) for d in range(56)]
    found = find_break(values)
    assert found is not None
    assert abs(found.index - 30) <= 1
    assert found.change == pytest.approx(1.0, abs=0.2)
    flat = [find_break([WEEK[d % 7] + random.normal(0, 0.2) for d in range(42)]) for _ in range(20)]
    assert sum(one is not None for one in flat) <= 1
    assert find_break([1.0] * 6) is None


def test_comparisons_are_corrected_for_the_side() -> None:
    """Equal videos, of which the first is always on the left, and people like the left."""
    random = np.random.default_rng(4)
    answers = []
    for n in range(600):
        left = n % 3 != 0
        chance = 1 / (1 + np.exp(-(0.8 if left else -0.8)))
        answers.append(Comparison("a", "b", float(random.random() < chance), f"r{n % 20}", left))
    found = rank(answers, resamples=50)
    assert found.left == pytest.approx(0.8, abs=0.25)
    assert abs(found.strengths["a"]) < 0.15
    low, high = found.intervals["a"]
    assert low < found.strengths["a"] < high


def test_the_stronger_one_ranks_first_and_lone_ones_stay_finite() -> None:
    answers = [Comparison("a", "b", 1.0, f"r{n % 10}") for n in range(40)] + [
        Comparison("b", "c", 1.0, f"r{n % 10}") for n in range(40)
    ]
    answers += [Comparison("a", "b", 0.5, "r1"), Comparison("x", "y", 1.0, "r2")]
    found = rank(answers, resamples=20)
    assert found.strengths["a"] > found.strengths["b"] > found.strengths["c"]
    assert all(np.isfinite(list(found.strengths.values())))
    assert rank([]).n == 0


def test_an_effect_of_the_request_is_not_taken_for_one_of_the_parameter() -> None:
    random = np.random.default_rng(5)
    difficulty = random.normal(size=250)
    steps = difficulty + random.normal(0, 0.5, 250)
    groups = [f"g{n % 60}" for n in range(250)]
    confounded = adjusted_effect(-difficulty + random.normal(0, 0.3, 250), steps, difficulty[:, None], groups)
    assert confounded.p > 0.05
    assert np.corrcoef(-difficulty, steps)[0, 1] < -0.8
    real = adjusted_effect(0.5 * steps - difficulty + random.normal(0, 0.3, 250), steps, difficulty[:, None], groups)
    assert real.p <= 0.01
    assert real.slope == pytest.approx(0.5, abs=0.15)


def test_the_largest_of_many_noisy_slopes_is_shrunk() -> None:
    random = np.random.default_rng(6)
    errors = [0.1] * 50
    noise = list(random.normal(0, 0.1, 50))
    assert max(map(abs, shrunk(noise, errors))) < 0.5 * max(map(abs, noise))
    assert shrunk([3.0, -3.0], [0.01, 0.01]) == pytest.approx([3.0, -3.0], rel=1e-3)


def test_adjustments_of_p_values_are_the_textbooks() -> None:
    p = [0.01, 0.04, 0.03, 0.5]
    assert benjamini_hochberg(p) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])
    assert holm(p) == pytest.approx([0.04, 0.09, 0.09, 0.5])
    assert benjamini_hochberg([]) == []


def test_an_interval_over_clusters_covers_and_is_wider_than_one_over_rows() -> None:
    random = np.random.default_rng(7)
    missed = 0
    for seed in range(100):
        effects = random.normal(0.2, 0.5, 30)
        values = [effect + random.normal(0, 0.1) for effect in effects for _ in range(4)]
        clusters = [f"p{n}" for n in range(30) for _ in range(4)]
        found = cluster_mean(values, clusters, resamples=500, seed=seed)
        missed += not found.lower <= 0.2 <= found.upper
    assert missed <= 12
    rows = cluster_mean(values, [str(n) for n in range(120)], resamples=500)
    assert found.upper - found.lower > 1.5 * (rows.upper - rows.lower)
    assert cluster_mean([0.5, 0.5], ["a", "a"]).lower == -np.inf
