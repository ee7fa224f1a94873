"""The stages of one video in the order of the data flow, and the stages that each one reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from videogen.errors import InputError


class Stage(StrEnum):
    """The artifacts of a video, in an order in which they can be made; each is a Dagster asset of that name."""

    PROMPT_ASSET = "prompt_asset"
    REFERENCE_IMAGES = "reference_images"
    FACT_CHECK_REPORT = "fact_check_report"
    CONDITIONING_EMBEDDINGS = "conditioning_embeddings"
    BASE_NOISE_LATENTS = "base_noise_latents"
    RESIDUAL_NOISE_LATENTS = "residual_noise_latents"
    VIDEO_LATENTS = "video_latents"
    DECODED_FRAMES = "decoded_frames"
    UPSCALED_FRAMES = "upscaled_frames"
    RENDERED_VIDEO = "rendered_video"
    QUALITY_REPORT = "quality_report"


@dataclass(frozen=True)
class Step:
    """One computation: the stages that it makes together, and those that it reads."""

    makes: tuple[Stage, ...]
    reads: tuple[Stage, ...] = ()


STEPS: tuple[Step, ...] = (
    Step((Stage.PROMPT_ASSET,)),
    Step((Stage.REFERENCE_IMAGES,)),
    Step((Stage.FACT_CHECK_REPORT,), (Stage.PROMPT_ASSET,)),
    Step((Stage.CONDITIONING_EMBEDDINGS,), (Stage.PROMPT_ASSET, Stage.REFERENCE_IMAGES)),
    Step((Stage.BASE_NOISE_LATENTS, Stage.RESIDUAL_NOISE_LATENTS), (Stage.CONDITIONING_EMBEDDINGS,)),
    Step(
        (Stage.VIDEO_LATENTS,),
        (Stage.CONDITIONING_EMBEDDINGS, Stage.BASE_NOISE_LATENTS, Stage.RESIDUAL_NOISE_LATENTS),
    ),
    Step((Stage.DECODED_FRAMES,), (Stage.VIDEO_LATENTS,)),
    Step((Stage.UPSCALED_FRAMES,), (Stage.DECODED_FRAMES,)),
    Step((Stage.RENDERED_VIDEO,), (Stage.UPSCALED_FRAMES,)),
    Step((Stage.QUALITY_REPORT,), (Stage.RENDERED_VIDEO, Stage.PROMPT_ASSET)),
)
UPSTREAM: Mapping[str, tuple[Stage, ...]] = {stage: step.reads for step in STEPS for stage in step.makes}
STAGES: tuple[Stage, ...] = tuple(Stage)
# What is kept of a video for good. Where these are there it is complete, though old intermediates may be gone.
RESULTS: tuple[Stage, ...] = (
    Stage.PROMPT_ASSET,
    Stage.FACT_CHECK_REPORT,
    Stage.RENDERED_VIDEO,
    Stage.QUALITY_REPORT,
)


def made_with(stage: str) -> tuple[Stage, ...]:
    """Return the stages of the step that makes `stage`, that one among them.

    Raises:
        InputError: the stage does not exist.
    """
    for step in STEPS:
        if stage in step.makes:
            return step.makes
    raise InputError(f"unknown stage {stage!r}", remedy=f"choose one of {', '.join(STAGES)}")


def made_from(*stages: str) -> frozenset[Stage]:
    """Return what a start at those stages makes: whatever their steps make, and all its descendants.

    Raises:
        InputError: the stage does not exist.
    """
    return frozenset(found for stage in stages for made in made_with(stage) for found in downstream(made))


def downstream(stage: str) -> frozenset[Stage]:
    """Return `stage` and all its descendants.

    Raises:
        InputError: the stage does not exist.
    """
    made_with(stage)
    affected = {Stage(stage)}
    for name in STAGES:
        if affected.intersection(UPSTREAM[name]):
            affected.add(name)
    return frozenset(affected)
