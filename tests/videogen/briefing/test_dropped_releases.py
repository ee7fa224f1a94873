"""Releases dropped into the inbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.videogen.briefing.conftest import SHORT
from videogen.briefing.production import dropped
from videogen.briefing.production.dropped import take_releases
from videogen.briefing.production.store import BriefingStore
from videogen.errors import StorageError


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, str, BriefingStore]:
    inbox = tmp_path / "inbox" / "releases"
    inbox.mkdir(parents=True)
    location = str(tmp_path / "store")
    return inbox, location, BriefingStore(location)


def test_a_dropped_release_becomes_one_briefing_and_is_filed_away_with_its_id(places):
    inbox, location, store = places
    (inbox / "wells (final).txt").write_text(SHORT, encoding="utf-8")
    taken = take_releases(inbox, location, store, settle=0)
    assert store.ids() == [taken.accepted[0][1]]
    order = store.order(taken.accepted[0][1])
    assert (order.source, order.releases, order.formats) == (
        "inbox", {"en": "wells (final).txt"}, ("wide", "square", "tall"),
    )  # fmt: skip
    assert (inbox / "accepted" / "wells (final).txt").read_text(encoding="utf-8") == SHORT
    assert (inbox / "accepted" / "wells (final).txt.briefing.txt").read_text().strip() == order.id
    assert take_releases(inbox, location, store, settle=0).accepted == []


def test_what_cannot_be_read_is_refused_with_the_reason_and_the_others_are_taken(places):
    inbox, location, store = places
    (inbox / "empty.txt").write_bytes(b"")
    (inbox / "film.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    (inbox / "wells.txt").write_text(SHORT, encoding="utf-8")
    taken = take_releases(inbox, location, store, settle=0)
    assert [name for name, _ in taken.rejected] == ["empty.txt", "film.mp4"]
    assert [name for name, _ in taken.accepted] == ["wells.txt"]
    assert (inbox / "rejected" / "film.mp4.reason.txt").read_text().strip() == taken.rejected[1][1]


def test_a_link_out_of_the_inbox_is_not_followed(places, tmp_path: Path):
    inbox, location, store = places
    secret = tmp_path / "secret.txt"
    secret.write_text(SHORT, encoding="utf-8")
    (inbox / "wells.txt").symlink_to(secret)
    taken = take_releases(inbox, location, store, settle=0)
    assert [name for name, _ in taken.rejected] == ["wells.txt"]
    assert store.ids() == []
    assert secret.read_text(encoding="utf-8") == SHORT


def test_a_process_killed_before_the_file_was_filed_away_orders_nothing_twice(places, monkeypatch: pytest.MonkeyPatch):
    inbox, location, store = places
    (inbox / "wells.txt").write_text(SHORT, encoding="utf-8")

    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(dropped, "file_away", killed)
        with pytest.raises(KeyboardInterrupt):
            take_releases(inbox, location, store, settle=0)
    assert len(store.ids()) == 1
    taken = take_releases(inbox, location, store, settle=0)
    assert store.ids() == [taken.accepted[0][1]]


def test_a_file_that_is_still_being_copied_is_left_alone(places):
    inbox, location, store = places
    (inbox / "wells.txt").write_text(SHORT, encoding="utf-8")
    (inbox / "other.txt.part").write_text(SHORT, encoding="utf-8")
    taken = take_releases(inbox, location, store, settle=60)
    assert (taken.accepted, taken.rejected, taken.waiting) == ([], [], [])
    assert (inbox / "wells.txt").exists()


def test_a_folder_of_the_inbox_that_somebody_made_a_link_is_left_alone(places, tmp_path):
    inbox, location, store = places
    private = tmp_path / "private"
    inbox.rename(private)
    inbox.symlink_to(private)
    (private / "letter.txt").write_text(SHORT, encoding="utf-8")
    with pytest.raises(StorageError, match="releases"):
        take_releases(inbox, location, store, settle=0)
    assert [one.name for one in private.iterdir()] == ["letter.txt"]
    assert store.ids() == []
