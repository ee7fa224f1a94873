"""Noise: what the video starts from, split into what all frames share and what each has of its own."""

from __future__ import annotations

from assets import show
from assets.stage import stage
from resources.models import ModelsResource
from resources.videos import Video
from resources.work import Made
from videogen.artifacts import ConditioningEmbeddings, NoiseLatents


@stage("noise", kinds={"pytorch", "safetensors"})
def base_noise_latents(
    video: Video, conditioning_embeddings: ConditioningEmbeddings, models: ModelsResource
) -> Made[NoiseLatents]:
    """The noise b that all frames share; its share of the variance is `model.base_noise_lambda`."""
    return _made(_sample(video, models)[0])


@stage("noise", kinds={"pytorch", "safetensors"})
def residual_noise_latents(
    video: Video, conditioning_embeddings: ConditioningEmbeddings, models: ModelsResource
) -> Made[NoiseLatents]:
    """Each frame's own noise r; its share of the variance is `model.residual_noise_lambda`."""
    return _made(_sample(video, models)[1])


def _sample(video: Video, models: ModelsResource) -> tuple[NoiseLatents, NoiseLatents]:
    from videogen.noise import NoiseDecomposer

    config = video.config
    synthesizer = models.synthesizer(config)
    decomposer = NoiseDecomposer(
        config.noise,
        config.model.base_noise_lambda,
        config.model.residual_noise_lambda,
        models.profile(config).noise_prior,
    )
    # Both parts come from one seeded draw, so each asset draws both and keeps its own.
    return decomposer.sample(synthesizer.latent_shape(synthesizer.num_frames()), video.seed)


def _made(noise: NoiseLatents) -> Made[NoiseLatents]:
    facts = {"prior": noise.prior, "variance_share": noise.variance_share, **show.tensor_facts(noise.noise)}
    return Made(noise, facts)
