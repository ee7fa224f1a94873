"""Passwords: kept as scrypt hashes (RFC 7914), compared in constant time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Final

from videogen.errors import InputError

# OWASP's Password Storage Cheat Sheet: 32 MiB and three passes; about a third of a second on one core.
_N, _R, _P = 2**15, 8, 3
_LENGTH, _SALT = 32, 16
SHORTEST: Final = 10
_LONGEST: Final = 1000
NOBODY: Final = "scrypt$32768$8$3$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
"""The hash that is tried for unknown users, so that the time does not tell whether a name exists."""


def hashed(password: str) -> str:
    """``scrypt$N$r$p$salt$hash`` of a password, with a new salt.

    Raises:
        InputError: it is shorter than 10 letters, or longer than 1000.
    """
    if not SHORTEST <= len(password) <= _LONGEST:
        raise InputError(
            f"a password has {SHORTEST} to {_LONGEST} characters", remedy="choose a longer one, e.g. four random words"
        )
    salt = secrets.token_bytes(_SALT)
    return "$".join(("scrypt", str(_N), str(_R), str(_P), _text(salt), _text(_scrypt(password, salt, _N, _R, _P))))


def matches(password: str, kept: str) -> bool:
    """Whether `kept` is a hash of the password; False for a hash that cannot be read."""
    try:
        kind, n, r, p, salt, digest = kept.split("$")
        costs, expected = (int(n), int(r), int(p)), base64.b64decode(digest, validate=True)
        if kind != "scrypt" or len(password) > _LONGEST:
            return False
        return hmac.compare_digest(_scrypt(password, base64.b64decode(salt, validate=True), *costs), expected)
    except (ValueError, binascii.Error):
        return False


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    memory = 128 * r * (n + p + 2) + 1024
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=memory, dklen=_LENGTH)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
