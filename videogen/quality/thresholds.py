"""Default thresholds, and the anchors that turn values into utilities.

The numbers come from benchmarks/quality_calibration.py, which also states the rule that chooses them; a test
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
    "temporal_flickering": Levels("at least", 0.975, 0.994, 0.957),
    "warp_error": Levels("at most", 0.0023, 0.0004, 0.003),
    "motion_smoothness": Levels("at least", 0.986, 0.998, 0.974),
    "subject_consistency": Levels("at least", 0.88, 0.965, 0.85),
    "continuity": Levels("at least", 0.84, 0.985, 0.71),
    "background_consistency": Levels("at least", 0.974, 0.9995, 0.953),
    "dynamic_degree": Levels("at least", 1.5, 20.0, 0.1),
    "sharpness": Levels("at least", 0.42, 0.65, 0.15),
    "noise_level": Levels("at most", 3.5, 0.0, 10.0),
    "blockiness": Levels("at most", 0.25, 0.08, 0.38),
    "exposure": Levels("at least", 0.8, 0.99, 0.5),
    "completeness": Levels("at least", 0.63, 0.95, 0.45),
    "text_relevance": Levels("at least", 1.0, 2.0, 0.0),
    "black_stretch": Levels("at most", 0.25, 0.0, 1.0),
    "frozen_stretch": Levels("at most", 0.5, 0.1, 2.0),
    "flashes": Levels("at most", 3.0, 0.0, 6.0),
}
