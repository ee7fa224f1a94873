"""Keyed pseudonyms: who said something, so that the same person can be recognised, but not named.

HMAC-SHA-256 under a key that lies neither in the store nor in the warehouse (EDPB Guidelines 01/2025). Pseudonymised
data stay personal data: they are erased and expire like any other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from videogen.errors import ConfigError, InputError
from videogen.storage.atomic_folder import storage_errors
from videogen.storage.locks import one_at_a_time

ANONYMOUS, SYSTEM = "anonymous", "system"
_LENGTH = 26
_PSEUDONYM = re.compile(r"k[0-9]+:[a-z2-7]{26}")


class _Key(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(ge=1)
    key: str = Field(pattern=r"^[0-9a-f]{64}$")
    created_at: datetime
    retired_at: datetime | None = None


class _Keys(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: tuple[_Key, ...] = Field(min_length=1)
    erasure: str = Field(pattern=r"^[0-9a-f]{64}$")
    links: str = Field(pattern=r"^[0-9a-f]{64}$")


class KeyRing:
    """The keys in one file that only its owner may read; it is made at the first use.

    Args:
        path: `feedback.key_file`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: tuple[int, _Keys] | None = None

    def pseudonym(self, user: str | None) -> str:
        """The name of a user under the newest key: ``k2:`` and 26 letters; ``anonymous`` for nobody."""
        name = _plain(user)
        if not name:
            return ANONYMOUS
        if _PSEUDONYM.fullmatch(name):
            raise InputError(
                f"{name} looks like a pseudonym, not like a user", remedy="give the name that the rater is known by"
            )
        return _named(self._keys().keys[-1], name)

    def all_pseudonyms(self, user: str) -> list[str]:
        """The names of a user under every key that is left, for erasure.

        Raises:
            InputError: the user is empty.
        """
        name = _plain(user)
        if not name:
            raise InputError("nobody is named", remedy="give the user whose feedback is to be erased: --user ada")
        return [_named(key, name) for key in self._keys().keys]

    def erasure_mark(self, pseudonym: str) -> str:
        """What the table `erasures` keeps: it finds the pseudonym again in a restored backup, and says nothing else."""
        return hmac.new(bytes.fromhex(self._keys().erasure), pseudonym.encode(), hashlib.sha256).hexdigest()

    def event_id(self, key: str, what: str) -> str:
        """An id that the same post always gets."""
        secret = bytes.fromhex(self._keys().erasure)
        return hmac.new(secret, f"{key}\0{what}".encode(), hashlib.sha256).hexdigest()[:32]

    @property
    def link_key(self) -> bytes:
        """The key that signs links for raters."""
        return bytes.fromhex(self._keys().links)

    def rotate(self) -> int:
        """Make a new key and return its version; later events cannot be joined with earlier ones."""
        with self._alone():
            now = datetime.now(UTC)
            keys = self._keys()
            retired = [key.model_copy(update={"retired_at": key.retired_at or now}) for key in keys.keys]
            new = _Key(version=keys.keys[-1].version + 1, key=secrets.token_hex(32), created_at=now)
            self._write(keys.model_copy(update={"keys": (*retired, new)}))
            return new.version

    def destroy_old(self, keep: timedelta, now: datetime | None = None) -> list[int]:
        """Destroy keys that were replaced longer than `keep` ago; nobody can tell any more whom they named."""
        if not self.path.exists():
            return []
        with self._alone():
            keys, oldest = self._keys(), (now or datetime.now(UTC)) - keep
            old = [key.version for key in keys.keys if key.retired_at is not None and key.retired_at < oldest]
            if old:
                left = tuple(key for key in keys.keys if key.version not in old)
                self._write(keys.model_copy(update={"keys": left}))
            return old

    def _keys(self) -> _Keys:
        try:
            changed = self.path.stat().st_mtime_ns
        except FileNotFoundError:
            self._make()
            changed = self.path.stat().st_mtime_ns
        if self._known is None or self._known[0] != changed:
            self._known = changed, self._read()
        return self._known[1]

    def _read(self) -> _Keys:
        try:
            if self.path.stat().st_mode & 0o077:
                raise ConfigError(
                    f"the keys in {self.path} can be read by others",
                    remedy=f"chmod 600 {self.path}, and rotate the key",
                )
            return _Keys.model_validate_json(self.path.read_bytes())
        except (OSError, ValidationError) as error:
            raise ConfigError(
                f"the keys of the raters in {self.path} cannot be read",
                remedy="restore that file from its backup; with a new one, earlier feedback can be erased for nobody",
            ) from error

    def _make(self) -> None:
        with storage_errors(str(self.path)):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._alone():
            if not self.path.exists():
                first = _Key(version=1, key=secrets.token_hex(32), created_at=datetime.now(UTC))
                self._write(_Keys(keys=(first,), erasure=secrets.token_hex(32), links=secrets.token_hex(32)))

    def _write(self, keys: _Keys) -> None:
        temporary = self.path.with_name(f".{self.path.name}.{secrets.token_hex(6)}.tmp")
        with storage_errors(str(self.path)):
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(json.dumps(keys.model_dump(mode="json"), indent=1))
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path)
        self._known = None

    def _alone(self):  # type: ignore[no-untyped-def]  # a context manager of filelock's
        return one_at_a_time(self.path.with_suffix(".lock"), "changing the keys of the raters")


def _plain(user: str | None) -> str:
    return unicodedata.normalize("NFKC", user or "").casefold().strip()


def _named(key: _Key, name: str) -> str:
    digest = hmac.new(bytes.fromhex(key.key), name.encode(), hashlib.sha256).digest()
    return f"k{key.version}:{base64.b32encode(digest).decode().lower()[:_LENGTH]}"
