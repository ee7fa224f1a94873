"""VideoGenConfig: every setting of the system, grouped, validated, frozen.

Sources, later ones win: defaults < what `videogen experiments adopt` has adopted < a YAML or JSON file < environment
variables (``VIDEOGEN_<GROUP>__<FIELD>`` or ``VIDEOGEN_<FIELD>``, e.g. ``VIDEOGEN_FPS=30``) < explicit overrides.
A setting may be written without its group (``fps: 30``) wherever it may be written with it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from videogen.config.adopted import read_adopted, settings_in_force
from videogen.config.environment import PREFIX, from_environment, variable_of
from videogen.config.flat_names import GROUPS, nearest
from videogen.config.groups.adaptation import AdaptationSettings
from videogen.config.groups.all import (
    DeliverySettings,
    FactCheckSettings,
    ModelSettings,
    NoiseSettings,
    PathSettings,
    PreprocessingSettings,
    ProcessingSettings,
    QualitySettings,
    SuperResolutionSettings,
    SynthesisSettings,
)
from videogen.config.groups.briefing import BriefingSettings
from videogen.config.groups.desk import DeskSettings
from videogen.config.groups.emergency import EmergencySettings
from videogen.config.groups.feedback import FeedbackSettings
from videogen.config.groups.monitoring import MonitoringSettings
from videogen.config.groups.outlets import OutletSettings
from videogen.config.groups.pipelines import PipelineSettings
from videogen.config.groups.release import ReleaseSettings
from videogen.config.operator_settings import is_the_operators
from videogen.config.places import SHIPPED, configuration_file, place
from videogen.config.setting_names import flat, merged, nested
from videogen.errors import ConfigError, InputError, listed, shortened
from videogen.runtime.structured_text import MalformedTextError, read_structured

# In a checkout, its root.
PROJECT_ROOT = SHIPPED
_MAX_BYTES = 1_000_000
_LONGEST_SHOWN = 200
_SEE = "`videogen config show --defaults` prints every setting with its meaning"
_UNKNOWN = "no such setting; check the spelling and the group"


class VideoGenConfig(BaseSettings):
    """The validated configuration. It is immutable: `updated` returns a new one."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid", validate_default=True
    )

    model: ModelSettings = ModelSettings()
    processing: ProcessingSettings = ProcessingSettings()
    preprocessing: PreprocessingSettings = PreprocessingSettings()
    noise: NoiseSettings = NoiseSettings()
    synthesis: SynthesisSettings = SynthesisSettings()
    super_resolution: SuperResolutionSettings = SuperResolutionSettings()
    delivery: DeliverySettings = DeliverySettings()
    quality: QualitySettings = QualitySettings()
    fact_check: FactCheckSettings = FactCheckSettings()
    adaptation: AdaptationSettings = AdaptationSettings()
    release: ReleaseSettings = ReleaseSettings()
    outlets: OutletSettings = OutletSettings()
    emergency: EmergencySettings = EmergencySettings()
    feedback: FeedbackSettings = FeedbackSettings()
    monitoring: MonitoringSettings = MonitoringSettings()
    pipelines: PipelineSettings = PipelineSettings()
    desk: DeskSettings = DeskSettings()
    briefing: BriefingSettings = BriefingSettings()
    paths: PathSettings = PathSettings()

    def __init__(self, **settings: Any) -> None:
        """Take groups and settings by name, ``VideoGenConfig(fps=30, noise=NoiseSettings(…))``, over the environment.

        Raises:
            ConfigError: a name or value is refused, or an environment variable names no setting.
        """
        environment = self._of_environment()
        given = merged(environment, nested(settings))
        _fill(self, given, "the configuration", environment)

    @classmethod
    def defaults(cls) -> Self:
        """The defaults alone, without file, environment or what was adopted."""
        return cls._validated({}, "the defaults")

    @classmethod
    def load(cls, path: Path | str | None = None, overrides: Mapping[str, Any] | None = None) -> Self:
        """Merge defaults, adopted settings, file, environment and `overrides` (nested or dotted); later ones win.

        Raises:
            ConfigError: the file is missing or malformed, an environment variable names no setting,
                or a value is refused; every refused field is named with the reason.
        """
        values = _read_file(configuration_file(path)) if path else {}
        environment = cls._of_environment()
        source = str(path) if path else "the configuration"
        together = merged(merged(values, environment), nested(overrides or {}))
        adopted = settings_in_force(read_adopted(_adopted_file(together)))
        together = merged(adopted, together)
        return cls._validated(together, source, environment)

    def updated(self, changes: Mapping[str, Any]) -> Self:
        """Return a new validated configuration with `changes` (``{"model.guidance_scale": 5}`` or nested)."""
        return self._validated(merged(self.model_dump(), nested(changes)), "the update")

    @classmethod
    def _of_environment(cls) -> dict[str, Any]:
        environment: dict[str, Any] = {}
        for setting in from_environment(cls):
            environment = merged(environment, setting)
        return environment

    @classmethod
    def _validated(cls, values: Mapping[str, Any], source: str, environment: Mapping[str, Any] | None = None) -> Self:
        """A configuration of exactly these values; the environment is not read again."""
        config = cls.__new__(cls)
        _fill(config, values, source, environment or {})
        return config

    def path(self, path: Path | str) -> Path:
        """`path` as it is meant: relative paths start in the home folder, or among the shipped files."""
        return place(path)

    def location(self, root: str) -> str:
        """A store's root as it is meant: URLs as they are, relative paths from the home folder."""
        return root if "://" in root else str(self.path(root))

    def to_yaml(self) -> str:
        """Return all settings as YAML."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False)

    @model_validator(mode="after")
    def _noise_shares_sum_to_one(self) -> Self:
        total = self.model.base_noise_lambda + self.model.residual_noise_lambda
        if abs(total - 1.0) > 1e-6:
            raise ValueError(
                f"model.base_noise_lambda + model.residual_noise_lambda is {total:g}, but they are parts of the "
                "variance and must add up to 1: set residual_noise_lambda to 1 − base_noise_lambda"
            )
        return self

    @model_validator(mode="after")
    def _pipelines_change_what_a_request_may(self) -> Self:
        for name, pipeline in self.pipelines.named.items():
            try:
                changed = flat(pipeline.settings)
            except ConfigError as error:
                raise ValueError(f"pipelines.{name}: {error.problem}") from error
            for setting in changed:
                group, _, field = setting.partition(".")
                if group not in GROUPS or field.partition(".")[0] not in GROUPS[group].model_fields:
                    raise ValueError(f"pipelines.{name}: {setting}: {_UNKNOWN}{nearest(setting)}")
                if is_the_operators(setting):
                    raise ValueError(
                        f"pipelines.{name} changes {setting}, but whoever makes a request chooses the pipeline, and "
                        "that setting holds for all of them: set it outside of the pipelines"
                    )
        return self

    @model_validator(mode="after")
    def _the_store_lies_outside_of_the_inbox(self) -> Self:
        store = self.location(self.paths.store)
        if "://" not in store and Path(os.path.normpath(store)).is_relative_to(
            os.path.normpath(self.path(self.paths.inbox))
        ):
            raise ValueError(
                f"paths.store {self.paths.store} lies in paths.inbox {self.paths.inbox}, where others may write: "
                "set one of them to another folder"
            )
        return self

    @model_validator(mode="after")
    def _keys_lie_apart_from_what_they_protect(self) -> Self:
        key = Path(os.path.normpath(self.path(self.feedback.key_file)))
        for name, root in (("store", self.paths.store), ("warehouse", self.paths.warehouse)):
            place_of = self.location(root)
            if "://" not in place_of and key.is_relative_to(os.path.normpath(place_of)):
                raise ValueError(
                    f"feedback.key_file {self.feedback.key_file} lies in paths.{name}: a copy of that folder would "
                    "then hold the names with their key; set it to a folder outside"
                )
        return self

    @model_validator(mode="after")
    def _sizes_can_be_encoded(self) -> Self:
        for name, size in (
            ("processing.resolution", self.processing.resolution),
            ("emergency.emergency_reduced_resolution", self.emergency.emergency_reduced_resolution),
        ):
            if any(edge % 2 or not 64 <= edge <= 7680 for edge in size):
                raise ValueError(
                    f"{name} is {size[0]}×{size[1]}, but H.264 in yuv420p needs an even width and height "
                    "from 64 to 7680: "
                    f"try {[min(max(edge // 2 * 2, 64), 7680) for edge in size]}"
                )
        return self

    @model_validator(mode="after")
    def _video_has_at_least_two_frames(self) -> Self:
        duration, fps = self.processing.duration, self.processing.fps
        if duration is not None and duration * fps < 2:
            raise ValueError(
                f"processing.duration {duration:g} s at processing.fps {fps} gives fewer than two frames: "
                f"ask for at least {2 / fps:.3f} s"
            )
        return self


def _adopted_file(values: Mapping[str, Any]) -> Path:
    group = values.get("feedback")
    named = group.get("adopted_file") if isinstance(group, Mapping) else None
    return place(named if isinstance(named, str | Path) else FeedbackSettings().adopted_file)


def _fill(config: VideoGenConfig, values: Mapping[str, Any], source: str, environment: Mapping[str, Any]) -> None:
    """Validate `values` into the empty `config`."""
    unknown = [str(name) for name in values if name not in VideoGenConfig.model_fields]
    if unknown:
        problems = listed(unknown, told=lambda name: f"{name}: {_UNKNOWN}{nearest(name)}")
        raise ConfigError(f"{source} is not valid: {problems}", remedy=_SEE)
    try:
        # BaseSettings would take `_env_file`, `_cli_parse_args` and the like for instructions to itself.
        BaseModel.__init__(config, **values)
    except ValidationError as error:
        problems = listed(error.errors(), told=lambda problem: _describe(problem, environment))
        raise ConfigError(f"{source} is not valid: {problems}", remedy=_SEE) from error


def _read_file(path: Path) -> dict[str, Any]:
    try:
        values = read_structured(path, limit=_MAX_BYTES)
    except InputError as error:
        raise ConfigError(
            f"cannot read the configuration file {path}: {error.problem}", remedy="name a plain text file in UTF-8"
        ) from error
    except MalformedTextError as error:
        raise ConfigError(f"cannot read the configuration file {path}: {error}", remedy=_SEE) from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigError(
            f"{path} must hold groups such as 'model:' at its top level, not a {type(values).__name__}",
            remedy=_SEE,
        )
    try:
        return nested(values)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error.problem}", remedy=error.remedy) from error


def _describe(problem: Any, environment: Mapping[str, Any]) -> str:
    field = ".".join(str(part) for part in problem["loc"])
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        message = f"{_UNKNOWN}{nearest(field)}"
    if problem["type"] == "tuple_type":
        message = "a list is needed"
    given = problem.get("input")
    shown = f" (got {_shown(given)})" if field and isinstance(given, str | int | float | bool) else ""
    shown += _origin(problem["loc"], given, environment)
    return f"{field}: {message}{shown}" if field else message


def _shown(given: str | int | float) -> str:
    # Python refuses to write out integers of thousands of digits.
    if isinstance(given, int) and given.bit_length() > _LONGEST_SHOWN:
        return f"an integer of {given.bit_length():,} bits"
    return shortened(repr(given), _LONGEST_SHOWN)


def _origin(place: tuple[Any, ...], given: Any, environment: Mapping[str, Any]) -> str:
    """Which environment variable a refused value came from, if it did."""
    group, field = (str(part) for part in (*place, "", "")[:2])
    settings = environment.get(group)
    if len(place) != 2 or not isinstance(settings, Mapping) or settings.get(field) != given:
        return ""
    return f" from the environment variable {variable_of(group, field)}"
