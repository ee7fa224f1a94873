"""Maps each setting to the first stages that it invalidates, and rejects changes without effect."""

from __future__ import annotations

from collections.abc import Collection

from videogen.domain.stages import STAGES, Stage, made_from
from videogen.errors import InputError

_PROMPT, _PICTURES, _FACTS = Stage.PROMPT_ASSET, Stage.REFERENCE_IMAGES, Stage.FACT_CHECK_REPORT
_CONDITIONING, _NOISE, _LATENTS = Stage.CONDITIONING_EMBEDDINGS, Stage.BASE_NOISE_LATENTS, Stage.VIDEO_LATENTS
_UPSCALED, _RENDERED, _REPORT = Stage.UPSCALED_FRAMES, Stage.RENDERED_VIDEO, Stage.QUALITY_REPORT

FIRST_READERS: dict[str, tuple[Stage, ...]] = {
    # The prompt's open words are settled by the seed, too, but belong to the attempt that made them: an attempt with
    # another seed that starts behind them is another take of the same scene, and so is every regeneration.
    "seed": (_NOISE,),
    "model": (_LATENTS,),
    "model.profile": (_PROMPT, _PICTURES),
    "model.negative_prompt": (_PROMPT,),
    "model.base_noise_lambda": (_NOISE,),
    "model.residual_noise_lambda": (_NOISE,),
    "model.num_frames": (_PROMPT,),
    # Where and how exactly is computed, not what: they act in every stage that is made, upscaling being the last.
    "model.device": (_UPSCALED,),
    "model.precision": (_UPSCALED,),
    "processing.resolution": (_UPSCALED,),
    "processing.fps": (_RENDERED,),
    "processing.duration": (_PROMPT,),
    "processing.max_text_length": (_PROMPT,),
    "processing.max_prompt_characters": (_PROMPT,),
    "processing.max_images": (_PICTURES,),
    "processing.max_image_pixels": (_PICTURES,),
    "processing.max_image_bytes": (_PICTURES,),
    "processing.max_clip_bytes": (_CONDITIONING,),
    "preprocessing.text_steps": (_PROMPT,),
    "preprocessing.image_steps": (_PICTURES,),
    "preprocessing.fit": (_PICTURES,),
    "preprocessing.remove_background": (_PICTURES,),
    "preprocessing.policy_file": (_PROMPT,),
    "preprocessing.vocabulary_file": (_PROMPT,),
    # The rest of `noise` acts where both halves are joined, at the beginning of the denoising.
    "noise": (_LATENTS,),
    "noise.prior": (_NOISE,),
    "noise.variations": (_NOISE,),
    "noise.variation_seed": (_NOISE,),
    "noise.variation_strength": (_NOISE,),
    "synthesis": (_LATENTS,),
    "synthesis.keyword_emphasis": (_CONDITIONING,),
    "super_resolution": (_UPSCALED,),
    "delivery": (_RENDERED,),
    "delivery.fit": (_UPSCALED,),
    "adaptation": (_PROMPT,),
    "adaptation.look": (_UPSCALED,),
    "adaptation.look_strength": (_UPSCALED,),
    "adaptation.palette": (_UPSCALED,),
    "adaptation.looks_file": (_UPSCALED,),
    "adaptation.explore": (),
    "quality": (_REPORT,),
    "quality.content_type": (_UPSCALED,),
    "fact_check": (_FACTS,),
    "release": (),
    "emergency": (),
    "feedback": (),
    "monitoring": (),
    "desk": (),
    "briefing": (),
    "outlets": (),
    # A request chooses one when it is made; later attempts keep it.
    "pipelines": (),
    "paths": (),
}
"""A setting, its group, or ``"seed"`` → the stages that have to be made for a change of it to act; the setting wins
over its group. Several: none is made from another one. None: nothing that a stage makes depends on it.
"""


def first_readers(name: str) -> tuple[Stage, ...]:
    """Return the first stages that read the setting `name`, e.g. ``"model.guidance_scale"``."""
    while name not in FIRST_READERS and "." in name:
        name = name.rpartition(".")[0]
    return FIRST_READERS.get(name, ())


def start_for(names: Collection[str], stage: str | None = None) -> Stage | None:
    """Return the latest start stage from which changes of all these settings take effect.

    Args:
        names: ``"group.field"``, and ``"seed"``.
        stage: a stage that it has to make as well.

    Returns:
        None: no single stage is enough, only an attempt that recomputes everything.
    """
    needed = {*(reader for name in names for reader in first_readers(name)), *((stage,) if stage else ())}
    made = {start: made_from(start) for start in STAGES}
    return min((start for start in STAGES if needed <= made[start]), key=lambda start: len(made[start]), default=None)


def check_changes_act(names: Collection[str], made: Collection[str], start: str, video_id: str) -> None:
    """Reject changes that an attempt would record without any effect.

    Args:
        start: the stage that the attempt starts at, for the message.
        video_id: the video, for the message.
        names: of the settings that change, ``"group.field"``, and ``"seed"``.
        made: the stages that the attempt makes, from `start` on; it inherits the others.

    Raises:
        InputError: a stage that it inherits is the first to read one of them.
    """
    for name in names:
        inherited = [stage for stage in first_readers(name) if stage not in made]
        if inherited:
            better = start_for(names, start)
            raise InputError(
                f"{name} is read by {' and '.join(inherited)}, which an attempt from {start} inherits: "
                "the change would be recorded, but have no effect",
                remedy=f"use --from {better}" if better else "leave out --from, so that all stages are recomputed",
                video_id=video_id,
            )
