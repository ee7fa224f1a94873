"""The visible label that is in force, by the operator's settings."""

from __future__ import annotations

from videogen.config.groups.all import DeliverySettings
from videogen.config.groups.label_profile import BUILT_IN, LabelProfile, LabelStyle


def label_style(settings: DeliverySettings) -> LabelStyle:
    """The label that the settings ask for, by their profile or, without one, by `label` and `label_position`."""
    known = {**BUILT_IN, **settings.label_profiles}
    profile = LabelProfile() if settings.label_profile is None else known[settings.label_profile]
    return LabelStyle(
        profile.text or settings.label, profile.position or settings.label_position, profile.height, profile.area
    )
