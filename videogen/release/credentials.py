"""Signing credentials: a certificate chain and its private key, configured or made for development.

The development certificate follows the certificate profile of C2PA 2.2, section 14.5 (end-entity with digital
signature and e-mail protection, issued by a root of its own), so that C2PA tools read the signature; nobody but
this installation trusts it.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.errors import ConfigError
from videogen.storage.atomic import whole_folder
from videogen.storage.atomic_folder import Folder, storage_errors

if TYPE_CHECKING:
    from cryptography import x509

    from videogen.config.config import VideoGenConfig

CERTIFICATE, KEY = "certificate.pem", "key.pem"
_YEARS = 10


@dataclass(frozen=True)
class Credentials:
    """chain: PEM, the signer's certificate first, its issuers after it. key: PEM, PKCS 8, never printed."""

    chain: bytes
    key: bytes
    algorithm: str
    timestamp_url: str | None = None
    is_development: bool = False

    def __repr__(self) -> str:
        return f"Credentials({self.signer!r}, {self.algorithm})"

    @property
    def signer(self) -> str:
        """Organisation and name of the signer's certificate."""
        return common_name(self.certificates[0])

    @property
    def certificates(self) -> list[x509.Certificate]:
        """The certificate chain, the signer's first."""
        from cryptography import x509

        return x509.load_pem_x509_certificates(self.chain)

    def private_key(self) -> Any:
        """The key as a cryptography object."""
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        return load_pem_private_key(self.key, password=None)


def credentials_for(config: VideoGenConfig) -> Credentials:
    """Return the configured credentials, or else development credentials, made on first use.

    Raises:
        ConfigError: certificate or key cannot be read, does not fit the other, or others can read the key.
        StorageError: the development credentials cannot be written.
    """
    release = config.release
    if release.certificate is None or release.key is None:
        return development(config.path(release.development_folder), release.organisation)
    return load(config.path(release.certificate), config.path(release.key), release.timestamp_url or None)


def load(certificate: Path, key: Path, timestamp_url: str | None = None, *, development: bool = False) -> Credentials:
    """Credentials from two PEM files.

    Raises:
        ConfigError: see `credentials_for`.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    try:
        chain, secret = certificate.read_bytes(), key.read_bytes()
        if stat.S_IMODE(key.stat().st_mode) & 0o077:
            raise ConfigError(f"other users can read the signing key {key}", remedy=f"chmod 600 {key}")
        private = serialization.load_pem_private_key(secret, password=None)
        public = x509.load_pem_x509_certificates(chain)[0].public_key()
    except OSError as error:
        raise ConfigError(
            f"the signing credentials cannot be read: {error}", remedy="check release.certificate and release.key"
        ) from error
    except (ValueError, TypeError, IndexError) as error:
        raise ConfigError(
            f"{certificate} or {key} is not a PEM file that can be used: {error}",
            remedy="give a certificate chain, the signer's first, and an unencrypted PKCS 8 key",
        ) from error
    if _raw(private.public_key()) != _raw(public):
        raise ConfigError(
            f"the key {key} does not belong to the first certificate of {certificate}",
            remedy="put the signer's own certificate first, its issuers after it",
        )
    plain = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Credentials(chain, plain, _algorithm(private), timestamp_url, development)


def development(folder: Path, organisation: str) -> Credentials:
    """Return the development credentials in `folder`, made on first use; safe for several processes.

    Raises:
        ConfigError: they are there but damaged, or others can read the key.
        StorageError: they cannot be written.
    """
    pair = folder / "development"
    if not (pair / KEY).exists():
        _make(folder, pair, organisation)
    return load(pair / CERTIFICATE, pair / KEY, development=True)


def _make(folder: Path, pair: Path, organisation: str) -> None:
    """Make both files, which appear together."""
    chain, key = _new_pair(organisation)
    with storage_errors(str(pair)):
        folder.mkdir(parents=True, exist_ok=True)
        # Of several processes the first counts.
        with whole_folder(pair, lambda made: (made / KEY).exists(), mode=0o700) as temporary:
            Folder(temporary).write(CERTIFICATE, chain)
            with open(os.open(temporary / KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(key)


def _new_pair(organisation: str) -> tuple[bytes, bytes]:
    """A root and a signing certificate issued by it; only the signer's key is kept."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())

    def named(what: str) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
                x509.NameAttribute(NameOID.COMMON_NAME, f"{organisation} development {what}"),
            ]
        )

    def certificate(what: str, public: Any, extensions: list[tuple[x509.ExtensionType, bool]]) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(named(what))
            .issuer_name(named("root"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            # A clock that is behind must not make the first signature one from the future.
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=365 * _YEARS))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(root_key, hashes.SHA256())

    root_id = x509.SubjectKeyIdentifier.from_public_key(root_key.public_key())
    root = certificate(
        "root", root_key.public_key(), [(x509.BasicConstraints(True, 0), True), (_usage(issues=True), True)]
    )
    signer = certificate(
        "signer",
        key.public_key(),
        [
            (x509.BasicConstraints(False, None), True),
            (_usage(issues=False), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False),
            (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(root_id), False),
        ],
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return signer.public_bytes(pem) + root.public_bytes(pem), secret


def _usage(*, issues: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not issues,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issues,
        crl_sign=issues,
        encipher_only=False,
        decipher_only=False,
    )


def _algorithm(key: Any) -> str:
    """The C2PA name of the signature algorithm that goes with a key (C2PA 2.2, section 13.2.1)."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048:
        return "ps256"
    raise ConfigError(
        f"C2PA does not support signatures with a {type(key).__name__} of this kind",
        remedy="use a key on P-256, P-384 or P-521, an Ed25519 key, or RSA with at least 2048 bits",
    )


_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


def _raw(public: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return bytes(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def common_name(certificate: x509.Certificate) -> str:
    """The subject's common name, or the whole subject where it has none."""
    from cryptography.x509.oid import NameOID

    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()
