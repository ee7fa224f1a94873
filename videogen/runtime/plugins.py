"""The registry of components that a configuration or profile may name: noise priors, steps, upscalers, backends.

An own noise prior, frame step, upscaler or model family is one file plus one line: a line in `BUILTIN`, or, from a
package outside, an entry point of the group. Names are looked up without importing anything that they stand for.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from videogen.errors import ConfigError

NOISE_PRIORS = "videogen.noise_priors"
STEP_SCHEDULERS = "videogen.step_schedulers"
MODEL_FAMILIES = "videogen.model_families"
UPSCALERS = "videogen.upscalers"
TEXT_STEPS = "videogen.text_steps"
IMAGE_STEPS = "videogen.image_steps"
FRAME_STEPS = "videogen.frame_steps"
FACT_CHECK_BACKENDS = "videogen.fact_check_backends"
QUALITY_METRICS = "videogen.quality_metrics"
FRAME_SCREENS = "videogen.frame_screens"

BUILTIN: dict[str, dict[str, str]] = {
    NOISE_PRIORS: {
        "independent": "videogen.noise.priors:INDEPENDENT",
        "mixed": "videogen.noise.priors:MIXED",
        "progressive": "videogen.noise.priors:PROGRESSIVE",
        "free_noise": "videogen.noise.priors:FREE_NOISE",
        "free_noise_independent": "videogen.noise.priors:FREE_NOISE_INDEPENDENT",
        "free_init": "videogen.noise.priors:FREE_INIT",
    },
    # Named here, because the room of the adaptive schedule lies below that of the scheduler itself.
    STEP_SCHEDULERS: {
        "diffusers": "videogen.synthesis.scheduler:DiffusionScheduler",
    },
    MODEL_FAMILIES: {
        "animatediff": "videogen.models.families.animatediff:AnimateDiff",
        "diffusers": "videogen.models.families.diffusers_pipeline:DiffusersPipeline",
    },
    UPSCALERS: {
        "realesrgan": "videogen.super_resolution.upscalers:real_esrgan",
        "lanczos": "videogen.super_resolution.upscalers:lanczos",
    },
    TEXT_STEPS: {
        "clean": "videogen.preprocessing.prompt.cleaning:clean",
        "emphasis": "videogen.preprocessing.prompt.emphasis:emphasis",
        "detect_language": "videogen.preprocessing.prompt.language:detect_language",
        "translate": "videogen.preprocessing.prompt.translation:translate",
        "adapt": "videogen.preprocessing.prompt.adapting:adapt",
        "enhance": "videogen.preprocessing.prompt.enhancement:enhance",
        "truncate": "videogen.preprocessing.prompt.truncation:truncate",
        "keywords": "videogen.preprocessing.prompt.keywords:keywords",
        "settle": "videogen.preprocessing.prompt.settling:settle",
    },
    IMAGE_STEPS: {
        "orient": "videogen.preprocessing.image.colour:orient",
        "to_srgb": "videogen.preprocessing.image.colour:to_srgb",
        "enhance": "videogen.preprocessing.image.adjustment:enhance",
        "remove_background": "videogen.preprocessing.image.background:remove_background",
        "remove_backdrop": "videogen.preprocessing.image.background:remove_backdrop",
        "resize": "videogen.preprocessing.image.framing:resize",
    },
    FRAME_STEPS: {
        "upscale": "videogen.super_resolution.steps:upscale",
        "enhance_details": "videogen.super_resolution.steps:enhance_details",
        "temporal_consistency": "videogen.super_resolution.steps:temporal_consistency",
        "remove_artifacts": "videogen.super_resolution.steps:remove_artifacts",
        "look": "videogen.super_resolution.look:look",
    },
    FACT_CHECK_BACKENDS: {
        "embedded": "videogen.fact_check.judging.backends.embedded:EmbeddedBackend",
        "nli": "videogen.fact_check.judging.backends.nli:NliBackend",
        "llm": "videogen.fact_check.judging.backends.llm:LlmBackend",
        "google_fact_check": "videogen.fact_check.judging.backends.google:GoogleFactCheckBackend",
    },
    # The built-in metrics are a table of definitions of their own: videogen/quality/catalogue.py.
    QUALITY_METRICS: {},
    FRAME_SCREENS: {
        "photosensitivity": "videogen.quality.screening.photosensitivity:Photosensitivity",
    },
}
"""Group → name → ``"package.module:attribute"``."""


def available(group: str) -> list[str]:
    """Names that `resolve` knows in this group, sorted."""
    return sorted({*BUILTIN[group], *(point.name for point in entry_points(group=group))})


def resolve(group: str, name: str) -> Any:
    """The object behind `name`; the import happens here, so unused components cost nothing.

    Args:
        group: entry point group, one of the constants of this module.
        name: what the configuration asks for.

    Raises:
        ConfigError: nobody offers that name, or its import fails.
    """
    if name in BUILTIN[group]:
        module, _, attribute = BUILTIN[group][name].partition(":")
        return getattr(import_module(module), attribute)
    for point in entry_points(group=group, name=name):
        try:
            return point.load()
        except (ImportError, AttributeError) as error:
            raise ConfigError(
                f"the plug-in {name!r} of group {group} ({point.value}) cannot be loaded: {error}",
                remedy="repair or uninstall the package that declares it",
            ) from error
    raise ConfigError(
        f"no component named {name!r} is known in the group {group}",
        remedy=f"choose one of {', '.join(available(group))}, or install a package that offers it",
    )
