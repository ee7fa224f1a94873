"""Metrics of sets of videos: Fréchet distances and the inception score. They say nothing about a single video."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from videogen.errors import InputError
from videogen.quality.metrics.window import Values

MIN_CLIPS = 16


@dataclass(frozen=True)
class SetScore:
    """A metric of a set: value ± standard error, and from how many clips and by which features it came."""

    value: float
    standard_error: float
    clips: int
    reference_clips: int | None
    features: str
    warnings: tuple[str, ...] = ()


def frechet_distance(mean_1: Values, covariance_1: Values, mean_2: Values, covariance_2: Values) -> float:
    """‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2·(Σ₁Σ₂)^½), ≥ 0.

    Dowson & Landau 1982; as FID: Heusel et al. 2017 (arXiv 1706.08500). The trace of the root is taken from
    eigenvalues: Σ₁Σ₂ has those of the symmetric, positive semi-definite Σ₁^½·Σ₂·Σ₁^½, which needs no matrix root
    of an asymmetric matrix and no jitter where the covariances are singular.
    """
    values, vectors = np.linalg.eigh(covariance_1)
    root = (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T
    inner = root @ covariance_2 @ root
    trace_of_root = np.sqrt(np.clip(np.linalg.eigvalsh((inner + inner.T) / 2.0), 0.0, None)).sum()
    distance = ((mean_1 - mean_2) ** 2).sum() + np.trace(covariance_1) + np.trace(covariance_2) - 2.0 * trace_of_root
    return max(0.0, float(distance))


def gaussian(features: Values) -> tuple[Values, Values]:
    """Mean (D) and unbiased covariance (D×D, ddof = 1) of features N×D, N ≥ 2."""
    return features.mean(axis=0), np.atleast_2d(np.cov(features, rowvar=False, ddof=1))


def frechet_video_distance(
    features: Values,
    reference: Values,
    *,
    name: str,
    min_clips: int = MIN_CLIPS,
    resamples: int = 100,
    seed: int = 0,
) -> SetScore:
    """FVD of two sets of clip features, N×D and M×D: the Fréchet distance of their Gaussians (ddof = 1).

    Unterthiner et al. 2018 (arXiv 1812.01717). With other features than I3D's the number is not comparable with
    published ones; with few clips it is biased upwards. The standard error is a bootstrap over clips of both sets.

    Raises:
        InputError: fewer than `min_clips` clips on one side, or features that do not fit together or are not
        finite.
    """
    features, reference = (
        _checked(features, "the set", min_clips),
        _checked(reference, "the reference set", min_clips),
    )
    if features.shape[1] != reference.shape[1]:
        raise InputError(
            f"the features of the two sets have {features.shape[1]} and {reference.shape[1]} numbers",
            remedy="use the same extractor for both",
        )
    random = np.random.default_rng(seed)

    def resampled() -> float:
        ours = features[random.integers(len(features), size=len(features))]
        theirs = reference[random.integers(len(reference), size=len(reference))]
        return frechet_distance(*gaussian(ours), *gaussian(theirs))

    warnings = []
    if min(len(features), len(reference)) <= features.shape[1]:
        warnings.append(
            f"{min(len(features), len(reference))} clips for {features.shape[1]} features: the covariance is "
            "singular and the distance biased upwards; compare only sets of equal size"
        )
    return SetScore(
        value=frechet_distance(*gaussian(features), *gaussian(reference)),
        standard_error=float(np.std([resampled() for _ in range(resamples)], ddof=1)),
        clips=len(features),
        reference_clips=len(reference),
        features=name,
        warnings=tuple(warnings),
    )


def _checked(features: Values, what: str, min_clips: int) -> Values:
    array = np.asarray(features, np.float64)
    if array.ndim != 2 or not np.isfinite(array).all():
        raise InputError(f"the features of {what} must be a finite N×D array, not {array.shape}")
    if len(array) < max(2, min_clips):
        raise InputError(
            f"{what} has {len(array)} clips; a Fréchet distance needs at least {max(2, min_clips)}",
            remedy="measure more or longer videos together: FVD describes sets, not single videos",
        )
    return array


def inception_score(probabilities: Values, *, name: str, splits: int = 1) -> SetScore:
    """exp of the mean Kullback–Leibler divergence of p(y|x) from p(y), 1 … number of classes.

    Salimans et al. 2016 (arXiv 1606.03498). probabilities: N×K, rows sum to 1. With several splits the value is
    the mean over splits and its error their standard error; with one, the error is a jackknife over clips.

    Raises:
        InputError: not probabilities, or fewer than two clips per split.
    """
    array = np.asarray(probabilities, np.float64)
    if array.ndim != 2 or (array < 0).any() or not np.allclose(array.sum(axis=1), 1.0, atol=1e-3):
        raise InputError("class probabilities must be N×K, not negative, each row summing to 1")
    if splits < 1 or len(array) < 2 * splits:
        raise InputError(
            f"{len(array)} clips in {splits} splits: an inception score needs at least two per split",
            remedy="give more clips or fewer splits",
        )
    if splits > 1:
        scores = np.array([_score(part) for part in np.array_split(array, splits)])
        value, error = float(scores.mean()), float(scores.std(ddof=1) / np.sqrt(splits))
    else:
        value, error = _score(array), _jackknife(array, _score)
    return SetScore(value, error, len(array), None, name)


def _score(probabilities: Values) -> float:
    marginal = probabilities.mean(axis=0, keepdims=True)
    ratio = np.divide(probabilities, marginal, out=np.ones_like(probabilities), where=probabilities > 0)
    return float(np.exp((probabilities * np.log(ratio)).sum(axis=1).mean()))


def _jackknife(rows: Values, statistic: Callable[[Values], float]) -> float:
    count = len(rows)
    # Leaving out blocks keeps the cost down where there are thousands of clips.
    blocks = np.array_split(np.arange(count), min(count, 100))
    left = np.array([statistic(np.delete(rows, block, axis=0)) for block in blocks])
    return float(np.sqrt((len(left) - 1) / len(left) * ((left - left.mean()) ** 2).sum()))
