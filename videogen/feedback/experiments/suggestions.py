"""From findings to suggestions: one notch inside of a safe range, the most worthwhile first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from videogen.config.adopted import Adoption, origins, read_adopted
from videogen.config.config import VideoGenConfig
from videogen.domain.safe_ranges import SafeRange, safe_range, value_of
from videogen.domain.setting_stages import first_readers
from videogen.feedback.study.findings import FeedbackAnalysis, ParameterFinding
from videogen.models.profile import load_profile

Evidence = Literal["randomised", "adjusted", "advice"]
_ADVICE: dict[str, tuple[str, int]] = {
    "picture quality": ("super_resolution.detail_strength", 1),
    "motion": ("noise.motion_scale", 1),
    "subject": ("model.guidance_scale", 1),
    "colour": ("model.guidance_scale", 1),
    "direction": ("model.guidance_scale", 1),
}
"""What is worth a test where people complain of something and nothing has been measured: setting, and which way."""


class ParameterSuggestion(BaseModel):
    """A change that is worth a test.

    current: None where the profile decides. effect, lower, upper: expected change of the outcome for the whole step.
    cost: expected change of seconds a video, as a share.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    setting: str
    current: float | None
    suggested: float
    changes: dict[str, Any]
    before: dict[str, Any]
    outcome: str
    effect: float | None = None
    lower: float | None = None
    upper: float | None = None
    q: float | None = Field(None, ge=0.0, le=1.0)
    evidence: Evidence
    concerned: int = Field(description="videos or complaints that it would concern")
    cost: float = 0.0
    first_stages: tuple[str, ...]
    why: str

    @property
    def priority(self) -> float:
        """Videos concerned × expected gain ÷ extra cost; advice counts as the smallest gain."""
        return self.concerned * max(self.effect or 0.0, 0.001) / (1.0 + max(self.cost, 0.0))


def suggestions_of(analysis: FeedbackAnalysis, config: VideoGenConfig) -> list[ParameterSuggestion]:
    """Suggestions, the most worthwhile first; at most one for each setting.

    Only what is believed after adjustment for all tests is suggested from numbers. What people complain of gives advice
    without a number, marked as such; none about a setting that was adopted inside the period, since what is complained
    of may have been made before.
    """
    found = [_from_finding(one, config) for one in analysis.parameters if one.believed]
    adopted = origins(read_adopted(config.path(config.feedback.adopted_file)))
    found += _from_complaints(analysis, config, adopted)
    best: dict[str, ParameterSuggestion] = {}
    for one in sorted((s for s in found if s is not None), key=lambda s: (s.evidence == "advice", -s.priority)):
        best.setdefault(one.setting, one)
    return list(best.values())


def _from_finding(finding: ParameterFinding, config: VideoGenConfig) -> ParameterSuggestion | None:
    span = safe_range(finding.setting)
    if span is None or finding.slope == 0.0:
        return None
    step = span.notch if finding.slope > 0 else -span.notch
    low, high = sorted((finding.lower * step, finding.upper * step))
    kind: Evidence = "randomised" if finding.evidence == "randomised" else "adjusted"
    effect = finding.slope * step
    why = f"{finding.outcome} changes by {effect:+.3g} ({low:+.3g} … {high:+.3g}) in {finding.n} first attempts, {kind}"
    facts = {"outcome": finding.outcome, "effect": effect, "lower": low, "upper": high, "q": finding.q}
    return _suggestion(span, step, config, evidence=kind, concerned=finding.n, why=why, **facts)


def _from_complaints(
    analysis: FeedbackAnalysis, config: VideoGenConfig, adopted: Mapping[str, Adoption]
) -> list[ParameterSuggestion | None]:
    found = []
    for topic in analysis.topics:
        if topic.category in _ADVICE and topic.complaints > topic.praise:
            setting, way = _ADVICE[topic.category]
            if setting in adopted and adopted[setting].adopted_at.date() >= analysis.start:
                continue
            span = safe_range(setting)
            assert span is not None
            why = f"{topic.raters} raters complain of {topic.category}; nothing is measured yet"
            facts = {"evidence": "advice", "outcome": "score", "concerned": topic.complaints, "why": why}
            found.append(_suggestion(span, way * span.notch, config, **facts))
    return found


def _suggestion(span: SafeRange, step: float, config: VideoGenConfig, **facts: Any) -> ParameterSuggestion | None:
    current = present_value(span, config)
    if current is None:
        return None
    suggested = span.inside(current + step)
    if suggested == current:
        return None
    return ParameterSuggestion(
        setting=span.setting,
        current=current,
        suggested=suggested,
        changes=span.changes(suggested),
        before=span.changes(current),
        cost=(suggested / current - 1.0) if span.cost and current else 0.0,
        first_stages=first_readers(span.setting),
        **facts,
    )


def present_value(span: SafeRange, config: VideoGenConfig) -> float | None:
    """The value in force; the model profile's where the configuration leaves it open."""
    value = value_of(config, span.setting)
    if value is None and span.setting in ("model.guidance_scale", "model.num_inference_steps"):
        profile = load_profile(config.model.profile, config.path(config.paths.models))
        value = profile.guidance_scale if span.setting == "model.guidance_scale" else profile.steps
    return float(value) if isinstance(value, int | float) else None
