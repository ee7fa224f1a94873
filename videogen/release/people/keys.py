"""Ed25519 keys (RFC 8032) that people, and the desk for those who logged in, sign decisions with."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.errors import ConfigError, InputError
from videogen.runtime.plain_files import read_plain_with_facts
from videogen.storage.atomic_folder import storage_errors

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_MOST_BYTES = 20_000


@dataclass(frozen=True)
class SigningKey:
    """A private key in memory; it is never printed."""

    private: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"SigningKey({self.fingerprint[:16]}…)"

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        return self.private.public_key().public_bytes_raw()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public key, hexadecimal."""
        return fingerprint_of(self.public)

    def sign(self, message: bytes) -> str:
        """The signature of the message, Base64."""
        return base64.b64encode(self.private.sign(message)).decode("ascii")


def fingerprint_of(public: bytes) -> str:
    """SHA-256 of a public key, hexadecimal."""
    return hashlib.sha256(public).hexdigest()


def verifies(public: bytes, signature: str, message: bytes) -> bool:
    """Whether `signature` (Base64) was made over `message` with the private half of this key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(signature, validate=True), message)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def make_key(path: Path) -> SigningKey:
    """Make a key that only its owner can read, and keep it in `path` (PEM, PKCS 8).

    Raises:
        InputError: a file is there already; it is left as it is.
        StorageError: the disk refused.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with storage_errors(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError as error:
            raise InputError(f"{path} exists already", remedy="name another file, or move that one away") from error
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(descriptor)
        except OSError:
            path.unlink(missing_ok=True)
            raise
    return SigningKey(private)


def load_key(path: Path) -> SigningKey:
    """The key in a file.

    Raises:
        ConfigError: it cannot be read, others can read it, or it is not an Ed25519 key.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        pem, facts = read_plain_with_facts(path, _MOST_BYTES)
        if stat.S_IMODE(facts.st_mode) & 0o077:
            raise ConfigError(f"other users can read the key {path}", remedy=f"chmod 600 {path}")
        private = load_pem_private_key(pem, password=None)
    except InputError as error:
        raise ConfigError(
            f"the key cannot be used: {error.problem}", remedy="make one: `videogen users key NAME`"
        ) from error
    except (ValueError, TypeError) as error:
        raise ConfigError(
            f"{path} is not a PEM file with a private key", remedy="restore it, or make a new one"
        ) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise ConfigError(f"{path} is not an Ed25519 key", remedy="make one: `videogen users key NAME`")
    return SigningKey(private)
