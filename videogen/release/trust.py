"""Trusted signers, by certificate or identity, never by certificate authority alone.

An authority issues certificates to all its customers. That a chain ends at a known root says that the signer has a
name, not that it is the right one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.config.groups.release import SignerSettings
from videogen.errors import ConfigError

if TYPE_CHECKING:
    from cryptography import x509

    from videogen.config.config import VideoGenConfig


@dataclass(frozen=True)
class TrustedSigner:
    """One trusted signer.

    name: how it is called here. fingerprints: hexadecimal SHA-256 of certificates or public keys that are pinned.
    issuers: certificates of the authority that issues its certificates; with them the certificate must carry
    `subject` (RFC 4514) and `alternative_name`, where these are given.
    """

    name: str
    fingerprints: frozenset[str] = frozenset()
    issuers: tuple[x509.Certificate, ...] = ()
    subject: str | None = None
    alternative_name: str | None = None

    def recognises(self, certificate: x509.Certificate) -> str | None:
        """Return why the certificate belongs to this signer; None if it does not."""
        if certificate_fingerprint(certificate) in self.fingerprints:
            return "its certificate is pinned"
        if key_fingerprint(certificate) in self.fingerprints:
            return "its public key is pinned"
        if self._is_named(certificate) and any(_issued(certificate, issuer) for issuer in self.issuers):
            return f"its name is configured, and {_name(certificate.issuer)} issued its certificate"
        return None

    def _is_named(self, certificate: x509.Certificate) -> bool:
        from cryptography import x509

        if self.subject is not None and x509.Name.from_rfc4514_string(self.subject) != certificate.subject:
            return False
        if self.alternative_name is not None and self.alternative_name.lower() not in alternative_names(certificate):
            return False
        return self.subject is not None or self.alternative_name is not None


def pinned(certificate: x509.Certificate, name: str = "") -> TrustedSigner:
    """The signer of exactly this certificate."""
    return TrustedSigner(name or _name(certificate.subject), frozenset({certificate_fingerprint(certificate)}))


def trust_in(certificate: x509.Certificate | None, signers: Sequence[TrustedSigner]) -> tuple[bool, str]:
    """Return whether the holder of a certificate is trusted, and why (not), for people."""
    if certificate is None:
        return False, "its certificate cannot be read from the file"
    for signer in signers:
        if (by := signer.recognises(certificate)) is not None:
            return True, f"{signer.name}: {by}"
    namesakes = [signer.name for signer in signers if any(_issued(certificate, issuer) for issuer in signer.issuers)]
    if namesakes:
        return False, f"the authority of {namesakes[0]} issued its certificate, but to another name"
    return False, "no setting of release.trusted or release.trusted_signers names it"


def signers_for(config: VideoGenConfig) -> list[TrustedSigner]:
    """Return all trusted signers: this installation, and the configured ones.

    Raises:
        ConfigError: a configured file cannot be read, or names an authority where a signer is meant.
    """
    from videogen.release.credentials import CERTIFICATE

    release = config.release
    own = config.path(release.development_folder) / "development" / CERTIFICATE
    pins = [] if release.certificate is None else [(config.path(release.certificate), "this installation")]
    pins += [(own, "this installation")] if own.exists() else []
    pins += [(config.path(path), "") for path in release.trusted]
    signers = [pinned(_signer_of(path), name) for path, name in pins]
    return signers + [_configured(settings, config) for settings in release.trusted_signers]


def certificate_fingerprint(certificate: x509.Certificate) -> str:
    """Hexadecimal SHA-256 of the whole certificate."""
    from cryptography.hazmat.primitives import hashes

    return certificate.fingerprint(hashes.SHA256()).hex()


def key_fingerprint(certificate: x509.Certificate) -> str:
    """Hexadecimal SHA-256 of the public key (SubjectPublicKeyInfo, as in RFC 7469): it outlives a renewal."""
    from hashlib import sha256

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return sha256(certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def alternative_names(certificate: x509.Certificate) -> set[str]:
    """The e-mail addresses, host names and addresses (URI) of the certificate, in small letters."""
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return set()
    kinds = (x509.RFC822Name, x509.DNSName, x509.UniformResourceIdentifier)
    return {str(name.value).lower() for name in names if isinstance(name, kinds)}


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the key of `issuer` signed the certificate while it was valid itself."""
    from cryptography.exceptions import InvalidSignature

    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return issuer.not_valid_before_utc <= certificate.not_valid_before_utc <= issuer.not_valid_after_utc


def _configured(settings: SignerSettings, config: VideoGenConfig) -> TrustedSigner:
    issuers = () if settings.issuer is None else tuple(_certificates(config.path(settings.issuer)))
    for issuer in issuers:
        if not _is_authority(issuer):
            raise ConfigError(
                f"{settings.issuer} holds the certificate of {_name(issuer.subject)}, not of a certificate authority",
                remedy="release.trusted_signers: issuer is a file with the certificates of the authority (CA) that "
                "issues the signer's; a single signer's own certificate belongs in release.trusted",
            )
    return TrustedSigner(
        settings.name,
        frozenset() if settings.fingerprint is None else frozenset({settings.fingerprint}),
        issuers,
        settings.subject,
        settings.alternative_name,
    )


def _signer_of(path: Path) -> x509.Certificate:
    certificate = next(_certificates(path))
    if _is_authority(certificate):
        raise ConfigError(
            f"{path} begins with the certificate of an authority, {_name(certificate.subject)}: everybody to whom it "
            "issues a certificate would be trusted",
            remedy="put the signer's own certificate first; or name the signer in release.trusted_signers, with this "
            "file as issuer",
        )
    return certificate


def _certificates(path: Path) -> Iterator[x509.Certificate]:
    from cryptography import x509

    try:
        yield from x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError, x509.InvalidVersion) as error:
        raise ConfigError(
            f"the certificate {path} cannot be read: {error}",
            remedy="check release.certificate, release.trusted and release.trusted_signers: they name PEM files",
        ) from error


def _is_authority(certificate: x509.Certificate) -> bool:
    from cryptography import x509

    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except (x509.ExtensionNotFound, ValueError):
        return False


def _name(name: x509.Name) -> str:
    from cryptography.x509.oid import NameOID

    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string()
