"""Settings that act in the loop of `LatentSynthesizer`, and so not in pipelines that bring their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from videogen.config.config import VideoGenConfig
from videogen.errors import ConfigError
from videogen.models.pipeline_options import OWN_LOOP_ONLY

if TYPE_CHECKING:
    from videogen.models.profile import ModelProfile


def require_plain_settings(config: VideoGenConfig, profile: ModelProfile) -> None:
    """Reject settings that somebody changed and that would have no effect with this profile.

    Raises:
        ConfigError: names them.
    """
    changed = [name for name in OWN_LOOP_ONLY if _value(config, name) != _default(name)]
    if config.noise.prior == "free_init":
        changed.append("noise.prior")
    if changed:
        raise ConfigError(
            f"{', '.join(changed)} would have no effect: the profile {profile.name!r} is of the family "
            f"{profile.family!r}, whose pipelines bring their own denoising loop",
            remedy="leave these settings at their defaults, or give the pipeline's own arguments as diffusers.call in "
            "the profile",
        )


def _value(config: VideoGenConfig, name: str) -> object:
    group, _, field = name.partition(".")
    return getattr(getattr(config, group), field)


def _default(name: str) -> object:
    group, _, field = name.partition(".")
    return getattr(VideoGenConfig.model_fields[group].default, field)
