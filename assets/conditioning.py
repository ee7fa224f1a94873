"""Conditioning: the embeddings that steer the denoiser."""

from __future__ import annotations

from assets.common.stage import stage
from resources.models import ModelsResource
from resources.runs.videos import Video
from resources.runs.work import Made
from videogen.domain.artifacts import ConditioningEmbeddings, PromptAsset, ReferenceImages
from videogen.errors import PolicyError


@stage("conditioning", kinds={"pytorch", "huggingface"}, pool="gpu", deps=["fact_check_report"])
def conditioning_embeddings(
    video: Video, prompt_asset: PromptAsset, reference_images: ReferenceImages, models: ModelsResource
) -> Made[ConditioningEmbeddings]:
    """Text and image embeddings of the request, including the negative prompt.

    Waits for the fact check, so that no model is loaded for a video that may not be made. Refuses what the policy
    refuses, whether or not the policy's own check is part of the run.
    """
    verdict = prompt_asset.policy
    if not verdict.allowed:
        raise PolicyError(f"rule {verdict.rule!r}: {verdict.reason}", remedy="change the prompt and submit it again")
    embeddings = models.synthesizer(video.config).condition(prompt_asset, reference_images)
    return Made(
        embeddings,
        {
            "model": embeddings.profile,
            "revision": embeddings.revision,
            "complexity": embeddings.complexity,
            "prompt_shape": _shapes(embeddings),
            "pictures": _pictures(embeddings),
        },
    )


def _shapes(embeddings: ConditioningEmbeddings) -> str:
    told = [tensor for name, tensor in embeddings.record.items() if name != "pictures"] or [embeddings.prompt_embeds]
    return ", ".join("×".join(map(str, tensor.shape)) for tensor in told)


def _pictures(embeddings: ConditioningEmbeddings) -> int:
    held = embeddings.record.get("pictures", embeddings.image_latents)
    return 0 if held is None else len(held)
