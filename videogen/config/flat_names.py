"""Short names of settings: ``fps`` stands for ``processing.fps``, as the specification writes them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

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
from videogen.config.groups.group import Group
from videogen.config.groups.monitoring import MonitoringSettings
from videogen.config.groups.outlets import OutletSettings
from videogen.config.groups.pipelines import PipelineSettings
from videogen.config.groups.release import ReleaseSettings
from videogen.config.suggestions import did_you_mean
from videogen.errors import ConfigError

GROUPS: Mapping[str, type[Group]] = {
    "model": ModelSettings,
    "processing": ProcessingSettings,
    "preprocessing": PreprocessingSettings,
    "noise": NoiseSettings,
    "synthesis": SynthesisSettings,
    "super_resolution": SuperResolutionSettings,
    "delivery": DeliverySettings,
    "quality": QualitySettings,
    "fact_check": FactCheckSettings,
    "release": ReleaseSettings,
    "emergency": EmergencySettings,
    "monitoring": MonitoringSettings,
    "adaptation": AdaptationSettings,
    "feedback": FeedbackSettings,
    "pipelines": PipelineSettings,
    "desk": DeskSettings,
    "briefing": BriefingSettings,
    "outlets": OutletSettings,
    "paths": PathSettings,
}
"""Name of a group → its fields; a test compares it with `VideoGenConfig`."""


@cache
def short_names() -> Mapping[str, tuple[str, ...]]:
    """Field → the full names of all settings that are called so; nearly always one."""
    found: dict[str, tuple[str, ...]] = {}
    for group, fields in GROUPS.items():
        for field in fields.model_fields:
            found[field] = (*found.get(field, ()), f"{group}.{field}")
    return {field: names for field, names in found.items() if field not in GROUPS}


def group_of(name: str) -> str | None:
    """The group that the short name `name` belongs to; None where `name` is a group, or no setting at all.

    Raises:
        ConfigError: several groups have a setting of that name.
    """
    if name in GROUPS or name not in short_names():
        return None
    full = short_names()[name]
    if len(full) > 1:
        raise ConfigError(
            f"{name!r} is the name of {len(full)} settings: {' and '.join(full)}", remedy="write the one that is meant"
        )
    return full[0].partition(".")[0]


def is_short(name: str) -> bool:
    """Whether `name` is a setting without its group, ambiguous ones included."""
    return name in short_names()


def nearest(name: str) -> str:
    """``": did you mean 'processing.fps'?"``; empty where no setting has a name like `name`."""
    full = [one for names in short_names().values() for one in names]
    return did_you_mean(name, full) if "." in name else did_you_mean(name, [*GROUPS, *short_names()])
