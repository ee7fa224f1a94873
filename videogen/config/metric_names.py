"""Names of quality metrics that `quality.weights` and `quality.thresholds` may use.

What each metric means and how it is measured is in `videogen.quality.catalogue`; the names lie here so that a
configuration can be checked without it.
"""

from __future__ import annotations

from videogen.runtime.plugins import QUALITY_METRICS, available

BUILTIN_METRICS = (
    "temporal_coherence",
    "temporal_flickering",
    "warp_error",
    "motion_smoothness",
    "subject_consistency",
    "continuity",
    "background_consistency",
    "dynamic_degree",
    "brightness_flicker",
    "repeated_frames",
    "motion_consistency",
    "change_growth",
    "sharpness",
    "noise_level",
    "blockiness",
    "exposure",
    "completeness",
    "text_relevance",
    "subject_seen",
    "black_stretch",
    "frozen_stretch",
    "flashes",
)


def known_metrics() -> list[str]:
    """Names of the built-in metrics and of those that installed packages offer, sorted."""
    return sorted({*BUILTIN_METRICS, *available(QUALITY_METRICS)})
