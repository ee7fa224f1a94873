"""A user of the installation, as the file of users keeps them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from pydantic import AwareDatetime, Field

from videogen.domain.frozen_model import FrozenModel
from videogen.release.people.roles import Role

USER_NAME: Final = re.compile(r"^[a-z][a-z0-9._-]{1,39}$")
FINGERPRINT: Final = r"^[0-9a-f]{64}$"


class PublicKey(FrozenModel):
    """An Ed25519 key that a user signs decisions with.

    fingerprint: SHA-256 of its 32 bytes; key: those, hexadecimal. retired_at: it speaks for what it signed before then.
    """

    fingerprint: str = Field(pattern=FINGERPRINT)
    key: str = Field(pattern=FINGERPRINT)
    added_at: AwareDatetime
    retired_at: AwareDatetime | None = None


class User(FrozenModel):
    """A person with roles. password: as `videogen.release.people.passwords` writes it; "": no log-in by password."""

    name: str = Field(pattern=USER_NAME.pattern)
    full_name: str = Field("", max_length=200)
    roles: tuple[Role, ...] = ()
    password: str = Field("", repr=False)
    keys: tuple[PublicKey, ...] = ()
    disabled: bool = False
    created_at: AwareDatetime

    def has_key(self, fingerprint: str) -> bool:
        """Whether this key belongs to the user and is in use."""
        return any(key.fingerprint == fingerprint and key.retired_at is None for key in self.keys)

    def key_at(self, fingerprint: str, moment: datetime) -> PublicKey | None:
        """The key of that fingerprint, if it was in use at that moment."""
        found = (key for key in self.keys if key.fingerprint == fingerprint)
        return next((key for key in found if key.retired_at is None or moment <= key.retired_at), None)
