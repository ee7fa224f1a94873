"""The settings of what leaves the house beside the published folder: feeds, webhooks, copies elsewhere."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from videogen.config.groups.group import Group

OutletEvent = Literal["published", "corrected", "held", "cleared", "withdrawn"]


class WebhookSettings(Group):
    """A receiver of events; address and key are secrets, and so are read from the environment."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="name in the list of deliveries")
    url: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$", description="environment variable with the address, https://…")
    key: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$", description="environment variable with the key of the signature")
    events: tuple[OutletEvent, ...] = Field(
        ("published", "corrected", "held", "cleared", "withdrawn"), description="which events it gets"
    )


class OutletSettings(Group):
    """Feeds of what is published, webhooks, and copies on other storage."""

    feed_folder: Path | None = Field(None, description="folder of the feeds; None: feeds, beside paths.published")
    feed_items: int = Field(200, ge=1, le=5000, description="releases in the feeds, the latest first")
    feed_title: str = Field("Videos", min_length=1, max_length=200, description="title of the feeds")
    base_url: str = Field("", description="public address of paths.published, https://…/; empty: relative links")
    webhooks: tuple[WebhookSettings, ...] = Field((), max_length=20, description="who is told of every release")
    private_networks: tuple[str, ...] = Field(
        (), description="private networks that webhooks may be in, e.g. 10.1.0.0/16; none: the public internet only"
    )
    secrets: Path | None = Field(None, description="YAML file of the secrets that the environment lacks, chmod 600")
    deliver_to: tuple[str, ...] = Field(
        (), max_length=20, description="folders or fsspec URLs that get a copy of every release, e.g. s3://bucket/out"
    )
    max_tries: int = Field(24, ge=1, le=1000, description="tries of a delivery, from 1 minute to 1 hour apart")

    @field_validator("base_url")
    @classmethod
    def _base_is_an_address(cls, given: str) -> str:
        if not given:
            return given
        parts = urlsplit(given)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("outlets.base_url begins with https:// and has neither ? nor #")
        return given if given.endswith("/") else f"{given}/"

    @field_validator("private_networks")
    @classmethod
    def _networks_are_networks(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for network in given:
            ipaddress.ip_network(network, strict=False)
        return given

    @field_validator("webhooks")
    @classmethod
    def _names_are_unique(cls, given: tuple[WebhookSettings, ...]) -> tuple[WebhookSettings, ...]:
        names = [webhook.name for webhook in given]
        if len(set(names)) < len(names):
            raise ValueError("two webhooks have the same name")
        return given
