"""What to change when a metric fails: concrete settings for the next attempt.

Each is valid for `VideoGenConfig.updated`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from videogen.domain.setting_stages import start_for
from videogen.domain.stages import STAGES, Stage
from videogen.quality.metrics.technical import DRAWABLE
from videogen.quality.reporting.report import CheckResult, MetricResult, Suggestion
from videogen.quality.screening.screen import POLICY, SCREEN

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig

# diffusers' defaults for AnimateDiff, where neither the configuration nor a profile names any.
_STEPS, _GUIDANCE = 50, 7.5


class SamplingDefaults(Protocol):
    """The part of a model profile that counts where the configuration leaves sampling open."""

    @property
    def steps(self) -> int:
        """Denoising steps."""
        ...

    @property
    def guidance_scale(self) -> float:
        """Classifier-free guidance."""
        ...

    @property
    def without_effect(self) -> frozenset[str]:
        """Settings that change nothing with this model."""
        ...


@dataclass(frozen=True)
class Knobs:
    """The settings that suggestions change, as they were for this video, and the seed of the next attempt."""

    config: VideoGenConfig
    profile: SamplingDefaults | None
    seed: int

    def more_steps(self) -> dict[str, Any]:
        """Half as many denoising steps again."""
        steps = self.config.model.num_inference_steps or (self.profile.steps if self.profile else _STEPS)
        return {"model.num_inference_steps": min(1000, max(steps + 1, round(steps * 1.5)))}

    def guidance(self, factor: float) -> dict[str, Any]:
        """Guidance times `factor`, within 1 … 30."""
        scale = self.config.model.guidance_scale
        if scale is None:
            scale = self.profile.guidance_scale if self.profile else _GUIDANCE
        return {"model.guidance_scale": round(min(30.0, max(1.0, scale * factor)), 2)}

    def shared_noise(self, change: float) -> dict[str, Any]:
        """Change the variance share of the noise common to all frames, within 0.3 … 0.95.

        The shares sum to 1.
        """
        now = self.config.model.base_noise_lambda
        share = round(max(now, min(0.95, now + change)) if change > 0 else min(now, max(0.3, now + change)), 4)
        if share == now:
            return {}
        return {"model.base_noise_lambda": share, "model.residual_noise_lambda": round(1.0 - share, 4)}

    def raised(self, setting: str, change: float, low: float = 0.0, high: float = 1.0) -> dict[str, Any]:
        """Return the number `setting` ("group.field") plus `change`, within low … high.

        Empty if it is reached already.
        """
        group, _, field = setting.partition(".")
        now = float(getattr(getattr(self.config, group), field))
        new = round(min(high, max(low, now + change)), 4)
        return {} if new == now else {setting: new}

    def another_seed(self) -> dict[str, Any]:
        """A seed that follows from this video, so that the same report always gives the same advice."""
        return {"seed": self.seed}


Recipe = Callable[[Knobs], dict[str, Any]]


def _steadier(knobs: Knobs) -> dict[str, Any]:
    return {
        **knobs.another_seed(),
        **knobs.shared_noise(+0.1),
        **knobs.raised("synthesis.temporal_consistency", +0.2),
        **knobs.raised("super_resolution.temporal_strength", +0.2),
    }


def _livelier(knobs: Knobs) -> dict[str, Any]:
    return {
        **knobs.another_seed(),
        **knobs.shared_noise(-0.15),
        **knobs.raised("noise.motion_scale", +0.25, high=2.0),
        **knobs.raised("synthesis.temporal_consistency", -1.0),
    }


def _sharper(knobs: Knobs) -> dict[str, Any]:
    return {
        **knobs.more_steps(),
        **knobs.raised("super_resolution.detail_strength", +0.2),
        **knobs.raised("super_resolution.denoise_strength", -0.25),
    }


def _cleaner(knobs: Knobs) -> dict[str, Any]:
    return {
        **knobs.more_steps(),
        **knobs.raised("super_resolution.detail_strength", -0.2),
        **knobs.raised("super_resolution.denoise_strength", +0.25),
    }


def _less_blocky(knobs: Knobs) -> dict[str, Any]:
    crf = max(8, knobs.config.delivery.crf - 6)
    return {"delivery.crf": min(crf, knobs.config.delivery.crf), "delivery.preset": "slow"}


def _gentler(knobs: Knobs) -> dict[str, Any]:
    return {**knobs.another_seed(), **knobs.guidance(0.8), "model.guidance_rescale": 0.7}


def _closer_to_the_text(knobs: Knobs) -> dict[str, Any]:
    emphasis = {} if knobs.config.synthesis.keyword_emphasis else {"synthesis.keyword_emphasis": True}
    return {**knobs.another_seed(), **knobs.guidance(1.25), **emphasis}


def _again(knobs: Knobs) -> dict[str, Any]:
    return {**knobs.another_seed(), **knobs.more_steps()}


def _another_start(knobs: Knobs) -> dict[str, Any]:
    return {**knobs.another_seed(), **knobs.raised("synthesis.temporal_consistency", +0.2)}


@dataclass(frozen=True)
class _Remedy:
    recipe: Recipe
    why: str


_RENDER = Stage.RENDERED_VIDEO
_STEADY = _Remedy(_steadier, "more base noise, which all frames share, and temporal smoothing of frames")
_LIVELY = _Remedy(_livelier, "more residual noise for each frame, and more weight for motion noise")
_UNFINISHED = _Remedy(_again, "another seed, and more steps to finish the details")
_CLOSER = _Remedy(_closer_to_the_text, "another seed, and stronger guidance by the text")
_REMEDIES: dict[str, _Remedy] = {
    "temporal_coherence": _STEADY,
    "temporal_flickering": _STEADY,
    "warp_error": _STEADY,
    "motion_smoothness": _STEADY,
    "subject_consistency": _STEADY,
    "background_consistency": _STEADY,
    "continuity": _STEADY,
    "brightness_flicker": _STEADY,
    "repeated_frames": _LIVELY,
    "motion_consistency": _STEADY,
    "change_growth": _STEADY,
    "dynamic_degree": _LIVELY,
    "frozen_stretch": _LIVELY,
    "sharpness": _Remedy(_sharper, "more denoising steps, more detail, less smoothing in upscaling"),
    "noise_level": _Remedy(_cleaner, "more denoising steps, less sharpening, more smoothing in upscaling"),
    "blockiness": _Remedy(_less_blocky, "encode with less loss"),
    "exposure": _Remedy(_gentler, "strong guidance over-saturates (Lin et al. 2023): weaker and rescaled guidance"),
    "completeness": _UNFINISHED,
    "black_stretch": _UNFINISHED,
    "text_relevance": _CLOSER,
    "subject_seen": _CLOSER,
    "flashes": _Remedy(_another_start, "another seed, with temporal smoothing"),
}
_OTHER = _Remedy(_another_start, "another seed")


def advise(
    metrics: Sequence[MetricResult],
    checks: Sequence[CheckResult],
    config: VideoGenConfig,
    profile: SamplingDefaults | None,
    seed: int,
) -> tuple[Suggestion, ...]:
    """Suggestions for all that failed, most urgent first: faults of the file, then metrics by utility.

    Metrics with the same remedy share one suggestion. Where the model cannot draw the prompt, another one is the only
    cure: no other try helps.
    """
    if undrawable := [check for check in checks if check.name == DRAWABLE and not check.passed]:
        return (_another_prompt(undrawable[0]),)
    knobs = Knobs(config, profile, seed)
    screens = [check for check in checks if check.name.startswith((POLICY, SCREEN)) and not check.passed]
    faults = [check for check in checks if not check.passed and check not in screens]
    file_advice = Suggestion(
        metrics=tuple(check.name for check in faults),
        problem="; ".join(f"{check.title}: {check.found}" for check in faults),
        from_stage=_RENDER,
        why="the frames may be good, but the file is not: write it again",
    )
    failed = sorted((result for result in metrics if result.passed is False), key=lambda result: result.utility or 0.0)
    by_remedy: dict[_Remedy, list[MetricResult]] = {}
    for result in failed:
        by_remedy.setdefault(_REMEDIES.get(result.name, _OTHER), []).append(result)
    found = [_suggestion(remedy, results, knobs) for remedy, results in by_remedy.items()]
    found += [_other_frames(check, knobs) for check in screens]
    return (file_advice, *found) if faults else tuple(found)


def _another_prompt(check: CheckResult) -> Suggestion:
    return Suggestion(
        metrics=(check.name,),
        problem=check.found,
        from_stage=STAGES[0],
        why="the model cannot draw this: write another prompt",
    )


def _other_frames(check: CheckResult, knobs: Knobs) -> Suggestion:
    changes = _another_start(knobs)
    return Suggestion(
        metrics=(check.name,),
        problem=f"{check.title}: {check.found}",
        changes=changes,
        from_stage=start_for(changes) or STAGES[0],
        why="what the frames show is refused: another seed, or another prompt",
    )


def _suggestion(remedy: _Remedy, results: Sequence[MetricResult], knobs: Knobs) -> Suggestion:
    inert = knobs.profile.without_effect if knobs.profile else frozenset()
    changes = {name: value for name, value in remedy.recipe(knobs).items() if name not in inert}
    return Suggestion(
        metrics=tuple(result.name for result in results),
        problem="; ".join(f"{result.title} is {result.verdict()}" for result in results),
        changes=changes,
        from_stage=start_for(changes) or STAGES[0],
        why=remedy.why,
    )


def seed_from(path: Path) -> int:
    """A seed (31 bits) that depends on nothing but the bytes of the file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return int.from_bytes(digest.digest()[:4], "big") >> 1
