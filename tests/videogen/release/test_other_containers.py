"""Releases of mov and webm: credentials inside where the format has a place for them, else beside the file."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from tests.release_helpers import quality
from tests.videogen.quality.scenes import labelled, moving_scene
from tests.videogen.release.installation import House
from videogen.media.containers import MOV, WEBM_VP9
from videogen.media.encoding import Encoding, write_mp4
from videogen.release.credentials import Credentials, development
from videogen.release.record import Provenance
from videogen.release.sidecar import sidecar_of
from videogen.release.signing import sign_file
from videogen.release.trust import pinned
from videogen.release.verification import verify_file

SIZE = (128, 80)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder, found = tmp_path_factory.mktemp("clips"), {}
    for kind in (MOV, WEBM_VP9):
        found[kind.name] = folder / f"clip{kind.suffix}"
        write_mp4(
            found[kind.name], iter(labelled(moving_scene(12, SIZE))), Encoding(SIZE, Fraction(24), container=kind)
        )
    return found


def record(credentials: Credentials) -> Provenance:
    moment = max(datetime.now(UTC), credentials.certificates[0].not_valid_before_utc)
    return Provenance(
        id="v", title="Ü", requested_at=moment, released_at=moment, model="tiny", seed=2**63 - 1, label="AI-generated"
    )


def test_a_mov_carries_its_credentials_inside(clips, credentials: Credentials, tmp_path: Path) -> None:
    written = sign_file(clips["mov"], record(credentials), credentials, tmp_path / "v.mov")
    found = verify_file(tmp_path / "v.mov", [pinned(credentials.certificates[0])])
    assert (found.intact, found.whole, found.trusted, found.record) == (True, True, True, written)
    assert not sidecar_of(tmp_path / "v.mov").exists()


@pytest.fixture
def signed(clips, credentials: Credentials, tmp_path: Path) -> Path:
    sign_file(clips["webm"], record(credentials), credentials, tmp_path / "v.webm")
    return tmp_path / "v.webm"


def test_a_webm_is_signed_beside_itself_and_not_a_bit_of_it_changes(signed: Path, clips, credentials) -> None:
    assert signed.read_bytes() == clips["webm"].read_bytes()
    found = verify_file(signed, [pinned(credentials.certificates[0])])
    assert (found.signed, found.intact, found.whole, found.trusted) == (True, True, True, True)
    assert (found.record.seed, found.record.title) == (2**63 - 1, "Ü")
    assert found.signer == "Test Bureau development signer"
    assert not verify_file(signed).trusted


def test_a_changed_video_facts_or_signature_is_seen(signed: Path) -> None:
    sidecar = sidecar_of(signed)
    whole, text = signed.read_bytes(), sidecar.read_text()
    signed.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "the video is not the one that was signed" in verify_file(signed).problems
    signed.write_bytes(whole)
    for change in ({"record": {**json.loads(text)["record"], "label": ""}}, {"sha256": "0" * 64}):
        sidecar.write_text(json.dumps({**json.loads(text), **change}))
        assert "the signature does not fit its facts" in verify_file(signed).problems
    for broken in (
        "{",
        "[]",
        json.dumps({**json.loads(text), "certificates": "none"}),
        text.replace("signature 1", "signature 9"),
    ):
        sidecar.write_text(broken)
        found = verify_file(signed)
        assert (found.signed, found.intact, found.trusted) == (True, False, False)


def test_another_signers_facts_are_not_trusted(signed: Path, credentials: Credentials, tmp_path: Path) -> None:
    other = development(tmp_path / "other", "Other Bureau")
    sign_file(signed, record(other), other, tmp_path / "other" / "v.webm")
    found = verify_file(tmp_path / "other" / "v.webm", [pinned(credentials.certificates[0])])
    assert (found.intact, found.trusted) == (True, False)


def test_a_webm_without_a_signature_says_where_it_would_be(clips) -> None:
    found = verify_file(clips["webm"])
    assert not found.signed
    assert "lies beside it, as clip.webm.signature.json" in found.problems[0]


@pytest.mark.parametrize("kind", ["mov", "webm"])
def test_what_is_published_is_called_what_it_is_and_is_trusted(house: House, clips, kind: str) -> None:
    video_id = house.request()
    house.attempt(video_id, clip=clips[kind], report=quality())
    published = house.publisher.publish(video_id, by="Ada")
    assert published.video.name == f"{video_id}.{kind}"
    assert published.record.fidelity.words == "identical"
    found = verify_file(published.video, [pinned(house.credentials.certificates[0])])
    assert found.trusted
    assert sidecar_of(published.video).exists() == (kind == "webm")
    listed = {f"{video_id}.webm", f"{video_id}.webm.signature.json"} if kind == "webm" else set()
    assert listed <= set(published.record.files)
    house.publisher.withdraw(video_id, "Ada", "a mistake in it")
    assert sorted(path.name for path in published.folder.iterdir()) == ["notice.txt", "release.json"]
