"""The certificate that signed a C2PA claim, read from the file itself.

The C2PA library reports names and a serial number only, and names can be chosen by any customer of a certificate
authority. Trust needs the certificate: it stands in the header ``x5chain`` (RFC 9360) of the COSE signature
(RFC 9052) of the manifest (C2PA 2.2, sections 11.1, 13.2 and A.5 for the place in BMFF files such as mp4).
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from cryptography import x509

_C2PA_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_MANIFEST = b"manifest\0"
_LARGEST = 64 << 20
_X5CHAIN = (33, "x5chain")


def claim_signer(path: Path, manifest: str, serial: str) -> x509.Certificate | None:
    """The end-entity certificate of the signature of `manifest`.

    Args:
        path: the file that is signed.
        manifest: label of the active manifest.
        serial: hexadecimal serial number of the certificate with which the C2PA library checked the signature.

    Returns:
        None where the certificate cannot be told with certainty: no BMFF file, more than one manifest store or
        signature of that name, or another certificate than the library's.
    """
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.utils import CryptographyDeprecationWarning

    try:
        with path.open("rb") as file:
            stores = list(_stores(file, path.stat().st_size))
        signatures = [found for store in stores for found in _signatures(store, manifest)]
        if len(stores) != 1 or len(signatures) != 1:
            return None
        with warnings.catch_warnings():
            # A serial number below zero (RFC 5280 has none) is only warned of: it is damage like any other.
            warnings.simplefilter("error", CryptographyDeprecationWarning)
            certificate = x509.load_der_x509_certificate(_first_of_chain(signatures[0]))
        # Damage can make it one that nobody knows: of another kind of key, version or extension.
        _ = certificate.public_key(), certificate.extensions
    except (ValueError, struct.error, TypeError, KeyError, IndexError, UnsupportedAlgorithm):
        return None
    except (x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return None
    except CryptographyDeprecationWarning:
        return None
    return certificate if f"{certificate.serial_number:x}" == serial.lstrip("0").lower() else None


def _stores(file: BinaryIO, size: int) -> Iterator[bytes]:
    """The manifest stores among the top-level boxes of a BMFF file."""
    for kind, start, end in _boxes(file, 0, size):
        if kind != b"uuid":
            continue
        file.seek(start)
        head = file.read(16 + 4 + len(_MANIFEST))
        if head[:16] != _C2PA_BOX or head[20:] != _MANIFEST:
            continue
        if end - start > _LARGEST:
            raise ValueError("the manifest store is too large")
        file.seek(start + len(head) + 8)  # the offset of the first further C2PA box
        yield file.read(end - start - len(head) - 8)


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of the content of each box in a stretch of the file."""
    while start + 8 <= end:
        file.seek(start)
        length, kind = struct.unpack(">I4s", file.read(8))
        content = start + 8
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8))
            content += 8
        after = end if length == 0 else start + length
        if not content <= after <= end:
            raise ValueError("a box reaches beyond the box that contains it")
        yield kind, content, after
        start = after


def _signatures(store: bytes, manifest: str) -> Iterator[bytes]:
    """COSE signatures at c2pa / `manifest` / c2pa.signature (JUMBF, ISO 19566-5)."""
    file = io.BytesIO(store)
    places = [(0, len(store))]
    for label in ("c2pa", manifest, "c2pa.signature"):
        places = [inner for start, end in places for inner in _labelled(file, start, end, label.encode())]
    for start, end in places:
        yield from (store[a:b] for kind, a, b in _boxes(file, start, end) if kind == b"cbor")


def _labelled(file: BinaryIO, start: int, end: int, label: bytes) -> Iterator[tuple[int, int]]:
    """Where the contents of the superboxes of that label lie, behind their description."""
    for kind, first, last in _boxes(file, start, end):
        if kind != b"jumb":
            continue
        described, a, b = next(_boxes(file, first, last))
        file.seek(a)
        description = file.read(b - a)
        # 16 bytes say what kind of superbox it is, one which optional fields follow; the label is the first of them.
        if described == b"jumd" and description[16] & 2 and description[17:].partition(b"\0")[0] == label:
            yield b, last


def _first_of_chain(signature: bytes) -> bytes:
    import cbor2

    try:
        tagged = cbor2.loads(signature)
        protected, unprotected = (tagged.value if isinstance(tagged, cbor2.CBORTag) else tagged)[:2]
        headers: list[dict[Any, Any]] = [cbor2.loads(protected) if protected else {}, unprotected]
    except cbor2.CBORError as error:
        raise ValueError(f"the signature is not a COSE structure: {error}") from error
    (chain,) = (header[name] for header in headers for name in _X5CHAIN if name in header)
    return bytes(chain if isinstance(chain, bytes) else chain[0])
