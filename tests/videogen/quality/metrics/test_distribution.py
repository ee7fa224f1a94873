from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from videogen.errors import InputError
from videogen.quality.metrics.distribution import (
    frechet_distance,
    frechet_video_distance,
    gaussian,
    inception_score,
)


def covariance(random: np.random.Generator, size: int) -> np.ndarray:
    root = random.normal(size=(size, size))
    return root @ root.T + 0.1 * np.eye(size)


@given(seed=st.integers(0, 10_000), size=st.integers(1, 6))
def test_equal_covariances_leave_the_squared_distance_of_the_means(seed: int, size: int) -> None:
    random = np.random.default_rng(seed)
    one, other, spread = random.normal(size=size), random.normal(size=size), covariance(random, size)
    distance = frechet_distance(one, spread, other, spread)
    assert distance == pytest.approx(((one - other) ** 2).sum(), rel=1e-6, abs=1e-8)


@given(seed=st.integers(0, 10_000), size=st.integers(2, 6))
@settings(max_examples=30)
def test_distance_agrees_with_the_matrix_root(seed: int, size: int) -> None:
    random = np.random.default_rng(seed)
    means = random.normal(size=(2, size))
    one, other = covariance(random, size), covariance(random, size)
    root = sqrtm(one @ other).real
    expected = ((means[0] - means[1]) ** 2).sum() + np.trace(one + other - 2 * root)
    assert frechet_distance(means[0], one, means[1], other) == pytest.approx(expected, rel=1e-6, abs=1e-8)


@given(seed=st.integers(0, 10_000))
def test_distance_is_symmetric_and_not_negative(seed: int) -> None:
    random = np.random.default_rng(seed)
    means = random.normal(size=(2, 4))
    one, other = covariance(random, 4), covariance(random, 4)
    there = frechet_distance(means[0], one, means[1], other)
    assert there >= 0
    assert there == pytest.approx(frechet_distance(means[1], other, means[0], one), rel=1e-6, abs=1e-8)


def test_one_dimension_has_its_closed_form() -> None:
    # (μ₁ − μ₂)² + (σ₁ − σ₂)²
    one, other = np.array([[4.0]]), np.array([[9.0]])
    assert frechet_distance(np.array([1.0]), one, np.array([3.0]), other) == pytest.approx(4 + 1)


def test_singular_covariances_are_no_trouble() -> None:
    flat = np.zeros((5, 5))
    assert frechet_distance(np.zeros(5), flat, np.ones(5), flat) == pytest.approx(5.0)


def test_distance_of_sets_agrees_with_torchmetrics() -> None:
    import torch
    from torchmetrics.image.fid import FrechetInceptionDistance

    class Pixels(torch.nn.Module):
        num_features = 12

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return images.flatten(1).double()

    random = np.random.default_rng(3)
    ours = random.normal(0.5, 0.1, (40, 3, 2, 2))
    theirs = random.normal(0.6, 0.2, (50, 3, 2, 2))
    metric = FrechetInceptionDistance(feature=Pixels(), normalize=False, input_img_size=(3, 2, 2)).set_dtype(
        torch.float64
    )
    metric.update(torch.from_numpy(theirs), real=True)
    metric.update(torch.from_numpy(ours), real=False)
    score = frechet_video_distance(ours.reshape(40, -1), theirs.reshape(50, -1), name="pixels")
    assert score.value == pytest.approx(float(metric.compute()), rel=1e-4)


def test_covariance_is_unbiased() -> None:
    features = np.array([[0.0, 0.0], [2.0, 2.0]])
    assert gaussian(features)[1] == pytest.approx(np.array([[2.0, 2.0], [2.0, 2.0]]))


@pytest.mark.parametrize("sizes", [(15, 40), (40, 15), (1, 1)])
def test_too_few_clips_are_refused(sizes: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    one, other = (random.normal(size=(count, 3)) for count in sizes)
    with pytest.raises(InputError, match="needs at least 16"):
        frechet_video_distance(one, other, name="any")


def test_features_that_do_not_fit_are_refused() -> None:
    random = np.random.default_rng(0)
    with pytest.raises(InputError, match="3 and 4"):
        frechet_video_distance(random.normal(size=(20, 3)), random.normal(size=(20, 4)), name="any")
    with pytest.raises(InputError, match="finite"):
        frechet_video_distance(np.full((20, 3), np.nan), random.normal(size=(20, 3)), name="any")


def test_fewer_clips_than_features_are_warned_about() -> None:
    random = np.random.default_rng(0)
    score = frechet_video_distance(random.normal(size=(20, 30)), random.normal(size=(50, 30)), name="any")
    assert "singular" in score.warnings[0]
    assert not frechet_video_distance(random.normal(size=(50, 3)), random.normal(size=(50, 3)), name="any").warnings


def test_the_bootstrap_error_is_of_the_size_of_the_spread_between_samples() -> None:
    random = np.random.default_rng(5)

    def sample() -> tuple[np.ndarray, np.ndarray]:
        return random.normal(0, 1, (80, 2)), random.normal(1.5, 1, (80, 2))

    scores = [frechet_video_distance(*sample(), name="any", resamples=60) for _ in range(25)]
    true = np.std([score.value for score in scores], ddof=1)
    estimated = np.mean([score.standard_error for score in scores])
    assert 0.6 < estimated / true < 1.6


def test_the_error_is_the_same_every_time() -> None:
    random = np.random.default_rng(0)
    one, other = random.normal(size=(30, 2)), random.normal(size=(30, 2))
    first, second = (frechet_video_distance(one, other, name="any") for _ in range(2))
    assert first == second


def test_inception_score_of_uniform_predictions_is_one() -> None:
    assert inception_score(np.full((50, 7), 1 / 7), name="any").value == pytest.approx(1.0)


@given(classes=st.integers(2, 12), repeats=st.integers(2, 5))
def test_inception_score_of_balanced_certain_predictions_is_the_number_of_classes(classes: int, repeats: int) -> None:
    certain = np.tile(np.eye(classes), (repeats, 1))
    assert inception_score(certain, name="any").value == pytest.approx(classes)


@given(seed=st.integers(0, 1000))
@settings(max_examples=20)
def test_inception_score_lies_between_one_and_the_classes_and_ignores_the_order(seed: int) -> None:
    random = np.random.default_rng(seed)
    predictions = random.dirichlet(np.full(5, 0.5), 40)
    score = inception_score(predictions, name="any")
    assert 1.0 <= score.value <= 5.0
    assert score.value == pytest.approx(inception_score(predictions[random.permutation(40)], name="any").value)


def test_splits_give_the_mean_over_their_own_scores() -> None:
    random = np.random.default_rng(0)
    predictions = random.dirichlet(np.ones(4), 40)
    halves = [inception_score(half, name="any").value for half in np.array_split(predictions, 2)]
    both = inception_score(predictions, name="any", splits=2)
    assert both.value == pytest.approx(np.mean(halves))
    assert both.standard_error == pytest.approx(np.std(halves, ddof=1) / np.sqrt(2))


@pytest.mark.parametrize("wrong", [np.ones((10, 3)), -np.ones((10, 3)), np.ones(4), np.full((1, 2), 0.5)])
def test_what_are_no_probabilities_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(InputError):
        inception_score(wrong, name="any")
