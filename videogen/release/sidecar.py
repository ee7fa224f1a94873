"""The signature beside a video, for containers in which C2PA has no place: ``video.webm.signature.json``.

It holds the facts of the release, the SHA-256 of the file, the signer's certificates, and a signature over facts and
sum. Whoever passes the video on passes this file on with it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.errors import InputError
from videogen.release.credentials import Credentials
from videogen.release.record import Provenance
from videogen.release.seal import sign_digest, verifies_digest
from videogen.runtime.plain_files import read_plain
from videogen.runtime.structured_text import MalformedTextError, as_text, parse_json
from videogen.storage.atomic_folder import sha256

if TYPE_CHECKING:
    from cryptography import x509

FORMAT = "PIB-VideoGen signature 1"
_ENDING = ".signature.json"
_LARGEST = 1_000_000


def sidecar_of(video: Path) -> Path:
    """Where the signature of a video lies."""
    return video.with_name(f"{video.name}{_ENDING}")


def write_sidecar(video: Path, record: Provenance, credentials: Credentials) -> Path:
    """Sign the file as it is now; returns the path of the signature."""
    facts = {"format": FORMAT, "sha256": sha256(video), "record": _plain(record)}
    signature = sign_digest(credentials.private_key(), _digest(facts))
    content = {
        **facts,
        "certificates": credentials.chain.decode("ascii"),
        "signature": base64.b64encode(signature).decode("ascii"),
    }
    path = sidecar_of(video)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def read_sidecar(video: Path) -> tuple[Provenance, list[x509.Certificate], list[str]]:
    """The facts, the certificates (the signer's first), and what is wrong with file or signature; empty: nothing.

    Raises:
        InputError: the signature cannot be read, or is of another kind.
    """
    from cryptography import x509

    path = sidecar_of(video)
    try:
        content: dict[str, Any] = parse_json(as_text(read_plain(path, _LARGEST)))
        facts = {name: content[name] for name in ("format", "sha256", "record")}
        certificates = x509.load_pem_x509_certificates(content["certificates"].encode("ascii"))
        signature = base64.b64decode(content["signature"], validate=True)
        record = _provenance(facts["record"])
    except (MalformedTextError, KeyError, TypeError, AttributeError, ValueError, binascii.Error) as error:
        raise InputError(
            f"{path.name} cannot be read as a signature: {error}", remedy="copy it again from where the video came from"
        ) from error
    if facts["format"] != FORMAT:
        raise InputError(f"{path.name} is of the kind {facts['format']!r}", remedy=f"this version reads {FORMAT!r}")
    problems = []
    if not verifies_digest(certificates[0].public_key(), signature, _digest(facts)):
        problems.append("the signature does not fit its facts")
    if sha256(video) != facts["sha256"]:
        problems.append("the video is not the one that was signed")
    if not certificates[0].not_valid_before_utc <= record.released_at <= certificates[0].not_valid_after_utc:
        problems.append("the certificate was not valid when the video was released")
    return record, certificates, problems


def _digest(facts: dict[str, Any]) -> bytes:
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).digest()


def _plain(record: Provenance) -> dict[str, Any]:
    facts = record.model_dump(mode="json", exclude_none=True)
    # JavaScript readers do not keep integers of 63 bits.
    return facts if record.seed is None else {**facts, "seed": str(record.seed)}


def _provenance(facts: dict[str, Any]) -> Provenance:
    seed = facts.get("seed")
    return Provenance.model_validate({**facts, "seed": None if seed is None else int(seed)})
