"""The stages of one video in the order of the data flow, and the stages that each one reads."""

from __future__ import annotations

from videogen.errors import InputError

UPSTREAM: dict[str, tuple[str, ...]] = {
    "prompt_asset": (),
    "reference_images": (),
    "fact_check_report": ("prompt_asset",),
    "conditioning_embeddings": ("prompt_asset", "reference_images"),
    "base_noise_latents": ("conditioning_embeddings",),
    "residual_noise_latents": ("conditioning_embeddings",),
    "video_latents": ("conditioning_embeddings", "base_noise_latents", "residual_noise_latents"),
    "decoded_frames": ("video_latents",),
    "upscaled_frames": ("decoded_frames",),
    "rendered_video": ("upscaled_frames",),
    "quality_report": ("rendered_video", "prompt_asset"),
}
STAGES: tuple[str, ...] = tuple(UPSTREAM)
# What is kept of a video for good. Where these are there it is complete, though old intermediates may be gone.
RESULTS: tuple[str, ...] = ("prompt_asset", "fact_check_report", "rendered_video", "quality_report")
# Halves of one seeded draw: one of a new seed beside one of the old seed would be a start that no seed gives.
ONE_DRAW: tuple[str, ...] = ("base_noise_latents", "residual_noise_latents")


def first_stages(stage: str) -> tuple[str, ...]:
    """Return what an attempt from `stage` computes first: that stage, then the others of the same draw.

    Raises:
        InputError: the stage does not exist.
    """
    downstream(stage)
    return (stage, *(other for other in ONE_DRAW if stage in ONE_DRAW and other != stage))


def made_from(*stages: str) -> frozenset[str]:
    """Return those stages and all their descendants.

    Raises:
        InputError: the stage does not exist.
    """
    return frozenset().union(*map(downstream, stages))


def downstream(stage: str) -> frozenset[str]:
    """Return `stage` and all its descendants.

    Raises:
        InputError: the stage does not exist.
    """
    if stage not in UPSTREAM:
        raise InputError(f"unknown stage {stage!r}", remedy=f"choose one of {', '.join(STAGES)}")
    affected = {stage}
    for name, sources in UPSTREAM.items():
        if affected.intersection(sources):
            affected.add(name)
    return frozenset(affected)
