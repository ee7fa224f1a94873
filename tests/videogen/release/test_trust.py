"""A signer is believed for what it is, never because of the authority that issued its certificate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.videogen.release.authority import Authority
from videogen.config.config import VideoGenConfig
from videogen.errors import ConfigError
from videogen.release.credentials import Credentials, credentials_for
from videogen.release.record import Provenance
from videogen.release.signing import sign_file
from videogen.release.trust import certificate_fingerprint, key_fingerprint, signers_for
from videogen.release.verification import Verification, verify_file


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def bureau(authority: Authority) -> Credentials:
    return authority.customer("Bureau", "desk@bureau.example")


@pytest.fixture(scope="module")
def forger(authority: Authority) -> Credentials:
    return authority.customer("Somebody Else", "me@else.example")


def configured(folder: Path, **settings: Any) -> VideoGenConfig:
    folder.mkdir(exist_ok=True)
    release = {f"release.{name}": value for name, value in settings.items()}
    return VideoGenConfig.load(None, {"release.development_folder": str(folder / "signing"), **release})


def as_signer(credentials: Credentials, folder: Path) -> dict[str, str]:
    """Settings with which an installation signs."""
    folder.mkdir(exist_ok=True)
    (folder / "chain.pem").write_bytes(credentials.chain)
    (folder / "key.pem").write_bytes(credentials.key)
    (folder / "key.pem").chmod(0o600)
    return {"certificate": str(folder / "chain.pem"), "key": str(folder / "key.pem")}


@pytest.fixture
def verified(clip: Path, provenance: Provenance, tmp_path: Path) -> Any:
    def verify(signer: Credentials, config: VideoGenConfig) -> Verification:
        target = tmp_path / f"{len(list(tmp_path.glob('*.mp4')))}.mp4"
        sign_file(clip, provenance, signer, target)
        return verify_file(target, signers_for(config))

    return verify


def test_another_customer_of_the_authority_that_certified_us_is_not_trusted(
    verified: Any, bureau: Credentials, forger: Credentials, tmp_path: Path
) -> None:
    config = configured(tmp_path, **as_signer(bureau, tmp_path))
    ours, forged = verified(bureau, config), verified(forger, config)
    assert (ours.intact, ours.trusted) == (True, True)
    assert ours.trust == "this installation: its certificate is pinned"
    assert (forged.intact, forged.trusted) == (True, False)
    assert "not trusted here" in forged.summary
    assert "CN=Trusty Issuing" in forged.issued_by


def test_the_certificate_made_here_is_pinned_by_itself_and_that_of_another_machine_is_not(
    verified: Any, tmp_path: Path
) -> None:
    here, there = configured(tmp_path / "here"), configured(tmp_path / "there")
    assert verified(credentials_for(here), here).trusted
    assert not verified(credentials_for(there), here).trusted


def test_a_certificate_that_repeats_our_name_is_not_ours(
    verified: Any, authority: Authority, bureau: Credentials, tmp_path: Path
) -> None:
    config = configured(tmp_path, **as_signer(bureau, tmp_path))
    for namesake in (authority.customer("Bureau", "desk@bureau.example"), Authority().customer("Bureau")):
        assert not verified(namesake, config).trusted


@pytest.mark.parametrize("identity", [{"subject": "CN=Bureau,O=World"}, {"alternative_name": "Desk@Bureau.example"}])
def test_a_name_counts_only_at_the_authority_that_gave_it(
    verified: Any,
    authority: Authority,
    bureau: Credentials,
    forger: Credentials,
    tmp_path: Path,
    identity: dict[str, str],
) -> None:
    signer = {"name": "Partner", "issuer": str(authority.file(tmp_path)), **identity}
    config = configured(tmp_path, trusted_signers=[signer])
    found = verified(bureau, config)
    assert found.trusted
    assert found.trust == "Partner: its name is configured, and Trusty Issuing issued its certificate"
    other = verified(forger, config)
    assert not other.trusted
    assert other.trust == "the authority of Partner issued its certificate, but to another name"
    assert not verified(Authority().customer("Bureau", "desk@bureau.example"), config).trusted


def test_the_key_of_a_pin_may_get_a_new_certificate(verified: Any, authority: Authority, tmp_path: Path) -> None:
    first = authority.customer("Bureau")
    renewed = authority.customer("Bureau", key=first.private_key())
    pins = {"certificate": certificate_fingerprint(first.certificates[0]).upper(), "key": ""}
    pins["key"] = key_fingerprint(first.certificates[0])
    by = {
        kind: configured(tmp_path / kind, trusted_signers=[{"name": "Partner", "fingerprint": pin}])
        for kind, pin in pins.items()
    }
    assert verified(first, by["certificate"]).trust == "Partner: its certificate is pinned"
    assert not verified(renewed, by["certificate"]).trusted
    assert verified(renewed, by["key"]).trust == "Partner: its public key is pinned"


def test_an_authority_cannot_be_put_where_a_signer_is_meant(
    authority: Authority, bureau: Credentials, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="everybody to whom it issues"):
        signers_for(configured(tmp_path, trusted=[str(authority.file(tmp_path, "root"))]))
    chain = tmp_path / "bureau.pem"
    chain.write_bytes(bureau.chain)
    assert signers_for(configured(tmp_path, trusted=[str(chain)]))[0].recognises(bureau.certificates[0])
    with pytest.raises(ConfigError, match="not of a certificate authority"):
        signers_for(
            configured(tmp_path, trusted_signers=[{"name": "P", "issuer": str(chain), "subject": "CN=Bureau,O=World"}])
        )


@pytest.mark.parametrize(
    "signer",
    [
        {"name": "P"},
        {"name": "P", "issuer": "ca.pem"},
        {"name": "P", "subject": "CN=P"},
        {"name": "P", "fingerprint": "0" * 64, "issuer": "ca.pem", "subject": "CN=P"},
        {"name": "P", "fingerprint": "0" * 63},
        {"name": "P", "issuer": "ca.pem", "subject": "not a name"},
    ],
)
def test_half_an_identity_is_refused(signer: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="trusted_signers"):
        configured(tmp_path, trusted_signers=[signer])


def test_a_seal_of_ours_does_not_vouch_for_the_claim_of_another(
    clip: Path, provenance: Provenance, bureau: Credentials, forger: Credentials, tmp_path: Path
) -> None:
    """A claim that names our certificate as the sealing one, signed by somebody else, with a seal of his own."""
    from unittest.mock import patch

    config = configured(tmp_path, **as_signer(bureau, tmp_path))
    ours = certificate_fingerprint(bureau.certificates[0])
    with patch("videogen.release.signing.certificate_fingerprint", lambda _: ours):
        sign_file(clip, provenance, forger, tmp_path / "v.mp4")
    found = verify_file(tmp_path / "v.mp4", signers_for(config))
    assert not found.intact
    assert not found.trusted
