"""Conditioning: the embeddings that steer the denoiser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.common import show
from assets.common.stage import stage
from resources.models import ModelsResource
from resources.runs.videos import Video
from resources.runs.work import Made
from resources.storage import StorageResource
from videogen.domain.artifacts import ConditioningEmbeddings, PromptAsset, ReferenceImages
from videogen.errors import PolicyError

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.preprocessing.start_clip import StartClip


@stage("conditioning", kinds={"pytorch", "huggingface"}, pool="gpu", deps=["fact_check_report"])
def conditioning_embeddings(
    video: Video,
    prompt_asset: PromptAsset,
    reference_images: ReferenceImages,
    models: ModelsResource,
    storage: StorageResource,
) -> Made[ConditioningEmbeddings]:
    """Text and image embeddings of the request, including the negative prompt, and the clip that it starts from.

    Waits for the fact check, so that no model is loaded for a video that may not be made. Refuses what the policy
    refuses, whether or not the policy's own check is part of the run.
    """
    verdict = prompt_asset.policy
    if not verdict.allowed:
        raise PolicyError(f"rule {verdict.rule!r}: {verdict.reason}", remedy="change the prompt and submit it again")
    synthesizer = models.synthesizer(video.config)
    clip = _start(video, synthesizer.num_frames(), models, storage)
    embeddings = synthesizer.condition(prompt_asset, reference_images, clip)
    return Made(
        embeddings,
        {
            "model": embeddings.profile,
            "revision": embeddings.revision,
            "complexity": embeddings.complexity,
            "prompt_shape": _shapes(embeddings),
            "pictures": _pictures(embeddings),
            **({} if clip is None else _clip_facts(clip, video.config)),
        },
    )


def _start(video: Video, count: int, models: ModelsResource, storage: StorageResource) -> StartClip | None:
    """The clip that the video is made from, as `count` frames of the model."""
    from videogen.models.preflight import require_own_loop
    from videogen.preprocessing.start_clip import start_clip

    path = storage.requests.clip_path(video.request)
    if path is None:
        return None
    profile = models.profile(video.config)
    require_own_loop(profile)
    return start_clip(path, video.config, profile, count)


def _clip_facts(clip: StartClip, config: VideoGenConfig) -> dict[str, object]:
    return {
        **show.pictures(clip.pixels, "what the video is made from"),
        "made_from": ", ".join(f"{name} {value}" for name, value in clip.facts.items()),
        "strength": config.synthesis.start_strength,
        "noise_of_the_clip": "worked out of it" if config.synthesis.start_inversion else "drawn",
        "clip_warnings": show.bullets(clip.warnings),
    }


def _shapes(embeddings: ConditioningEmbeddings) -> str:
    told = [tensor for name, tensor in embeddings.record.items() if name != "pictures"] or [embeddings.prompt_embeds]
    return ", ".join("×".join(map(str, tensor.shape)) for tensor in told)


def _pictures(embeddings: ConditioningEmbeddings) -> int:
    held = embeddings.record.get("pictures", embeddings.image_latents)
    return 0 if held is None else len(held)
