"""The whole-file signature: a signature over every byte of a signed mp4.

The C2PA hash leaves some boxes out (`ftyp`, `free`, `skip`, `mfra`, padding around the signature), so that a bit
could change there unnoticed. The seal closes that gap: the last box of the file, of the type `free`, which players
skip and the C2PA hash leaves out as well. It holds the signer's certificate and a signature over all bytes in
front of it.
"""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path
from typing import Any

from videogen.release.credentials import Credentials

_MAGIC = b"PIB-VideoGen seal 1\n"
_CHUNK = 1 << 20
_LARGEST = 1 << 16


def append_seal(path: Path, credentials: Credentials) -> None:
    """Append the whole-file signature to the file."""
    from cryptography.hazmat.primitives.serialization import Encoding

    certificate = credentials.certificates[0].public_bytes(Encoding.DER)
    signature = sign_digest(credentials.private_key(), _digest(path, path.stat().st_size))
    body = _MAGIC + struct.pack(">II", len(certificate), len(signature)) + certificate + signature
    trailer = struct.pack(">I", len(body) + 12)
    # The size stands at both ends: readers find the box from the end of the file.
    with path.open("ab") as file:
        file.write(struct.pack(">I4s", len(body) + 12, b"free") + body + trailer)


def carries_seal(path: Path) -> bool:
    """Return whether the file ends with a whole-file signature, valid or not."""
    with path.open("rb") as file:
        file.seek(-min(_LARGEST, path.stat().st_size), 2)
        return _MAGIC in file.read()


def check_seal(path: Path, signer: str) -> bool:
    """Return whether the file was signed with this certificate and has not changed since."""
    from cryptography import x509

    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 4))
        length = int.from_bytes(file.read(4), "big")
        if not len(_MAGIC) + 20 < length <= min(size, _LARGEST):
            return False
        file.seek(size - length)
        box = file.read(length)
    if box[:4] != box[-4:] or box[4 : 8 + len(_MAGIC)] != b"free" + _MAGIC:
        return False
    body = box[8 + len(_MAGIC) : -4]
    of_certificate, of_signature = struct.unpack(">II", body[:8])
    certificate, signature = body[8 : 8 + of_certificate], body[8 + of_certificate :]
    if len(signature) != of_signature or hashlib.sha256(certificate).hexdigest() != signer:
        return False
    key = x509.load_der_x509_certificate(certificate).public_key()
    return verifies_digest(key, signature, _digest(path, size - length))


def _digest(path: Path, size: int) -> bytes:
    digest = hashlib.sha256()
    left = size
    with path.open("rb") as file:
        while left and (chunk := file.read(min(_CHUNK, left))):
            digest.update(chunk)
            left -= len(chunk)
    return digest.digest()


def sign_digest(key: Any, digest: bytes) -> bytes:
    """A signature over a SHA-256, by Ed25519, ECDSA or RSA-PSS as the key wants it."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(digest)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(digest, _ecdsa())
    return bytes(key.sign(digest, *_pss()))


def verifies_digest(key: Any, signature: bytes, digest: bytes) -> bool:
    """Return whether `sign_digest` made this signature with the private part of the key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, digest, _ecdsa())
        else:
            key.verify(signature, digest, *_pss())
    except InvalidSignature:
        return False
    return True


def _ecdsa() -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    return ec.ECDSA(utils.Prehashed(hashes.SHA256()))


def _pss() -> tuple[Any, Any]:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, utils

    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    return scheme, utils.Prehashed(hashes.SHA256())
