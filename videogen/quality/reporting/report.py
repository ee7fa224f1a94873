"""QualityReport: the measurements of one video, their verdict, and suggested changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field

from videogen.domain.fidelity import Fidelity
from videogen.domain.frozen_model import FrozenModel
from videogen.domain.setting_stages import start_for
from videogen.domain.stages import STAGES


class MetricResult(FrozenModel):
    """One metric of one video. value None: not measured, and `note` says why; passed None: not judged."""

    name: str
    title: str
    group: Literal["temporal", "visual", "relevance", "technical"]
    unit: str = ""
    value: float | None
    threshold: float | None = None
    direction: Literal["at least", "at most"] | None = None
    passed: bool | None
    weight: float = Field(0.0, ge=0.0, description="weight in the score; 0: shown only")
    utility: float | None = Field(None, ge=0.0, le=1.0, description="0 bad, 0.5 at the threshold, 1 good")
    meaning: str = ""
    method: str = ""
    note: str = ""
    series: tuple[float | None, ...] = Field((), description="per window, the worst of its frames")
    worst_frame: int | None = None

    def verdict(self) -> str:
        """The result in words: value, limit and whether it holds."""
        if self.value is None:
            return self.note or "not measured"
        value = f"{self.value:.4g} {self.unit}".strip()
        return value if self.threshold is None else f"{value} ({self.direction} {self.threshold:.4g})"


class CheckResult(FrozenModel):
    """One yes-or-no fact about the file."""

    name: str
    title: str
    passed: bool
    found: str
    value: float | None = None
    limit: float | None = None
    frame: int | None = None


class WorstFrame(FrozenModel):
    """A frame to look at, and the metrics that are at their worst in it."""

    index: int
    time: float = Field(description="seconds from the beginning")
    metrics: tuple[str, ...]
    utility: float


class Suggestion(FrozenModel):
    """What to change about the next attempt. changes: settings for `VideoGenConfig.updated`, and "seed"."""

    metrics: tuple[str, ...] = Field(description="metrics or checks that this should improve")
    problem: str
    changes: dict[str, Any] = Field(default_factory=dict)
    from_stage: str = Field(description="first stage that has to be recomputed")
    why: str = ""


class Comparison(FrozenModel):
    """A value beside its limit. margin: how far on the good side (negative: how far beyond)."""

    name: str
    value: float | None
    threshold: float | None
    direction: Literal["at least", "at most"] | None
    margin: float | None
    passed: bool | None


class FileFacts(FrozenModel):
    """What the file is."""

    width: int
    height: int
    fps: float
    num_frames: int
    frames_measured: int
    duration: float
    codec: str
    pix_fmt: str
    has_audio: bool
    has_captions: bool
    peculiarities: tuple[str, ...] = Field(
        (), description="what is unusual in how the frames are stored (rotated, pixels not square, …), in words"
    )


class QualityReport(FrozenModel):
    """The verdict on one video. It passes if every weighted metric that was measured and every check holds."""

    video: str
    prompt: str
    content_type: str
    passed: bool
    score: float = Field(ge=0.0, le=1.0, description="half the weighted mean of the utilities, half the lowest one")
    reasons: tuple[str, ...] = Field(description="why the video did not pass; empty if it passed")
    not_measured: tuple[str, ...] = Field(description="weighted metrics that could not be measured, and why")
    metrics: tuple[MetricResult, ...]
    checks: tuple[CheckResult, ...]
    worst_frames: tuple[WorstFrame, ...]
    suggestions: tuple[Suggestion, ...]
    facts: FileFacts
    window_seconds: float = Field(description="length of one step of the series")
    features: str = Field(description="descriptor behind the consistency metrics")
    encoder: str | None = Field(description="text–video encoder; None: relevance was not measured")
    label: str | None = Field(None, description="text of the expected label; None: no label expected")
    fidelity: tuple[Fidelity, ...] = Field((), description="what stages before the file changed, as PSNR and SSIM")

    @property
    def can_be_drawn(self) -> bool:
        """Whether another try may help: False only where the prompt lies outside of what the model knows."""
        from videogen.quality.metrics.technical import DRAWABLE

        return all(check.passed for check in self.checks if check.name == DRAWABLE)

    def metric(self, name: str) -> MetricResult:
        """The result of that name; KeyError if there is none."""
        for result in self.metrics:
            if result.name == name:
                return result
        raise KeyError(name)

    def values(self) -> dict[str, float]:
        """Metric → value, of those that were measured."""
        return {result.name: result.value for result in self.metrics if result.value is not None}

    def generate_summary(self) -> str:
        """A few lines for people: verdict, reasons, what was not measured, the first thing to change."""
        facts = self.facts
        verdict = f"{'passed' if self.passed else 'failed'} with score {self.score:.2f} as {self.content_type}"
        length = f"{facts.fps:g} fps, {facts.num_frames} frames, {facts.duration:.2f} s"
        lines = [f"{verdict}: {self.video}, {facts.width}×{facts.height}, {length}"]
        lines += [f"- {reason}" for reason in self.reasons]
        lines += [f"- note: {what}" for what in facts.peculiarities]
        lines += [f"- {one.compared}: {one.words}" for one in self.fidelity]
        lines += [f"- not measured: {what}" for what in self.not_measured]
        changes = self.next_attempt()[0]
        if changes and not self.passed:
            lines.append("- next attempt: " + ", ".join(f"{key} = {value}" for key, value in changes.items()))
        return "\n".join(lines)

    def get_detailed_breakdown(self) -> dict[str, list[dict[str, Any]]]:
        """Group → its metrics or checks as plain dictionaries, series left out."""
        groups: dict[str, list[dict[str, Any]]] = {}
        for result in self.metrics:
            groups.setdefault(result.group, []).append(result.model_dump(exclude={"series", "group"}))
        groups["checks"] = [check.model_dump() for check in self.checks]
        return groups

    def compare_to_thresholds(self) -> tuple[Comparison, ...]:
        """Every metric beside its limit."""
        return tuple(_compared(result) for result in self.metrics)

    def suggest_improvements(self) -> tuple[Suggestion, ...]:
        """What to change, most urgent first; empty for a video that passed."""
        return self.suggestions

    def next_attempt(self) -> tuple[dict[str, Any], str | None]:
        """All suggestions as one: the changes, and the first stage to recompute.

        Where two disagree, the more urgent one's change is taken.
        """
        changes: dict[str, Any] = {}
        for suggestion in self.suggestions:
            changes |= {key: value for key, value in suggestion.changes.items() if key not in changes}
        stages = [suggestion.from_stage for suggestion in self.suggestions]
        # An older version may have stored a stage at which not every change acts.
        return changes, start_for(changes, min(stages, key=STAGES.index)) if stages else None

    def better_than(self, other: Self) -> bool:
        """Whether this video is to be preferred: passing first, then the score."""
        return (self.passed, self.score) > (other.passed, other.score)


def _compared(result: MetricResult) -> Comparison:
    margin = None
    if result.value is not None and result.threshold is not None:
        sign = 1.0 if result.direction == "at least" else -1.0
        margin = sign * (result.value - result.threshold)
    return Comparison(
        name=result.name,
        value=result.value,
        threshold=result.threshold,
        direction=result.direction,
        margin=margin,
        passed=result.passed,
    )


def overall_score(utilities: Mapping[str, float], weights: Mapping[str, float], *, checks_passed: bool) -> float:
    """½ · weighted mean + ½ · minimum of the utilities, 0 … 1; a failed check is a utility of 0.

    The mean alone would let nine good metrics hide one ruined one; the minimum alone would not see improvement
    anywhere else.
    """
    total = sum(weights[name] for name in utilities)
    if not total:
        return 0.5 if checks_passed else 0.0
    mean = sum(utilities[name] * weights[name] for name in utilities) / total
    lowest = min(utility for name, utility in utilities.items() if weights[name] > 0) if checks_passed else 0.0
    return (mean + lowest) / 2.0
