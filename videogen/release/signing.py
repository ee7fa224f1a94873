"""Content credentials: adds a signed C2PA manifest on the origin of a video. Always the last step."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from videogen.errors import MediaError
from videogen.media.containers import WEBM_VP9, media_type_of
from videogen.release.credentials import Credentials
from videogen.release.record import Origin, Provenance
from videogen.release.seal import append_seal
from videogen.release.sidecar import write_sidecar
from videogen.release.trust import certificate_fingerprint
from videogen.storage.atomic_folder import copy, storage_errors

NAME = "PIB-VideoGen"
ASSERTION = "org.pib-videogen.release"
_VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
# IPTC NewsCodes, vocabulary "Digital Source Type".
_SOURCE_TYPES: dict[Origin, str] = {
    "generated": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
    "composite": "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia",
    "template": "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia",
}


@dataclass(frozen=True)
class Part:
    """A part of a composed video: one ingredient of its credentials.

    source_type: last part of an IPTC code; picture: a small JPEG of it.
    """

    name: str
    source_type: str
    picture: bytes


def sign_file(
    path: Path, record: Provenance, credentials: Credentials, target: Path, parts: Sequence[Part] = ()
) -> Provenance:
    """Write a signed copy of the video `path` to `target`, which must not exist.

    A webm has no place for credentials: its copy is the same file, and its signature lies beside it, see `sidecar`.

    Whatever changes the file afterwards, be it one bit, shows in `verify_file`.

    Args:
        path: the video as it was rendered.
        record: what it shall say of itself.
        credentials: what to sign with.
        target: the signed copy.
        parts: what it was composed of, each with its own digital source type.

    Returns:
        what the file now says of itself.

    Raises:
        MediaError: C2PA cannot sign this file.
        StorageError: the disk refused.
    """
    import c2pa

    signed = record.model_copy(update={"software": f"{NAME} {version('pib-videogen')}"})
    if path.suffix == WEBM_VP9.suffix:
        return _sign_beside(path, signed, credentials, target)
    info = c2pa.C2paSignerInfo(credentials.algorithm, credentials.chain, credentials.key, credentials.timestamp_url)
    try:
        with storage_errors(str(target)), c2pa.Signer.from_info(info) as signer:
            with c2pa.Builder(json.dumps(_manifest(signed, credentials, parts, path))) as builder:
                for part in parts:
                    about = {"title": part.name, "relationship": "componentOf", "label": part.name}
                    builder.add_ingredient(json.dumps(about), "image/jpeg", io.BytesIO(part.picture))
                builder.sign_file(path, target, signer)
            append_seal(target, credentials)
    except c2pa.C2paError as error:
        target.unlink(missing_ok=True)
        raise MediaError(
            f"{path.name} cannot be signed: {error}",
            remedy="check the video, release.certificate, key and release.timestamp_url",
        ) from error
    return signed


def _sign_beside(path: Path, record: Provenance, credentials: Credentials, target: Path) -> Provenance:
    with storage_errors(str(target)):
        copy(path, target)
        write_sidecar(target, record, credentials)
    return record


def _placed(part: Part) -> dict[str, Any]:
    return {
        "action": "c2pa.placed",
        "digitalSourceType": _VOCABULARY + part.source_type,
        "description": part.name,
        "parameters": {"ingredientIds": [part.name]},
    }


def _manifest(record: Provenance, credentials: Credentials, parts: Sequence[Part], path: Path) -> dict[str, Any]:
    """The manifest definition, C2PA 2.2: an action that says how the file came about, and our own facts."""
    name, _, number = record.software.partition(" ")
    action = {
        "action": "c2pa.created",
        "when": record.released_at.isoformat(),
        "digitalSourceType": _SOURCE_TYPES[record.origin],
        "softwareAgent": {"name": name, "version": number},
        "description": f"{record.kind} {record.id}, made by {record.model}".strip(),
    }
    facts = record.model_dump(mode="json", exclude_none=True)
    # CBOR and JavaScript readers do not agree on integers of 63 bits.
    facts["seed"] = None if record.seed is None else str(record.seed)
    return {
        "claim_generator_info": [{"name": name, "version": number}],
        "title": record.title or record.id,
        "format": media_type_of(path),
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [action, *map(_placed, parts)]}},
            {
                "label": ASSERTION,
                "data": {"record": facts, "seal": certificate_fingerprint(credentials.certificates[0])},
            },
        ],
    }
