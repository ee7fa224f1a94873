"""Clips that a model was trained to resemble, kept as features, so that a set of videos can be measured by itself."""

from __future__ import annotations

from pathlib import Path

from videogen.errors import InputError
from videogen.quality.metrics.distribution import MIN_CLIPS, SetScore, frechet_video_distance
from videogen.quality.metrics.window import Values

REFERENCE = "reference.safetensors"
"""Beside the weights of an embedded encoder: its features of real clips, float32 N×D, as ``features``."""
_REMEDY = "give `reference`: a set of videos to compare with, at least 16 clips of 16 frames"


def distance_to_reference(
    features: Values, name: str, reference: Path | None, *, min_clips: int = MIN_CLIPS
) -> SetScore:
    """Fréchet video distance of a set to the real clips of the model's own world.

    Args:
        features: N×D. name: of their extractor. reference: the file with the features of real clips.

    Raises:
        InputError: too few clips, or there are no such features.
    """
    from safetensors.numpy import load_file

    if reference is None:
        raise InputError(f"the features {name!r} come with no set of real clips", remedy=_REMEDY)
    if not reference.is_file():
        raise InputError(f"the encoder {name!r} has no features of real clips ({reference.name})", remedy=_REMEDY)
    return frechet_video_distance(features, load_file(reference)["features"], name=name, min_clips=min_clips)
