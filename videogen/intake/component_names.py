"""Checks that every component named in a configuration exists: model profile, steps, priors, backends.

Only the tables of names are read. No part is imported, so that a request is checked before torch is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from videogen.config.suggestions import did_you_mean
from videogen.errors import ConfigError, ModelError
from videogen.runtime import plugins

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.models.profile import ModelProfile


class Named(NamedTuple):
    """A name, the field that gives it, and the group of the registry in which it must be known."""

    field: str
    name: str
    group: str


def check_names(config: VideoGenConfig) -> None:
    """Reject a configuration that names an unknown profile, step, prior, upscaler, family or backend.

    Raises:
        ConfigError: with each such field, its value, the names there are, and the closest of them.
    """
    problems = unknown_names(config)
    if problems:
        raise ConfigError("; ".join(problems), remedy="correct what is named, or install the package that provides it")


def unknown_names(config: VideoGenConfig) -> list[str]:
    """Return one sentence for each unknown name in `config` or in its model profile."""
    from videogen.models.profile import profile_names

    models = config.path(config.paths.models)
    name, known = config.model.profile, profile_names(models)
    problems = []
    profile = None
    if name not in known:
        problems.append(_unknown("model.profile", name, known))
    else:
        try:
            file = (models / "profiles" / f"{name}.yaml").stat()
            profile = _profile(name, models, file.st_mtime_ns, file.st_size)
        except OSError as error:
            problems.append(f"model.profile: cannot read {name!r}: {error.strerror}")
        except ModelError as error:
            problems.append(f"model.profile: {error.problem}")
    problems += _not_offered(_of_settings(config))
    return problems + (unknown_in_profile(profile, config) if profile else [])


def check_profile_names(profile: ModelProfile, config: VideoGenConfig) -> None:
    """Reject a profile that names an unknown family, noise prior or content type, whatever the settings choose.

    Raises:
        ConfigError: as `check_names`.
    """
    problems = unknown_in_profile(profile, config)
    if problems:
        raise ConfigError("; ".join(problems), remedy="correct the profile, or install the package that provides it")


def unknown_in_profile(profile: ModelProfile, config: VideoGenConfig) -> list[str]:
    """Return one sentence for each unknown name that the settings leave to `profile`."""
    problems = _not_offered(_of_profile(profile, config))
    usual = type(config).model_fields["quality"].default.content_type
    drawn, known = profile.content_type, list(config.quality.weights)
    if drawn is not None and drawn not in known and config.quality.content_type == usual:
        problems.append(_unknown(f"profile {profile.name!r}, content_type", drawn, known))
    return problems


def _not_offered(parts: Iterator[Named]) -> list[str]:
    problems = []
    for part in parts:
        # The built-in ones first: entry points are looked up in every installed package.
        if part.name not in plugins.BUILTIN[part.group]:
            offered = plugins.available(part.group)
            if part.name not in offered:
                problems.append(_unknown(part.field, part.name, offered))
    return problems


@lru_cache(maxsize=16)
def _profile(name: str, models: Path, changed: int, size: int) -> ModelProfile:
    """The profile as the file of that time and size says: parsed once for all rows of a request file."""
    from videogen.models.profile import load_profile

    return load_profile(name, models)


def _of_settings(config: VideoGenConfig) -> Iterator[Named]:
    for name in config.preprocessing.text_steps:
        yield Named("preprocessing.text_steps", name, plugins.TEXT_STEPS)
    for name in config.preprocessing.image_steps:
        yield Named("preprocessing.image_steps", name, plugins.IMAGE_STEPS)
    if config.noise.prior is not None:
        yield Named("noise.prior", config.noise.prior, plugins.NOISE_PRIORS)
    if config.super_resolution.upscaler is not None:
        yield Named("super_resolution.upscaler", config.super_resolution.upscaler, plugins.UPSCALERS)
    for name in config.super_resolution.frame_steps:
        yield Named("super_resolution.frame_steps", name, plugins.FRAME_STEPS)
    for name in config.quality.frame_screens:
        if ":" not in name:
            yield Named("quality.frame_screens", name, plugins.FRAME_SCREENS)
    yield Named("fact_check.backend", config.fact_check.backend, plugins.FACT_CHECK_BACKENDS)


def _of_profile(profile: ModelProfile, config: VideoGenConfig) -> Iterator[Named]:
    """What the profile names, as far as the settings leave it to the profile."""
    where = f"profile {profile.name!r}"
    yield Named(f"{where}, family", profile.family, plugins.MODEL_FAMILIES)
    if config.noise.prior is None:
        yield Named(f"{where}, noise_prior", profile.noise_prior, plugins.NOISE_PRIORS)
        if profile.long_noise_prior is not None:
            yield Named(f"{where}, long_noise_prior", profile.long_noise_prior, plugins.NOISE_PRIORS)


def _unknown(field: str, name: str, known: list[str]) -> str:
    return f"{field}: {name!r} is not one of {', '.join(known) or '(none installed)'}{did_you_mean(name, known)}"
