"""Compares an adapted video with its unadapted twin: the same prompt and seed without adaptation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.adaptation.profiles import AdaptationQuality
from videogen.quality.assessor import QualityAssessor
from videogen.quality.relevance.encoders import encoder_for

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from videogen.config.config import VideoGenConfig
    from videogen.quality.reporting.report import QualityReport

MARGIN = 0.03
"""Difference of scores (0 … 1) that counts. Two seeds differ by more: one pair says little."""


@dataclass(frozen=True)
class Measured:
    """score: of the quality report, 0 … 1. relevance: standard deviations; None: not measured."""

    score: float
    passed: bool
    relevance: float | None


def evaluate(
    sample: Path | str | NDArray[np.uint8],
    prompt: str,
    twin: Path | str | NDArray[np.uint8] | None,
    config: VideoGenConfig,
) -> AdaptationQuality:
    """See `ZeroShotAdapter.evaluate_adaptation_quality`."""
    return verdict(_measured(sample, prompt, config), None if twin is None else _measured(twin, prompt, config))


def of_report(report: QualityReport) -> Measured:
    """What a quality report says of its video."""
    relevance = next((metric.value for metric in report.metrics if metric.name == "text_relevance"), None)
    return Measured(report.score, report.passed, relevance)


def verdict(sample: Measured, twin: Measured | None) -> AdaptationQuality:
    """Better or worse if the score or, where both scores are alike, the pass differs; else the same."""
    if twin is None:
        reason = "no video of the same prompt and seed without adaptation was given to compare with"
        return AdaptationQuality(
            verdict="cannot tell", score=sample.score, passed=sample.passed, relevance=sample.relevance, reason=reason
        )
    difference = round(sample.score - twin.score, 4)
    if abs(difference) < MARGIN and sample.passed == twin.passed:
        word, reason = "same", f"the scores differ by {difference:+.3f}, less than {MARGIN}"
    elif difference > 0 or (difference == 0 and sample.passed):
        word, reason = "better", f"score {sample.score:.3f} instead of {twin.score:.3f}"
    else:
        word, reason = "worse", f"score {sample.score:.3f} instead of {twin.score:.3f}"
    return AdaptationQuality.model_validate(
        {
            "verdict": word,
            "score": sample.score,
            "passed": sample.passed,
            "relevance": sample.relevance,
            "twin_score": twin.score,
            "twin_relevance": twin.relevance,
            "difference": difference,
            "reason": reason,
        }
    )


def _measured(sample: Path | str | NDArray[np.uint8], prompt: str, config: VideoGenConfig) -> Measured:
    assessor = QualityAssessor(config, encoder=encoder_for(config) if prompt else None)
    return of_report(assessor.assess_video(sample, prompt))
