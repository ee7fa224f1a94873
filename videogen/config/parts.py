"""What a component takes as its configuration: the whole one, its own group alone, or nothing."""

from __future__ import annotations

from typing import TypeVar, overload

from videogen.config.config import VideoGenConfig
from videogen.config.flat_names import GROUPS
from videogen.config.groups.group import Group
from videogen.errors import ConfigError

Part = TypeVar("Part", bound=Group)


@overload
def part(given: VideoGenConfig | Group | None, kind: type[Part]) -> Part: ...


@overload
def part(given: VideoGenConfig | Group | None, kind: type[VideoGenConfig]) -> VideoGenConfig: ...


def part(given: VideoGenConfig | Group | None, kind: type[Group] | type[VideoGenConfig]) -> Group | VideoGenConfig:
    """The group `kind` of a configuration; of none, that of the defaults and the environment.

    A single group stands for a configuration of which only that group is given: ``NoiseDecomposer(NoiseSettings(…))``.

    Raises:
        ConfigError: `given` is something else; or it is one group, and the whole configuration is needed.
    """
    if isinstance(given, kind):
        return given
    if given is None or (isinstance(given, Group) and kind is not VideoGenConfig):
        given = VideoGenConfig()
    if not isinstance(given, VideoGenConfig):
        raise ConfigError(
            f"a {type(given).__name__} was given as the configuration",
            remedy="give a VideoGenConfig, such as VideoGenConfig.load('config/production_config.yaml'), or nothing",
        )
    if kind is VideoGenConfig:
        return given
    (name,) = (name for name, group in GROUPS.items() if group is kind)
    found: Group = getattr(given, name)
    return found
