"""Reading content credentials back: who made a file, from what, and whether one bit has changed since."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from videogen.domain.artifacts import Report
from videogen.errors import MediaError
from videogen.release.record import Provenance
from videogen.release.seal import carries_seal, check_seal, fingerprint
from videogen.release.signing import ASSERTION

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig

# What a stranger's signature lacks here; everything else that fails is damage.
_STRANGER = "signingCredential.untrusted"


class Verification(Report):
    """What a file's credentials say, and whether they can be believed.

    signed: there are credentials. intact: they fit the file as it is now. whole: every single byte is covered (our
    own seal; files of other makers have none, and a bit may change unseen in boxes that C2PA leaves out). trusted:
    intact, and the signer is known here. record: our own facts, None in files of other makers.
    """

    file: str
    signed: bool
    intact: bool
    whole: bool
    trusted: bool
    signer: str | None = None
    signed_by: str | None = Field(None, description="organisation of the signer's certificate")
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
        known = "" if self.trusted else ", who is not known here"
        return f"as it was signed by {self.signer or 'an unnamed signer'}{known}"


def anchors_for(config: VideoGenConfig) -> list[bytes]:
    """Certificates (PEM) whose signatures are trusted: those this installation signs with, and those configured.

    Raises:
        ConfigError: a configured file cannot be read.
    """
    from videogen.errors import ConfigError
    from videogen.release.credentials import CERTIFICATE

    release = config.release
    paths = [config.path(path) for path in release.trusted]
    if release.certificate is not None:
        paths.append(config.path(release.certificate))
    own = config.path(release.development_folder) / "development" / CERTIFICATE
    try:
        return [path.read_bytes() for path in paths] + ([own.read_bytes()] if own.exists() else [])
    except OSError as error:
        raise ConfigError(
            f"a trusted certificate cannot be read: {error}", remedy="check release.trusted and release.certificate"
        ) from error


def verify_file(path: Path, anchors: Sequence[bytes] = ()) -> Verification:
    """Read and check the credentials of a media file. Nothing is fetched from anywhere.

    Args:
        anchors: PEM certificates, or chains, whose signatures are trusted.

    Raises:
        MediaError: there is no such file, or it cannot be read as media at all.
    """
    import c2pa

    from videogen.media.reading import probe

    if not path.is_file():
        raise MediaError(f"there is no file {path}", remedy="check the path")
    try:
        with (
            path.open("rb") as file,
            c2pa.Context(settings=c2pa.Settings.from_dict(_settings(anchors))) as context,
            c2pa.Reader(_format(path), file, context=context) as reader,
        ):
            state, content = reader.get_validation_state(), json.loads(reader.json())
    except (c2pa.C2paError.ManifestNotFound, c2pa.C2paError.NotSupported):
        if carries_seal(path):
            return _damaged(path, "the credentials are gone, the seal is still there")
        if not _is_picture(path):
            probe(path)
        return Verification(file=str(path), signed=False, intact=False, whole=False, trusted=False)
    except c2pa.C2paError as error:
        if not carries_seal(path):
            probe(path)
        return _damaged(path, f"the credentials cannot be read: {error}")
    return _verification(path, str(state), content, anchors)


def _format(path: Path) -> str:
    """What the file is by its first bytes, whatever its name says; else what its name says."""
    with path.open("rb") as file:
        head = file.read(12)
    return "video/mp4" if head[4:8] == b"ftyp" else path.suffix.removeprefix(".").lower() or "unknown"


def _is_picture(path: Path) -> bool:
    """By the first bytes; pictures carry credentials as well, but are opened by no reader of videos."""
    with path.open("rb") as file:
        return file.read(8).startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))


def _settings(anchors: Sequence[bytes]) -> dict[str, Any]:
    chain = b"\n".join(anchors).decode("ascii")
    return {
        "trust": {"user_anchors": chain} if chain else {},
        "verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False},
    }


def _damaged(path: Path, problem: str) -> Verification:
    return Verification(file=str(path), signed=True, intact=False, whole=False, trusted=False, problems=(problem,))


def _verification(path: Path, state: str, content: dict[str, Any], anchors: Sequence[bytes]) -> Verification:
    try:
        return _read(path, state, content, anchors)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        # Damage can turn any part of the claim into something of another kind.
        return _damaged(path, f"the credentials do not have the form that they should: {error!r}")


def _read(path: Path, state: str, content: dict[str, Any], anchors: Sequence[bytes]) -> Verification:
    manifest = content["manifests"][content["active_manifest"]]
    signature = manifest.get("signature_info", {})
    assertions = {entry["label"]: entry["data"] for entry in manifest.get("assertions", [])}
    problems = _failures(content)
    own = assertions.get(ASSERTION)
    whole = own is not None and check_seal(path, own["seal"])
    if own is not None and not whole:
        problems.append("the seal over the whole file is broken")
    intact = state in ("Valid", "Trusted") and not problems
    # C2PA trusts by issuer. A chain may end below its root; then the sealing certificate itself must be known.
    known = state == "Trusted" or (whole and own is not None and own["seal"] in _fingerprints(anchors))
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
        signed_at=signature.get("time"),
        maker=" ".join(filter(None, (maker.get("name"), maker.get("version")))) or None,
        source_type=action.get("digitalSourceType"),
        record=None if own is None else _provenance(own["record"]),
        problems=tuple(problems),
    )


def _fingerprints(anchors: Sequence[bytes]) -> set[str]:
    from cryptography import x509

    return {fingerprint(found) for anchor in anchors for found in x509.load_pem_x509_certificates(anchor)}


def _failures(content: dict[str, Any]) -> list[str]:
    found = content.get("validation_results", {}).get("activeManifest", {}).get("failure", [])
    return [f"{entry['code']}: {entry.get('explanation', '')}" for entry in found if entry["code"] != _STRANGER]


def _provenance(facts: dict[str, Any]) -> Provenance:
    seed = facts.get("seed")
    return Provenance.model_validate({**facts, "seed": None if seed is None else int(seed)})
