"""The configuration that a run, sensor or schedule works with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import dagster as dg
from pydantic import Field, PrivateAttr

from resources.settings_seal import is_sealed
from videogen.config.config import VideoGenConfig
from videogen.domain.requests import changed_operator_settings, refusal
from videogen.errors import ConfigError

CONFIG_VARIABLE = "VIDEOGEN_CONFIG"
_REMEDY = (
    "leave them out of `resources.settings.config.overrides`; the operator sets them in the configuration file, "
    "or with `videogen --set`"
)


class SettingsResource(dg.ConfigurableResource):
    """The operator's configuration file, environment and overrides; `config` is the validated result, read once.

    In the configuration of a run, overrides leave the operator's settings alone, unless the launcher has sealed them.
    """

    overrides: dict[str, Any] = Field(default={}, description='settings that override the file, {"processing.fps": 30}')
    seal: str = Field(default="", description="written by `videogen` and Python; leave it empty")
    _config: VideoGenConfig | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, config: VideoGenConfig) -> Self:
        """Wrap settings that are already validated."""
        settings = cls(overrides=config.model_dump(mode="json"))
        settings._config = config
        return settings

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Refuse a run whose configuration changes the operator's settings.

        Raises:
            ConfigError: which settings, and who may set them.
        """
        run = context.run
        if run is None or context.instance is None or not _names_settings(run):
            return
        if not is_sealed(context.instance, run, self.overrides, self.seal):
            changed = changed_operator_settings(_load({}), self.config)
            if changed:
                raise ConfigError(refusal(changed, "the configuration of a run"), remedy=_REMEDY)

    @property
    def config(self) -> VideoGenConfig:
        """The validated configuration. Raises ConfigError where it is not valid."""
        if self._config is None:
            self._config = _load(self.overrides)
        return self._config

    def root(self, place: str | Path) -> str:
        """A folder (relative ones start in the home folder) or URL from the configuration, as text."""
        return str(place) if "://" in str(place) else str(self.config.path(place))


def _load(overrides: Mapping[str, Any]) -> VideoGenConfig:
    return VideoGenConfig.load(os.environ.get(CONFIG_VARIABLE) or None, overrides)


def _names_settings(run: dg.DagsterRun) -> bool:
    """Whether the run's configuration has a part for this resource, whatever stands in it."""
    resources = run.run_config.get("resources") if isinstance(run.run_config, Mapping) else None
    return isinstance(resources, Mapping) and bool(resources.get("settings"))
