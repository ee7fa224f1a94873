"""The smaller rendition of a long video: small enough for messengers with its credentials, and as trusted as the rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.videogen.briefing.conftest import Finished
from tests.videogen.briefing.gatehouse import Gatehouse
from videogen.briefing.assembly.kept_pieces import KeptPieces
from videogen.briefing.assembly.variant import mixed, write_variant
from videogen.briefing.production.made import VariantRecord
from videogen.briefing.production.publishing import BriefingPublisher
from videogen.media.reading import probe
from videogen.release.approval.conditions import Conditions
from videogen.release.credentials import development
from videogen.release.people.people import People
from videogen.release.trust import pinned
from videogen.release.verification import verify_file

LIMIT = 1_000_000


@pytest.fixture
def record(finished: Finished, tmp_path: Path) -> VariantRecord:
    """The finished briefing once more, as if messengers took very small files only."""
    maker, briefing, _ = finished
    made = maker.language(briefing, 1, "en")
    variant = maker._variant(briefing, 1, made, "square", (), mixed(made.storyboard, made.timeline, None))
    pieces = KeptPieces(maker.store.pieces(briefing))
    facts = write_variant(replace(variant, messenger_bytes=LIMIT), tmp_path / "variant", pieces)
    return VariantRecord(key="messenger", facts=facts)


def test_it_is_small_enough_as_long_as_the_video_and_signed_like_it(
    finished: Finished, record: VariantRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    briefing = finished.id
    assert record.facts.videos == ("en_square.mp4", "en_square.messenger.mp4")
    small, large = (tmp_path / "variant" / name for name in reversed(record.facts.videos))
    assert small.stat().st_size < large.stat().st_size
    assert probe(small).num_frames == probe(large).num_frames == record.facts.frames
    credentials = development(tmp_path / "keys", "Test")
    house = Gatehouse(finished, tmp_path / "house")
    house.examine(1)
    conditions = Conditions(People(tmp_path / "people", tmp_path / "keys"))
    publisher = BriefingPublisher(house.maker, tmp_path / "published", credentials, conditions=conditions)
    standing = publisher._state.standing(briefing, 1)
    monkeypatch.setattr(house.maker.store, "file", lambda briefing, number, name: tmp_path / "variant" / name)
    (tmp_path / "signed").mkdir()
    files = publisher._signed(briefing, 1, record, (), "Asha Rao", None, standing, tmp_path / "signed")
    signed = files["en_square.messenger.mp4"]
    assert signed.parent == tmp_path / "signed"
    found = verify_file(signed, [pinned(credentials.certificates[0])])
    assert (found.intact, found.trusted) == (True, True)
    assert small.stat().st_size < signed.stat().st_size <= LIMIT
    data = bytearray(signed.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "flipped.mp4").write_bytes(data)
    assert not verify_file(tmp_path / "flipped.mp4", [pinned(credentials.certificates[0])]).trusted
