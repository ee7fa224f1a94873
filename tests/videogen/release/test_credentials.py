"""Credentials for development appear once and stay private; configured ones are used or refused with a reason."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from videogen.config.config import VideoGenConfig
from videogen.errors import ConfigError
from videogen.release.credentials import CERTIFICATE, KEY, credentials_for, development, load
from videogen.release.record import Provenance
from videogen.release.signing import sign_file
from videogen.release.trust import pinned, signers_for
from videogen.release.verification import verify_file


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    first, again = development(tmp_path, "Bureau"), development(tmp_path, "Bureau")
    assert first == again
    assert first.is_development
    assert stat.S_IMODE((tmp_path / "development" / KEY).stat().st_mode) == 0o600
    assert first.signer == "Bureau development signer"


def test_the_key_is_never_printed(tmp_path: Path) -> None:
    found = development(tmp_path, "Bureau")
    assert "PRIVATE" not in repr(found)
    assert "PRIVATE" not in str(found)


def test_processes_that_come_at_once_agree_on_one_pair(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: development(tmp_path, "Bureau"), range(8)))
    assert len({found.chain for found in made}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["development"]


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    development(tmp_path, "Bureau")
    (tmp_path / "development" / KEY).chmod(0o644)
    with pytest.raises(ConfigError, match="other users can read"):
        development(tmp_path, "Bureau")


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    development(tmp_path, "Bureau")
    return tmp_path / "development" / CERTIFICATE, tmp_path / "development" / KEY


def test_configured_credentials_count(pair: tuple[Path, Path], tmp_path: Path) -> None:
    config = VideoGenConfig.load(
        None,
        {
            "release.certificate": str(pair[0]),
            "release.key": str(pair[1]),
            "release.development_folder": str(tmp_path / "unused"),
        },
    )
    found = credentials_for(config)
    assert not found.is_development
    assert found.algorithm == "es256"
    assert not (tmp_path / "unused").exists()
    assert [by.recognises(found.certificates[0]) for by in signers_for(config)] == ["its certificate is pinned"]


def test_one_without_the_other_is_refused(pair: tuple[Path, Path]) -> None:
    with pytest.raises(ConfigError, match="belong together"):
        VideoGenConfig.load(None, {"release.certificate": str(pair[0])})


def test_credentials_that_do_not_fit_are_refused(pair: tuple[Path, Path], tmp_path: Path) -> None:
    other = development(tmp_path / "other", "Other")
    key = tmp_path / "other.pem"
    key.write_bytes(other.key)
    key.chmod(0o600)
    with pytest.raises(ConfigError, match="does not belong"):
        load(pair[0], key)
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none.pem", key)
    key.write_text("no key")
    with pytest.raises(ConfigError, match="not a PEM file"):
        load(pair[0], key)


def _signer_with(key: object, folder: Path) -> tuple[Path, Path]:
    """A certificate on another kind of key, issued by itself as roots are, with what C2PA asks of signers."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    root = ec.generate_private_key(ec.SECP256R1())

    def name(what: str) -> x509.Name:
        return x509.Name(
            [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "B"), x509.NameAttribute(NameOID.COMMON_NAME, what)]
        )

    now = datetime.now(UTC)
    identifier = x509.SubjectKeyIdentifier.from_public_key
    leaf = (
        x509.CertificateBuilder().subject_name(name("signer")).issuer_name(name("root")).public_key(key.public_key())
        .serial_number(7).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(9))
        .add_extension(x509.KeyUsage(True, False, False, False, False, False, False, False, False), True)
        .add_extension(x509.BasicConstraints(False, None), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
        .add_extension(identifier(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier(root.public_key())), False)
        .sign(root, hashes.SHA256())
    )  # fmt: skip
    folder.mkdir()
    (folder / "c.pem").write_bytes(leaf.public_bytes(Encoding.PEM))
    (folder / "k.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "k.pem").chmod(0o600)
    return folder / "c.pem", folder / "k.pem"


@pytest.mark.parametrize(
    ("make", "algorithm"),
    [
        (lambda: ec.generate_private_key(ec.SECP384R1()), "es384"),
        (lambda: ed25519.Ed25519PrivateKey.generate(), "ed25519"),
        (lambda: rsa.generate_private_key(65537, 2048), "ps256"),
    ],
)
def test_keys_of_every_kind_sign_and_verify(
    make, algorithm: str, clip: Path, provenance: Provenance, tmp_path: Path
) -> None:
    found = load(*_signer_with(make(), tmp_path / "pair"))
    assert found.algorithm == algorithm
    sign_file(clip, provenance, found, tmp_path / "v.mp4")
    verified = verify_file(tmp_path / "v.mp4", [pinned(found.certificates[0])])
    assert verified.whole
    # The chain holds no issuer: the signer counts as known because it is named itself.
    assert verified.trusted


def test_a_curve_that_c2pa_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="C2PA does not support signatures"):
        load(*_signer_with(ec.generate_private_key(ec.SECP256K1()), tmp_path / "pair"))
