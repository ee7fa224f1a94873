"""The catalogue of metrics of a single video: meaning, direction, and the class that measures it.

An own metric is one file plus one line here and one in `videogen.config.metric_names`, or, from a package outside, an
entry point in the group `videogen.quality_metrics` that names a `MetricDefinition`. It takes part in the verdict once
`quality.weights` gives it a weight for the content type.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from videogen.quality.thresholds import LEVELS, Levels
from videogen.runtime.plugins import QUALITY_METRICS, resolve

if TYPE_CHECKING:
    from videogen.quality.metrics.streams import MetricStream

Group = Literal["temporal", "visual", "relevance", "technical"]


@dataclass(frozen=True)
class MetricDefinition:
    """A metric: where it is computed, and its levels.

    name: key in reports, weights and thresholds. stream: ``"module:factory"`` of a `MetricStream`, or None where the
    assessor itself works it out. levels: default threshold and the utilities' anchors.
    """

    name: str
    title: str
    group: Group
    unit: str
    meaning: str
    levels: Levels
    stream: str | None = None

    def open_stream(self) -> MetricStream:
        """A fresh stream of this metric; imports its module."""
        if self.stream is None:
            raise TypeError(f"{self.name} is not measured frame by frame")
        module, _, factory = self.stream.partition(":")
        made: MetricStream = getattr(import_module(module), factory)()
        return made


def _metric(
    name: str, title: str, group: Group, unit: str, meaning: str, stream: str | None = None
) -> MetricDefinition:
    return MetricDefinition(
        name, title, group, unit, meaning, LEVELS[name], stream and f"videogen.quality.metrics.{stream}"
    )


_DEFINITIONS = (
    _metric(
        "temporal_coherence",
        "Temporal coherence",
        "temporal",
        "",
        "mean of flickering, smoothness and both consistencies",
    ),
    _metric(
        "temporal_flickering",
        "Temporal flickering",
        "temporal",
        "",
        "1 − difference of consecutive frames; low: the image flickers",
        "streams:TemporalFlickering",
    ),
    _metric(
        "warp_error",
        "Warp error",
        "temporal",
        "",
        "change that motion does not explain; high: shimmering details",
        "streams:WarpError",
    ),
    _metric(
        "motion_smoothness",
        "Motion smoothness",
        "temporal",
        "",
        "how well each frame follows from its neighbours; low: jerks, frames out of order",
        "streams:MotionSmoothness",
    ),
    _metric(
        "subject_consistency",
        "Subject consistency",
        "temporal",
        "",
        "similarity of what is shown over time; low: things change into others",
        "streams:SubjectConsistency",
    ),
    _metric(
        "continuity",
        "Continuity",
        "temporal",
        "",
        "lowest similarity of a frame to the one before; low: a cut, the scene jumps",
        "streams:Continuity",
    ),
    _metric(
        "background_consistency",
        "Background consistency",
        "temporal",
        "",
        "similarity of what does not move over time; low: the light or scene jumps",
        "streams:BackgroundConsistency",
    ),
    _metric(
        "dynamic_degree",
        "Dynamic degree",
        "temporal",
        "%/s",
        "motion in per cent of the width per second; 0: a still image",
        "streams:DynamicDegree",
    ),
    _metric(
        "brightness_flicker",
        "Brightness flicker",
        "temporal",
        "grey levels",
        "change of brightness from frame to frame, the same in the whole image",
        "cadence:BrightnessFlicker",
    ),
    _metric(
        "repeated_frames",
        "Repeated frames",
        "temporal",
        "",
        "fraction of the frames that repeat the one before although the scene moves; high: frames were lost",
        "cadence:RepeatedFrames",
    ),
    _metric(
        "motion_consistency",
        "Motion consistency",
        "temporal",
        "",
        "likeness of the motion of consecutive frames; below 0: frames go back and forth, or are out of order",
        "order:MotionConsistency",
    ),
    _metric(
        "change_growth",
        "Change growth",
        "temporal",
        "",
        "change over two frames ÷ change over one; about 1: frames are out of order, or each is bent by itself",
        "order:ChangeGrowth",
    ),
    _metric("sharpness", "Sharpness", "visual", "", "1 − perceptual blur", "streams:sharpness"),
    _metric("noise_level", "Noise", "visual", "grey levels", "standard deviation of the noise", "streams:noise_level"),
    _metric("blockiness", "Blockiness", "visual", "", "jumps at block borders", "streams:blockiness"),
    _metric(
        "exposure",
        "Exposure",
        "visual",
        "",
        "fraction of pixels that are neither too dark nor too bright to show detail",
        "streams:exposure",
    ),
    _metric(
        "completeness",
        "Completeness",
        "visual",
        "",
        "fraction of the frame that is not a blank band",
        "streams:completeness",
    ),
    _metric(
        "text_relevance",
        "Text relevance",
        "relevance",
        "σ",
        "similarity to the prompt, in standard deviations above unrelated prompts",
    ),
    _metric(
        "subject_seen",
        "Subject seen",
        "relevance",
        "",
        "probability that the video shows the subject of its prompt, by a network that does not read the prompt",
    ),
    _metric(
        "black_stretch",
        "Longest black stretch",
        "technical",
        "s",
        "seconds in which nothing is visible",
        "stretches:black_stretch",
    ),
    _metric(
        "frozen_stretch",
        "Longest frozen stretch",
        "technical",
        "s",
        "seconds in which each frame repeats the one before",
        "stretches:FrozenStretch",
    ),
    _metric(
        "flashes",
        "Flashes per second",
        "technical",
        "1/s",
        "WCAG 2.3.1: more than three can trigger seizures",
        "flashes:FlashRate",
    ),
)
METRICS: dict[str, MetricDefinition] = {definition.name: definition for definition in _DEFINITIONS}
COHERENCE_PARTS = ("temporal_flickering", "motion_smoothness", "subject_consistency", "background_consistency")


def definition(name: str) -> MetricDefinition:
    """The metric of that name.

    Raises:
        ConfigError: nobody offers it, or its plug-in does not load.
    """
    if name in METRICS:
        return METRICS[name]
    found: MetricDefinition = resolve(QUALITY_METRICS, name)
    return found
