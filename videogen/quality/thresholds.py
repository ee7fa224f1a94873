"""Default thresholds, and the anchors that turn values into utilities.

The numbers come from benchmarks/quality/calibration.py, by the rule that fitting.py beside it states; a test
compares them with benchmarks/results/quality_calibration.json.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Levels:
    """good: utility 1 from here on; threshold: utility ½ and the limit of passing; bad: utility 0 from here on."""

    direction: Literal["at least", "at most"]
    threshold: float
    good: float
    bad: float

    def passes(self, value: float) -> bool:
        return value >= self.threshold if self.direction == "at least" else value <= self.threshold

    def with_threshold(self, threshold: float) -> Levels:
        """The same metric with another limit; the anchors move along if they would lie on its wrong side."""
        better = max if self.direction == "at least" else min
        worse = min if self.direction == "at least" else max
        return Levels(self.direction, threshold, better(self.good, threshold), worse(self.bad, threshold))

    def utility(self, value: float) -> float:
        """0 (bad) … ½ (at the threshold) … 1 (good), straight in between; passing values never score below ½."""
        if self.passes(value):
            return 1.0 if self.good == self.threshold else 0.5 + 0.5 * _share(value, self.threshold, self.good)
        return 0.0 if self.bad == self.threshold else 0.5 * (1.0 - _share(value, self.threshold, self.bad))


def _share(value: float, start: float, end: float) -> float:
    return min(1.0, max(0.0, (value - start) / (end - start)))


LEVELS: dict[str, Levels] = {
    "temporal_coherence": Levels("at least", 0.90, 0.99, 0.80),
    "temporal_flickering": Levels("at least", 0.9768, 0.9931, 0.9525),
    "warp_error": Levels("at most", 0.002364, 0.0001591, 0.002959),
    "motion_smoothness": Levels("at least", 0.9882, 0.9982, 0.9711),
    "subject_consistency": Levels("at least", 0.8695, 0.9713, 0.7967),
    "continuity": Levels("at least", 0.876, 0.9933, 0.6584),
    "background_consistency": Levels("at least", 0.9808, 0.9984, 0.9561),
    "dynamic_degree": Levels("at least", 3.005, 18.51, 0.07195),
    "brightness_flicker": Levels("at most", 1.065, 0.2416, 4.595),
    "repeated_frames": Levels("at most", 0.03723, 0.0, 0.2234),
    "motion_consistency": Levels("at least", 0.1037, 0.8485, -0.324),
    "change_growth": Levels("at least", 1.372, 1.655, 1.063),
    "sharpness": Levels("at least", 0.4165, 0.6036, 0.2483),
    "noise_level": Levels("at most", 1.623, 0.0, 9.736),
    "blockiness": Levels("at most", 0.1546, 0.05547, 0.3539),
    "exposure": Levels("at least", 0.8418, 1.0, 0.3148),
    "completeness": Levels("at least", 0.7162, 0.9516, 0.4719),
    "text_relevance": Levels("at least", 1.469, 3.287, -0.4085),
    "subject_seen": Levels("at least", 0.5, 0.9, 0.0),
    "black_stretch": Levels("at most", 0.25, 0.0, 1.0),
    "frozen_stretch": Levels("at most", 0.5, 0.1, 2.0),
    "flashes": Levels("at most", 3.0, 0.0, 6.0),
}

# Camera films move, shake and have grain: what is a fault of an illustration is none there.
# Fitted by benchmarks/quality/footage_calibration.py, which says what was left out and why; dynamic_degree is set by
# hand: a speaker before a camera on a tripod moves little, and what stands still is found by frozen_stretch.
# motion_consistency and change_growth come from benchmarks/quality/footage_order.py.
FOOTAGE: dict[str, Levels] = {
    "brightness_flicker": Levels("at most", 1.065, 0.2416, 4.595),
    "repeated_frames": Levels("at most", 0.03723, 0, 0.2234),
    "motion_consistency": Levels("at least", 0.1037, 0.8485, -0.324),
    "change_growth": Levels("at least", 1.372, 1.655, 1.063),
    "temporal_flickering": Levels("at least", 0.9507, 0.9824, 0.928),
    "motion_smoothness": Levels("at least", 0.967, 0.9905, 0.9278),
    "warp_error": Levels("at most", 0.003061, 0.0006285, 0.004497),
    "dynamic_degree": Levels("at least", 0.5, 12.67, 0.01666),
    "sharpness": Levels("at least", 0.3675, 0.5888, 0.2573),
    "noise_level": Levels("at most", 1.824, 0.5818, 7.205),
    "blockiness": Levels("at most", 0.1164, 0.02821, 0.4965),
    "exposure": Levels("at least", 0.8792, 0.9888, 0.6383),
    "completeness": Levels("at least", 0.9221, 1, 0.5323),
}
OF_CONTENT_TYPE: dict[str, dict[str, Levels]] = {"footage": FOOTAGE}
