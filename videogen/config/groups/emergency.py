"""The settings of alerts and the emergency mode: every field with its default, unit and meaning."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from videogen.config.groups.group import Group
from videogen.config.picture_size import PictureSize


class EmergencySettings(Group):
    """What changes when time matters most."""

    emergency_mode_enabled: bool = Field(True, description="switches alerts and the emergency mode on or off")
    emergency_max_generation_time: float = Field(60.0, gt=0.0, description="seconds from alert to published video")
    emergency_reduced_resolution: PictureSize = Field((640, 360), description="(width, height), both even")
    emergency_reduced_sampling_steps: int = Field(8, ge=1, le=1000, description="denoising steps of an emergency video")
    emergency_template_directory: Path = Field(Path("templates"), description="folder of emergency templates")
    emergency_use_templates: bool = Field(
        True, description="use the template's own background; off: a background from the video model, if there is time"
    )
    timezone: str = Field(
        "", description="zone in which alerts show their times, e.g. Europe/Rome; empty: the one that the alert uses"
    )
    sound: bool = Field(True, description="attention tone, and speech where espeak-ng is installed")
    embed_watermark: bool = Field(
        True, description="imperceptible watermark in videos of alerts, where delivery.watermark is on as well"
    )
    feeds: tuple[str, ...] = Field((), description="addresses of Atom, RSS, EDXL-DE or CAP feeds that are polled")
    feed_interval: float = Field(60.0, ge=5.0, le=86400.0, description="seconds between two polls of a feed")
    feed_private_networks: tuple[str, ...] = Field(
        (), description="private networks that feed addresses may resolve or redirect to, e.g. 10.20.0.0/16"
    )
    feed_proxy: str = Field(
        "",
        description="proxy for feeds, as http://host:port; empty: none, proxy variables of the environment are ignored",
    )
    alert_profiles: tuple[Literal["ipaws", "cap-cp"], ...] = Field(
        (), description="CAP profiles that every alert must follow: ipaws (United States), cap-cp (Canada)"
    )
    alert_certificates: Path = Field(
        Path("config/alert_certificates"), description="folder of senders.yaml and its pinned certificates"
    )
    unsigned_alerts: Literal["take", "refuse"] = Field(
        "take", description="alerts of senders without a pinned certificate; pinned senders must sign"
    )
    alert_max_bytes: int = Field(5_000_000, ge=10_000, le=100_000_000, description="most bytes of an alert or feed")
    alert_lifetime_hours: float = Field(
        24.0, gt=0.0, le=8760.0, description="how long an alert without <expires> is in effect"
    )
    alert_sender: str = Field("", description="sender name of alerts given by form, if the form has none")
    missing_instruction: Literal["advise", "refuse"] = Field(
        "advise", description="alert without instruction: add the template's advice, marked as such, or refuse"
    )

    @field_validator("feed_private_networks")
    @classmethod
    def _networks_are_networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for network in networks:
            ip_network(network, strict=False)
        return networks

    @field_validator("timezone")
    @classmethod
    def _zone_is_known(cls, name: str) -> str:
        try:
            if name:
                ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("unknown time zone: use an IANA name, e.g. Europe/Rome, or UTC") from error
        return name
