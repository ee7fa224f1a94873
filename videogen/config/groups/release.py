"""The settings of publishing and signing: every field with its default, unit and meaning."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from videogen.config.groups.group import Group


class SignerSettings(Group):
    """A signer whose files are trusted: by fingerprint, or by its name at the authority that issues its certificate."""

    name: str = Field(min_length=1, max_length=200, description="name that `videogen verify` shows for this signer")
    fingerprint: str | None = Field(None, description="SHA-256 of its certificate or of its public key, hexadecimal")
    issuer: Path | None = Field(None, description="PEM file of the authority that issues its certificates")
    subject: str | None = Field(None, description="whole subject of its certificate, RFC 4514: CN=…,O=…")
    alternative_name: str | None = Field(
        None, min_length=3, description="e-mail address, host name or URI in its certificate"
    )

    @field_validator("fingerprint")
    @classmethod
    def _fingerprint_is_sha256(cls, given: str | None) -> str | None:
        if given is None:
            return None
        plain = given.replace(":", "").replace(" ", "").lower()
        if not re.fullmatch("[0-9a-f]{64}", plain):
            raise ValueError("a fingerprint is a SHA-256 of 64 hexadecimal digits, with or without colons")
        return plain

    @field_validator("subject")
    @classmethod
    def _subject_is_a_name(cls, given: str | None) -> str | None:
        from cryptography import x509

        if given is not None:
            try:
                x509.Name.from_rfc4514_string(given)
            except ValueError as error:
                raise ValueError("a subject is written as in RFC 4514, e.g. CN=Ada Desk,O=Bureau,C=FR") from error
        return given

    @model_validator(mode="after")
    def _one_way_to_know_it(self) -> Self:
        named = self.subject is not None or self.alternative_name is not None
        if (self.fingerprint is None) == (self.issuer is None) or named != (self.issuer is not None):
            raise ValueError(
                f"{self.name!r} must be given either by fingerprint, or by issuer together with subject or "
                "alternative_name: an authority alone vouches for all its customers"
            )
        return self


class ReleaseSettings(Group):
    """How finished videos are published and signed."""

    automatic: bool = Field(False, description="publish what passes all gates; off: a person runs `videogen publish`")
    approvals_required: int = Field(
        0,
        ge=0,
        le=5,
        description="people with the role checker, neither author nor editor, who must approve a revision",
    )
    approvals_critical: int = Field(
        0,
        ge=0,
        le=5,
        description="the same where a claim is critical (deaths, warnings, money); the larger number counts",
    )
    approvals_of_alerts: int = Field(
        0, ge=0, le=5, description="people who must approve an alert before it goes out; 0: alerts wait for nobody"
    )
    identity: Literal["typed", "authenticated"] = Field(
        "typed",
        description="who may decide: typed = any name that is given; authenticated = users with a key or log-in",
    )
    user: str = Field(
        "", max_length=40, description="user who acts on the command line; empty: the session's user name"
    )
    people_folder: Path = Field(
        Path("dagster_home/storage/people"),
        description="users, decisions and their log; on a disk that all machines share",
    )
    key_folder: Path | None = Field(
        None, description="private keys of people on this machine; None: ~/.config/pib-videogen/keys"
    )
    organisation: str = Field(
        "PIB-VideoGen", min_length=2, max_length=60, description="organisation name in the development certificate"
    )
    certificate: Path | None = Field(
        None, description="PEM certificate chain, the signer's first; None: a development certificate"
    )
    key: Path | None = Field(None, description="PEM key of that certificate, PKCS 8, readable by its owner only")
    timestamp_url: str = Field("", description="RFC 3161 time stamp service; empty: signatures carry no trusted time")
    trusted: tuple[Path, ...] = Field(
        (), description="PEM files of further signers that `videogen verify` trusts; the first certificate is pinned"
    )
    trusted_signers: tuple[SignerSettings, ...] = Field(
        (), description="further signers by fingerprint, or by name and issuing authority: see docs/release.md"
    )
    development_folder: Path = Field(
        Path("dagster_home/storage/signing"), description="where the development certificate and its key are kept"
    )

    @model_validator(mode="after")
    def _approvals_need_people_who_are_known(self) -> Self:
        needed = max(self.approvals_required, self.approvals_critical, self.approvals_of_alerts)
        if needed and self.identity == "typed":
            raise ValueError(
                "approvals need release.identity: authenticated; a name that anybody can type proves no second person"
            )
        return self

    @model_validator(mode="after")
    def _certificate_and_key_come_together(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError(
                "release.certificate and release.key belong together, and only one is set: set both, or none"
            )
        return self
