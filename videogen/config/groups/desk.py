"""The group `desk` of VideoGenConfig."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from videogen.config.groups.group import Group


class DeskSettings(Group):
    """The review desk: where it is served, and how people log in."""

    port: int = Field(3020, ge=1, le=65535, description="port of `videogen desk` on 127.0.0.1")
    base_url: str = Field(
        "", description="address under which people open the desk, such as https://desk.example.org; empty: the port"
    )
    data_folder: Path = Field(
        Path("dagster_home/storage/desk"),
        description="sessions, comments, the log and the search index of the desk; outside of the store",
    )
    login: Literal["local", "proxy"] = Field(
        "local", description="local: name and password; proxy: the reverse proxy names who has logged in there"
    )
    proxy_peers: tuple[str, ...] = Field(
        ("127.0.0.1",), description="addresses of the reverse proxies whose word is taken"
    )
    proxy_header: str = Field("X-Forwarded-User", description="header in which the reverse proxy names the user")
    session_hours: float = Field(12.0, gt=0.0, le=720.0, description="how long a log-in lasts without being used")
    max_upload_bytes: int = Field(
        512_000_000, ge=1_000_000, description="largest video that the page Check this video takes"
    )

    @field_validator("base_url")
    @classmethod
    def _is_an_origin(cls, given: str) -> str:
        parts = urlsplit(given)
        bare = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
        if given and not (parts.scheme in ("http", "https") and parts.hostname and bare):
            raise ValueError(f"{given!r} is not the address of a site: write it as https://desk.example.org")
        return given.rstrip("/")

    @field_validator("proxy_peers")
    @classmethod
    def _are_addresses(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for peer in given:
            ipaddress.ip_address(peer)
        return given

    @field_validator("proxy_header")
    @classmethod
    def _is_a_header(cls, given: str) -> str:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,60}", given):
            raise ValueError(f"{given!r} is not the name of a header: use letters, digits and hyphens")
        return given

    @model_validator(mode="after")
    def _a_proxy_has_an_address(self) -> Self:
        if self.login == "proxy" and not self.proxy_peers:
            raise ValueError("desk.login is proxy, but desk.proxy_peers names no address: give that of the proxy")
        return self
