"""A certificate authority of two legs, root and issuing authority, with customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from videogen.release.credentials import Credentials


@dataclass(frozen=True)
class Leg:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


class Authority:
    """Issues certificates to whoever pays, each in the customer's own name.

    Args:
        name: the same name makes another authority that calls itself alike, with other keys.
    """

    def __init__(self, name: str = "Trusty") -> None:
        self.root = _issue(f"{name} Root", None, authority=True)
        self.issuing = _issue(f"{name} Issuing", self.root, authority=True)

    def customer(self, name: str, email: str = "", key: ec.EllipticCurvePrivateKey | None = None) -> Credentials:
        leaf = _issue(name, self.issuing, email=email, key=key)
        secret = leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return Credentials(leaf.pem + self.issuing.pem + self.root.pem, secret, "es256")

    def file(self, folder: Path, leg: str = "issuing") -> Path:
        path = folder / f"{leg}.pem"
        path.write_bytes(getattr(self, leg).pem)
        return path


def _issue(
    name: str,
    issuer: Leg | None,
    *,
    authority: bool = False,
    email: str = "",
    key: ec.EllipticCurvePrivateKey | None = None,
) -> Leg:
    key = key or ec.generate_private_key(ec.SECP256R1())
    signed_by = issuer or Leg(None, key)  # type: ignore[arg-type]
    named = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "World"), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )
    now = datetime.now(UTC)
    extensions: list[tuple[Any, bool]] = [
        (x509.BasicConstraints(authority, None), True),
        (x509.KeyUsage(not authority, False, False, False, False, authority, authority, False, False), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(signed_by.key.public_key()), False),
    ]
    if not authority:
        extensions.append((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False))
    if email:
        extensions.append((x509.SubjectAlternativeName([x509.RFC822Name(email)]), False))
    builder = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(issuer.certificate.subject if issuer else named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=2 if authority else 1))
        .not_valid_after(now + timedelta(days=30))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return Leg(builder.sign(signed_by.key, hashes.SHA256()), key)
