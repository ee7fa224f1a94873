"""The group `desk` of VideoGenConfig."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from videogen.config.groups.group import Group

Role = Literal["author", "checker", "publisher", "auditor", "admin"]


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
    login: Literal["local", "proxy", "oidc"] = Field(
        "local",
        description="local: name and password; proxy: the reverse proxy names who has logged in there; oidc: people "
        "log in at an OpenID Connect provider",
    )
    proxy_peers: tuple[str, ...] = Field(
        ("127.0.0.1",), description="addresses of the reverse proxies whose word is taken"
    )
    proxy_header: str = Field("X-Forwarded-User", description="header in which the reverse proxy names the user")
    oidc_issuer: str = Field(
        "", description="address of the identity provider, exactly as it names itself, https://…; used by login: oidc"
    )
    oidc_client_id: str = Field("", max_length=300, description="name of the desk at the identity provider")
    oidc_name_claim: str = Field(
        "preferred_username",
        pattern=r"^[A-Za-z0-9_.:/-]{1,200}$",
        description="claim that names the user; one that people cannot change themselves",
    )
    oidc_roles_claim: str = Field(
        "groups",
        pattern=r"^[A-Za-z0-9_.:/-]{1,200}$",
        description="claim that lists the groups of a user; a full stop leads into it: realm_access.roles",
    )
    oidc_roles: dict[str, Role] = Field(
        default_factory=dict,
        description="group → role; empty: the roles of the users that the page Admin shows",
    )
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

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer_is_safe(cls, given: str) -> str:
        parts = urlsplit(given)
        here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
        whole = parts.hostname and not (parts.query or parts.fragment or "@" in parts.netloc)
        if given and not (whole and (parts.scheme == "https" or here)):
            raise ValueError(f"{given!r} is not the address of a provider: write it as https://login.example.org/realm")
        return given

    @model_validator(mode="after")
    def _a_provider_has_an_address(self) -> Self:
        if self.login == "oidc" and not (self.oidc_issuer and self.oidc_client_id):
            raise ValueError("desk.login is oidc: give desk.oidc_issuer and desk.oidc_client_id")
        return self

    @model_validator(mode="after")
    def _a_proxy_has_an_address(self) -> Self:
        if self.login == "proxy" and not self.proxy_peers:
            raise ValueError("desk.login is proxy, but desk.proxy_peers names no address: give that of the proxy")
        return self
