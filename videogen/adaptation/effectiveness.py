"""How well a prompt works: the share of its videos that passed, and what each of its words did."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.adaptation.prompt_values import MIN_RESULTS, NO_EFFECT, PromptEffectiveness, WordEffect
from videogen.preprocessing.prompt.keywords import extract_keywords
from videogen.quality.assessor import QualityAssessor
from videogen.quality.relevance.alignment import evenly, text_relevance
from videogen.quality.relevance.encoders import encoder_for
from videogen.quality.reporting.report import QualityReport

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from videogen.config.config import VideoGenConfig

SAMPLES = 16
_LIKELY = 0.8
_UNLIKELY = 0.5


def effectiveness(
    prompt: str, results: Sequence[QualityReport | Path | str], config: VideoGenConfig
) -> PromptEffectiveness:
    """See `PromptEngineer.analyze_prompt_effectiveness`; `results` has at least one entry."""
    from scipy.stats import binomtest

    reports, clips = _looked_at(prompt, results, config)
    passed = sum(report.passed for report in reports)
    interval = binomtest(passed, len(reports)).proportion_ci(confidence_level=0.95, method="wilson")
    words = _word_effects(prompt, clips, config)
    idle = [word.word for word in words if word.effect < NO_EFFECT]
    advice = [f"{', '.join(map(repr, idle))} had no effect on the videos: leave out, or say it in other words"] * bool(
        idle
    )
    reasons = {reason for report in reports if not report.passed for reason in report.reasons}
    return PromptEffectiveness(
        prompt=prompt,
        results=len(reports),
        passed=passed,
        interval=(round(float(interval.low), 4), round(float(interval.high), 4)),
        mean_score=round(sum(report.score for report in reports) / len(reports), 4),
        words=words,
        verdict=_verdict(len(reports), float(interval.low), float(interval.high)),
        advice=(*advice, *sorted(reasons)[:5]),
    )


def _verdict(results: int, low: float, high: float) -> str:
    if results < MIN_RESULTS:
        return f"not enough results: {results} of at least {MIN_RESULTS}"
    if high < _UNLIKELY:
        return "the prompt seldom works"
    return "the prompt works" if low > _LIKELY else "the prompt works at times"


def _looked_at(
    prompt: str, results: Sequence[QualityReport | Path | str], config: VideoGenConfig
) -> tuple[list[QualityReport], list[NDArray[np.uint8]]]:
    """The reports, and evenly sampled frames of each result that is a video."""
    from videogen.media.reading import probe, read_frames

    assessor = QualityAssessor(config, encoder=encoder_for(config))
    reports: list[QualityReport] = []
    clips: list[NDArray[np.uint8]] = []
    for result in results:
        if isinstance(result, QualityReport):
            reports.append(result)
            continue
        path = Path(result)
        reports.append(assessor.assess_video(path, prompt))
        clips.append(read_frames(path, evenly(probe(path).num_frames, SAMPLES)))
    return reports, clips


def _word_effects(prompt: str, clips: Sequence[NDArray[np.uint8]], config: VideoGenConfig) -> tuple[WordEffect, ...]:
    """Leave one keyword out, and see how much less the videos look like the prompt; empty without videos or encoder."""
    encoder = encoder_for(config)
    if encoder is None or not clips:
        return ()

    def relevance(text: str) -> float:
        return sum(text_relevance(encoder, clip, text).relevance or 0.0 for clip in clips) / len(clips)

    whole = relevance(prompt)
    effects = []
    for keyword in extract_keywords(prompt):
        without = " ".join(prompt.replace(keyword.word, " ").split())
        if without:
            effects.append(WordEffect(word=keyword.word, effect=round(whole - relevance(without), 4)))
    return tuple(sorted(effects, key=lambda one: -one.effect))
