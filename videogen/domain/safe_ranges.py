"""Settings that suggestions and exploration may move, and how far: one notch a time, inside of safe bounds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any


@dataclass(frozen=True)
class SafeRange:
    """A setting that may be moved between `lowest` and `highest` in steps of `notch`.

    whole: only integers. twin: a setting that has to be one minus this one. cost: seconds of a video change in
    proportion to it.
    """

    setting: str
    lowest: float
    highest: float
    notch: float
    whole: bool = False
    twin: str | None = None
    cost: bool = False

    def inside(self, value: float) -> float:
        """The nearest allowed value."""
        bounded = min(max(value, self.lowest), self.highest)
        return float(round(bounded)) if self.whole else round(bounded, 6)

    def notches(self, current: float) -> list[float]:
        """One notch down, the present value, one notch up; fewer at a bound."""
        return sorted({self.inside(current - self.notch), self.inside(current), self.inside(current + self.notch)})

    def changes(self, value: float) -> dict[str, Any]:
        """The overrides that set it."""
        number: float | int = int(value) if self.whole else value
        return {self.setting: number} | ({self.twin: round(1.0 - value, 6)} if self.twin else {})


SAFE_RANGES: tuple[SafeRange, ...] = (
    SafeRange("model.base_noise_lambda", 0.5, 0.9, 0.1, twin="model.residual_noise_lambda"),
    SafeRange("model.guidance_scale", 1.0, 12.0, 1.0),
    SafeRange("model.num_inference_steps", 8, 60, 4, whole=True, cost=True),
    SafeRange("noise.motion_scale", 0.7, 1.3, 0.1),
    SafeRange("synthesis.min_step_share", 0.5, 1.0, 0.1, cost=True),
    SafeRange("synthesis.temporal_consistency", 0.0, 0.6, 0.2),
    SafeRange("synthesis.image_guidance", 0.2, 0.8, 0.1),
    SafeRange("super_resolution.detail_strength", 0.0, 0.6, 0.1),
    SafeRange("super_resolution.temporal_strength", 0.2, 0.9, 0.1),
    SafeRange("delivery.crf", 9, 20, 2, whole=True),
)


def safe_range(setting: str) -> SafeRange | None:
    """The range of a setting; None: suggestions leave it alone."""
    return next((one for one in SAFE_RANGES if one.setting == setting), None)


def value_of(config: Any, setting: str) -> Any:
    """The value of ``group.field``."""
    return reduce(getattr, setting.split("."), config)
