"""The configuration that a run, sensor or schedule works with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Self

import dagster as dg
from pydantic import Field, PrivateAttr

from videogen.config.config import VideoGenConfig

CONFIG_VARIABLE = "VIDEOGEN_CONFIG"


class SettingsResource(dg.ConfigurableResource):
    """A configuration file and overrides; `config` is the validated result, read once."""

    config_path: str | None = Field(
        default=None,
        description=f"YAML or JSON file; none: the file named by {CONFIG_VARIABLE}, or the defaults",
    )
    overrides: dict[str, Any] = Field(default={}, description='settings that override the file, {"processing.fps": 30}')
    _config: VideoGenConfig | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, config: VideoGenConfig) -> Self:
        """Wrap settings that are already validated."""
        settings = cls(overrides=config.model_dump(mode="json"))
        settings._config = config
        return settings

    @property
    def config(self) -> VideoGenConfig:
        """The validated configuration. Raises ConfigError where it is not valid."""
        if self._config is None:
            self._config = VideoGenConfig.load(
                self.config_path or os.environ.get(CONFIG_VARIABLE) or None, self.overrides
            )
        return self._config

    def root(self, place: str | Path) -> str:
        """A folder (relative ones start in the home folder) or URL from the configuration, as text."""
        return str(place) if "://" in str(place) else str(self.config.path(place))
