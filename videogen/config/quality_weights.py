"""Default weights of the metrics by content type.

Weight 0: the metric is measured and shown, but does not count for score and verdict.
"""

from __future__ import annotations

DEFAULT_WEIGHTS: dict[str, dict[str, float]] = {
    "illustration": {
        "temporal_coherence": 3.0,
        "temporal_flickering": 1.0,
        "warp_error": 1.0,
        "motion_smoothness": 1.0,
        "subject_consistency": 1.0,
        "continuity": 1.0,
        "background_consistency": 1.0,
        "dynamic_degree": 2.0,
        "brightness_flicker": 0.0,
        "repeated_frames": 0.0,
        "motion_consistency": 0.0,
        "change_growth": 0.0,
        "sharpness": 1.5,
        "noise_level": 1.0,
        "blockiness": 1.0,
        "exposure": 1.0,
        "completeness": 1.0,
        "text_relevance": 3.0,
        "subject_seen": 3.0,
        "black_stretch": 1.0,
        "frozen_stretch": 1.0,
        "flashes": 1.0,
    },
    # Charts and title cards stand still for a while; what counts is that they can be read.
    "briefing": {
        "temporal_coherence": 3.0,
        "temporal_flickering": 1.0,
        "warp_error": 1.0,
        "motion_smoothness": 1.0,
        "subject_consistency": 0.5,
        "continuity": 0.0,
        "background_consistency": 0.5,
        "dynamic_degree": 1.0,
        "brightness_flicker": 0.0,
        "repeated_frames": 0.0,
        "motion_consistency": 0.0,
        "change_growth": 0.0,
        "sharpness": 3.0,
        "noise_level": 1.5,
        "blockiness": 1.5,
        "exposure": 1.5,
        "completeness": 0.0,
        "text_relevance": 3.0,
        "subject_seen": 3.0,
        "black_stretch": 1.0,
        "frozen_stretch": 0.0,
        "flashes": 2.0,
    },
    # An alert may be one still card on a plain ground: motion and blank bands say nothing about it.
    "alert": {
        "temporal_coherence": 1.0,
        "temporal_flickering": 1.0,
        "warp_error": 1.0,
        "motion_smoothness": 0.0,
        "subject_consistency": 0.0,
        "continuity": 0.0,
        "background_consistency": 0.0,
        "dynamic_degree": 0.0,
        "brightness_flicker": 0.0,
        "repeated_frames": 0.0,
        "motion_consistency": 0.0,
        "change_growth": 0.0,
        "sharpness": 4.0,
        "noise_level": 1.0,
        "blockiness": 1.0,
        "exposure": 0.0,
        "completeness": 0.0,
        "text_relevance": 0.0,
        "subject_seen": 0.0,
        "black_stretch": 2.0,
        "frozen_stretch": 0.0,
        "flashes": 3.0,
    },
    # Camera pictures: grain and night scenes are normal, bands of one colour are not unusual skies. A hand-held camera
    # leaves nothing that never moves, so flicker is looked for by brightness; films have cuts, so the first frame
    # says nothing about the others.
    "footage": {
        "temporal_coherence": 3.0,
        "temporal_flickering": 1.0,
        "warp_error": 1.5,
        "motion_smoothness": 1.5,
        "subject_consistency": 0.0,
        "continuity": 0.0,
        "background_consistency": 0.0,
        "dynamic_degree": 2.0,
        "brightness_flicker": 1.5,
        "repeated_frames": 1.0,
        "motion_consistency": 2.0,
        "change_growth": 2.0,
        "sharpness": 2.0,
        "noise_level": 0.5,
        "blockiness": 1.0,
        "exposure": 0.5,
        "completeness": 1.0,
        "text_relevance": 3.0,
        "subject_seen": 3.0,
        "black_stretch": 1.0,
        "frozen_stretch": 1.0,
        "flashes": 2.0,
    },
}


def complete_weights(given: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """`given` laid over the defaults; a new content type starts from the weights of "illustration"."""
    tables = {name: dict(table) for name, table in DEFAULT_WEIGHTS.items()}
    for name, table in given.items():
        tables[name] = {**tables.get(name, DEFAULT_WEIGHTS["illustration"]), **table}
    return tables
