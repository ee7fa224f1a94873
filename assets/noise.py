"""Noise: the start of denoising, split into base noise and residual noise."""

from __future__ import annotations

from assets import show
from assets.stage import stage
from resources.models import ModelsResource
from resources.videos import Video
from resources.work import Made
from videogen.domain.artifacts import ConditioningEmbeddings, NoiseLatents


@stage("noise", kinds={"pytorch", "safetensors"})
def base_noise_latents(
    video: Video, conditioning_embeddings: ConditioningEmbeddings, models: ModelsResource
) -> Made[NoiseLatents]:
    """Base noise b, which all frames share; its share of the variance is `model.base_noise_lambda`.

    A video whose frames will not fit into memory is refused here, before it is denoised.
    """
    return _made(_sample(video, models)[0])


@stage("noise", kinds={"pytorch", "safetensors"})
def residual_noise_latents(
    video: Video, conditioning_embeddings: ConditioningEmbeddings, models: ModelsResource
) -> Made[NoiseLatents]:
    """Residual noise r of each frame; its share of the variance is `model.residual_noise_lambda`."""
    return _made(_sample(video, models)[1])


def _sample(video: Video, models: ModelsResource) -> tuple[NoiseLatents, NoiseLatents]:
    from videogen.noise import decomposer_for
    from videogen.runtime.memory import require_room_for_frames

    config = video.config
    synthesizer = models.synthesizer(config)
    count = synthesizer.num_frames()
    require_room_for_frames(count, config.processing.resolution)
    decomposer = decomposer_for(config, models.profile(config), count)
    # Both parts come from one seeded draw, so each asset draws both and keeps its own.
    return decomposer.sample(synthesizer.latent_shape(count), video.seed)


def _made(noise: NoiseLatents) -> Made[NoiseLatents]:
    facts = {"prior": noise.prior, "variance_share": noise.variance_share, **show.tensor_facts(noise.noise)}
    return Made(noise, facts)
