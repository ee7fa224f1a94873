"""Verifies content credentials: who made a file, from what, and whether it has changed since."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import Field

from videogen.domain.frozen_model import FrozenModel
from videogen.errors import InputError, MediaError
from videogen.release.boxes import MOST_BOXES, has_too_many_boxes
from videogen.release.claim_signer import claim_signer
from videogen.release.credentials import common_name
from videogen.release.record import Provenance
from videogen.release.seal import carries_seal, check_seal
from videogen.release.sidecar import read_sidecar, sidecar_of
from videogen.release.signing import ASSERTION
from videogen.release.trust import TrustedSigner, certificate_fingerprint, trust_in
from videogen.runtime.media_opening import regular_file

# The C2PA library trusts by authority and knows none here: whom to trust is decided in `trust_in`, by identity.
# Everything else that fails is damage.
_STRANGER = "signingCredential.untrusted"
_SETTINGS = {"verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False}}


class Verification(FrozenModel):
    """What a file's credentials claim, and whether they can be trusted.

    signed: there are credentials. intact: they fit the file as it is now. whole: every single byte is covered (our
    own seal; files of other makers have none, and a bit may change unseen in boxes that C2PA leaves out). trusted:
    intact, and the signer is one whom the settings name. record: our own facts, None in files of other makers.
    """

    file: str
    signed: bool
    intact: bool
    whole: bool
    trusted: bool
    signer: str | None = None
    signed_by: str | None = Field(None, description="organisation of the signer's certificate")
    certificate: str | None = Field(None, description="hexadecimal SHA-256 of the signer's certificate")
    issued_by: str | None = Field(None, description="who issued that certificate, RFC 4514")
    trust: str = Field("", description="why the signer is (not) trusted")
    signed_at: str | None = None
    maker: str | None = Field(None, description="program that made the claim")
    source_type: str | None = Field(None, description="IPTC digital source type")
    record: Provenance | None = None
    problems: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """One line for people."""
        if not self.signed:
            return "no content credentials"
        if not self.intact:
            return f"changed since it was signed: {'; '.join(self.problems)}"
        known = "" if self.trusted else f", who is not trusted here: {self.trust}"
        return f"as it was signed by {self.signer or 'an unnamed signer'}{known}"


def verify_file(path: Path, signers: Sequence[TrustedSigner] = ()) -> Verification:
    """Read and check the credentials of a media file. Nothing is fetched from anywhere.

    Args:
        path: any file.
        signers: whose signatures are believed, see `signers_for`.

    Raises:
        MediaError: the file does not exist, cannot be read as media at all, or is an mp4 of more than 20,000 boxes.
    """
    import c2pa

    from videogen.media.reading import probe

    with regular_file(path) as (file, _):
        if _format(file, path) == "video/mp4" and has_too_many_boxes(file):
            raise MediaError(
                f"{path} has more than {MOST_BOXES:,} boxes, which no player or camera writes",
                remedy="copy its streams into a new mp4, which loses its credentials, or ask whoever made it",
            )
        if sidecar_of(path).is_file():
            return _beside(path, signers)
    try:
        with (
            regular_file(path) as (file, _),
            c2pa.Context(settings=c2pa.Settings.from_dict(_SETTINGS)) as context,
            c2pa.Reader(_format(file, path), file, context=context) as reader,
        ):
            state, content = str(reader.get_validation_state()), json.loads(reader.json())
            serials = _serial_numbers(json.loads(reader.crjson()))
    except (c2pa.C2paError.ManifestNotFound, c2pa.C2paError.NotSupported):
        if carries_seal(path):
            return _damaged(path, "the credentials were removed, but the whole-file signature is still there")
        if not is_picture(path):
            probe(path)
        return Verification(
            file=str(path), signed=False, intact=False, whole=False, trusted=False, problems=_where_to_look(path)
        )
    except c2pa.C2paError as error:
        if not carries_seal(path):
            probe(path)
        return _damaged(path, f"the credentials cannot be read: {error}")
    return _verification(path, state, content, serials, signers)


def _beside(path: Path, signers: Sequence[TrustedSigner]) -> Verification:
    """What the signature beside a video says of it."""
    try:
        record, certificates, problems = read_sidecar(path)
    except InputError as error:
        return _damaged(path, error.problem)
    from cryptography.x509.oid import NameOID

    known, why = trust_in(certificates[0], signers)
    organisation = certificates[0].subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return Verification(
        file=str(path),
        signed=True,
        intact=not problems,
        whole=not problems,
        trusted=not problems and known,
        signer=common_name(certificates[0]),
        signed_by=str(organisation[0].value) if organisation else None,
        certificate=certificate_fingerprint(certificates[0]),
        issued_by=certificates[0].issuer.rfc4514_string(),
        trust=why,
        maker=record.software or None,
        record=record,
        problems=tuple(problems),
    )


def _where_to_look(path: Path) -> tuple[str, ...]:
    """Of a webm: that it cannot hold credentials itself."""
    with path.open("rb") as file:
        is_webm = file.read(4) == b"\x1a\x45\xdf\xa3"
    if not is_webm:
        return ()
    return (f"a webm has no place for credentials: its signature lies beside it, as {sidecar_of(path).name}",)


def _format(file: BinaryIO, path: Path) -> str:
    """What the file is by its first bytes, whatever its name says; else what its name says."""
    head = file.read(12)
    file.seek(0)
    return "video/mp4" if head[4:8] == b"ftyp" else path.suffix.removeprefix(".").lower() or "unknown"


def is_picture(path: Path) -> bool:
    """By the first bytes; pictures carry credentials as well, but are opened by no reader of videos."""
    with path.open("rb") as file:
        return file.read(8).startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))


def _serial_numbers(content: dict[str, Any]) -> dict[str, str]:
    """Label of each manifest → hexadecimal serial number of the certificate that its signature was checked with."""
    return {
        manifest["label"]: manifest.get("signature", {}).get("certificateInfo", {}).get("serialNumber", "")
        for manifest in content.get("manifests", ())
    }


def _damaged(path: Path, problem: str) -> Verification:
    return Verification(file=str(path), signed=True, intact=False, whole=False, trusted=False, problems=(problem,))


def _verification(
    path: Path, state: str, content: dict[str, Any], serials: dict[str, str], signers: Sequence[TrustedSigner]
) -> Verification:
    try:
        return _read(path, state, content, serials, signers)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        # Damage can turn any part of the claim into something of another kind.
        return _damaged(path, f"the credentials are malformed: {error!r}")


def _read(
    path: Path, state: str, content: dict[str, Any], serials: dict[str, str], signers: Sequence[TrustedSigner]
) -> Verification:
    manifest = content["manifests"][content["active_manifest"]]
    signature = manifest.get("signature_info", {})
    assertions = {entry["label"]: entry["data"] for entry in manifest.get("assertions", [])}
    problems = _failures(content)
    own = assertions.get(ASSERTION)
    certificate = claim_signer(path, content["active_manifest"], serials.get(content["active_manifest"], ""))
    # Claim and seal are by one hand: whoever signs a copied record as its own cannot leave the seal to the other.
    whole = own is not None and certificate is not None and own["seal"] == certificate_fingerprint(certificate)
    whole = whole and own is not None and check_seal(path, own["seal"])
    if own is not None and not whole:
        problems.append("the whole-file signature does not match")
    intact = state in ("Valid", "Trusted") and not problems
    known, why = trust_in(certificate, signers)
    action = assertions["c2pa.actions.v2"]["actions"][0] if "c2pa.actions.v2" in assertions else {}
    maker = (manifest.get("claim_generator_info") or [{}])[0]
    return Verification(
        file=str(path),
        signed=True,
        intact=intact,
        whole=whole,
        trusted=intact and known,
        signer=signature.get("common_name") or signature.get("issuer"),
        signed_by=signature.get("issuer"),
        certificate=None if certificate is None else certificate_fingerprint(certificate),
        issued_by=None if certificate is None else certificate.issuer.rfc4514_string(),
        trust=why,
        signed_at=signature.get("time"),
        maker=" ".join(filter(None, (maker.get("name"), maker.get("version")))) or None,
        source_type=action.get("digitalSourceType"),
        record=None if own is None else _provenance(own["record"]),
        problems=tuple(problems),
    )


def _failures(content: dict[str, Any]) -> list[str]:
    found = content.get("validation_results", {}).get("activeManifest", {}).get("failure", [])
    return [f"{entry['code']}: {entry.get('explanation', '')}" for entry in found if entry["code"] != _STRANGER]


def _provenance(facts: dict[str, Any]) -> Provenance:
    seed = facts.get("seed")
    return Provenance.model_validate({**facts, "seed": None if seed is None else int(seed)})
