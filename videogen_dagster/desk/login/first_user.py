"""The first user of an installation: whoever reads the one-time code in the terminal of the desk."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from videogen.release.people.person import NotAllowedError, typed_name
from videogen.release.people.roles import ROLES
from videogen_dagster.desk.security.throttle import Throttle

if TYPE_CHECKING:
    from videogen.release.people.people import People

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_TRIES, _SECONDS = 5, 60.0


class FirstUser:
    """Opens the page First user as long as there is none.

    Args:
        needed: people log in here, so somebody must be the first.
    """

    def __init__(self, people: People, *, needed: bool) -> None:
        self._people = people
        self._digest = b""
        self.code: str | None = None
        self._tries = Throttle(_TRIES, _SECONDS)
        if needed and people.users.is_empty():
            # 16 letters of 31: 79 bits.
            self.code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
            self._digest = _hashed(self.code)

    @property
    def is_awaited(self) -> bool:
        """Whether the first user is still missing."""
        return bool(self._digest) and self._people.users.is_empty()

    def add(self, code: str, name: str, password: str, full_name: str) -> str:
        """Make the first user, with all roles, for whoever knows the code; returns the name.

        Raises:
            NotAllowedError: the code is wrong, or there is a user already.
            InputError: name or password cannot be used.
        """
        if self._tries.wait("code"):
            raise NotAllowedError("too many tries", remedy="wait a minute, then read the code in the terminal again")
        if not self.is_awaited or not hmac.compare_digest(_hashed(code.strip().lower()), self._digest):
            raise NotAllowedError(
                "this is not the code that the desk has printed", remedy="it stands in the terminal of the desk"
            )
        user = self._people.users.add(name, ROLES, by=typed_name("first user"), password=password, full_name=full_name)
        self._digest, self.code = b"", None
        return user.name


def _hashed(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
