"""Noise: the start of denoising, split into base noise and residual noise."""

from __future__ import annotations

from assets.common import show
from assets.common.stage import stage
from resources.models import ModelsResource
from resources.runs.videos import Video
from resources.runs.work import Made
from videogen.domain.artifacts import ConditioningEmbeddings, NoiseLatents


@stage(
    "noise",
    kinds={"pytorch", "safetensors"},
    makes={
        "base_noise_latents": "Base noise b, which all frames share; its part of the variance is "
        "`model.base_noise_lambda`.",
        "residual_noise_latents": "Residual noise r of each frame; its part of the variance is "
        "`model.residual_noise_lambda`.",
    },
)
def initial_noise(
    video: Video, conditioning_embeddings: ConditioningEmbeddings, models: ModelsResource
) -> dict[str, Made[NoiseLatents]]:
    """Both parts of the initial noise, from one draw with the seed of the attempt.

    A video whose frames will not fit into memory is refused here, before it is denoised.
    """
    from videogen.noise import decomposer_for
    from videogen.runtime.memory import require_room_for_frames

    config = video.config
    synthesizer = models.synthesizer(config)
    count = synthesizer.num_frames()
    require_room_for_frames(count, config.processing.resolution)
    decomposer = decomposer_for(config, models.profile(config), count)
    base, residual = decomposer.sample(synthesizer.latent_shape(count), video.seed)
    lineage = _lineage(video)
    return {"base_noise_latents": _made(base, lineage), "residual_noise_latents": _made(residual, lineage)}


def _made(noise: NoiseLatents, lineage: dict[str, object]) -> Made[NoiseLatents]:
    facts = {"prior": noise.prior, "variance_share": noise.variance_share, **show.tensor_facts(noise.noise)}
    return Made(noise, facts | lineage)


def _lineage(video: Video) -> dict[str, object]:
    """Which video the noise was varied from, and how; empty: it was drawn."""
    found: dict[str, object] = {}
    if video.request.varied_from is not None:
        found["varied_from"] = f"{video.request.varied_from}, attempt {video.request.varied_attempt}"
    if video.config.noise.variations:
        found["variations"] = show.table([one.model_dump() for one in video.config.noise.variations])
    return found
