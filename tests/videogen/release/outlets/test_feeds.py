"""The feeds say what is published, corrected, held and withdrawn, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.videogen.release.outlets.conftest import House
from videogen.errors import StorageError
from videogen.release.approval.correction import Correction, Notice
from videogen.release.folder import take_back
from videogen.release.notices import mark, mark_corrected
from videogen.release.outlets.feeds import write_feeds
from videogen.release.record import Withdrawal

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
MEDIA = "{http://search.yahoo.com/mrss/}"


def feeds(house: House, **outlets: Any) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """The items of ninjs and of Media RSS, by release."""
    ninjs, rss = write_feeds(house.config(**outlets))
    items = {item["uri"].rpartition(":")[2]: item for item in json.loads(ninjs.read_text())["items"]}
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    found = etree.parse(rss, parser).getroot().iter("item")
    return items, {item.findtext("guid").split(":")[2]: item for item in found}


def test_an_empty_house_has_empty_feeds(house: House) -> None:
    assert feeds(house) == ({}, {})


def test_a_release_is_in_both_with_its_files_and_their_hash(house: House) -> None:
    record = house.publish("clip-1")
    ninjs, rss = feeds(house)
    item = ninjs["clip-1"]
    assert (item["pubstatus"], item["type"], item["headlines"][0]["value"]) == ("usable", "video", "A new quay")
    assert item["renditions"][0] == {
        "name": "clip-1.mp4", "href": "https://press.example/videos/clip-1/clip-1.mp4",
        "contenttype": "video/mp4", "sizeinbytes": record.bytes,
    }  # fmt: skip
    content = rss["clip-1"].find(f".//{MEDIA}content")
    assert content.get("url") == "https://press.example/videos/clip-1/clip-1.mp4"
    assert content.findtext(f"{MEDIA}hash") == record.sha256
    assert rss["clip-1"].find(f"{MEDIA}status").get("state") == "active"
    assert rss["clip-1"].find(f".//{MEDIA}subTitle").get("href").endswith("clip-1.vtt")


def test_what_was_withdrawn_is_cancelled_and_gives_no_file_away(house: House) -> None:
    house.publish("clip-1")
    take_back(house.root, "clip-1", Withdrawal(operator="dara", why="wrong flag", at=NOW))
    ninjs, rss = feeds(house)
    assert (ninjs["clip-1"]["pubstatus"], ninjs["clip-1"]["renditions"]) == ("canceled", [])
    assert "WITHDRAWN: wrong flag" in ninjs["clip-1"]["ednote"]
    assert rss["clip-1"].find(f".//{MEDIA}content") is None
    assert rss["clip-1"].find(f"{MEDIA}status").get("state") == "deleted"
    assert rss["clip-1"].findtext("title") == "WITHDRAWN: A new quay"


def test_a_correction_links_both_and_hides_neither(house: House) -> None:
    house.publish("old-1")
    new = house.publish("new-1", corrects=Correction(of="old-1", reason="the date was wrong"))
    mark_corrected(house.root, new)
    ninjs, rss = feeds(house)
    assert ninjs["old-1"]["pubstatus"] == "usable"
    assert ninjs["old-1"]["renditions"]
    assert ninjs["old-1"]["associations"] == [{"name": "correctedby", "uri": "urn:pib-videogen:new-1", "type": "video"}]
    assert ninjs["new-1"]["associations"] == [{"name": "corrects", "uri": "urn:pib-videogen:old-1", "type": "video"}]
    assert "CORRECTED: the date was wrong See new-1." in ninjs["old-1"]["ednote"]
    assert rss["new-1"].findtext("title") == "CORRECTED: A new quay"
    assert "CORRECTED: the date was wrong" in (house.root / "old-1" / "notice.txt").read_text()
    assert (house.root / "old-1" / "old-1.mp4").is_file()


def test_a_hold_is_withheld_until_it_is_cleared(house: House) -> None:
    house.publish("clip-1")
    before = feeds(house)[0]["clip-1"]["version"]
    mark(house.root, "clip-1", Notice(kind="HOLD", by="dara", why="a call came in", at=NOW))
    held, rss = feeds(house)
    assert (held["clip-1"]["pubstatus"], rss["clip-1"].find(f"{MEDIA}status").get("state")) == ("withheld", "blocked")
    mark(house.root, "clip-1", Notice(kind="CLEARED", by="dara", why="it is right", at=NOW))
    cleared = feeds(house)[0]["clip-1"]
    assert cleared["pubstatus"] == "usable"
    assert int(cleared["version"]) > int(held["clip-1"]["version"]) > int(before)


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a & b", "a & b"),
        ("nul \x00 and bell \x07", "nul  and bell "),
        ("]]>", "]]>"),
        ("हिंदी \u202e🚌", "हिंदी 🚌"),
        ("paid \u2066\u202ella ot\u2069 by \u200bus", "paid lla ot by us"),
        ("می\u200cخواهم and क्\u200dष", "می\u200cخواهم and क्\u200dष"),
    ],
)
def test_no_title_breaks_a_feed_or_turns_and_hides_words_in_it(house: House, title: str, shown: str) -> None:
    house.publish("clip-1", title)
    ninjs, rss = feeds(house)
    assert ninjs["clip-1"]["headlines"][0]["value"] == shown
    assert rss["clip-1"].findtext("title") == shown


def test_the_release_that_changed_last_comes_first_and_the_number_is_bounded(house: House) -> None:
    for number in range(4):
        house.publish(f"clip-{number}")
    mark(house.root, "clip-1", Notice(kind="HOLD", by="dara", why="wait for it", at=NOW))
    assert list(feeds(house, feed_items=2)[0]) == ["clip-1", "clip-3"]


def test_a_damaged_record_does_not_take_the_feed_with_it(house: House) -> None:
    house.publish("clip-1")
    house.publish("clip-2")
    (house.root / "clip-2" / "release.json").write_text("{")
    assert list(feeds(house)[0]) == ["clip-1"]


def test_a_feed_that_cannot_be_written_stays_as_it_was(house: House, tmp_path: Path) -> None:
    house.publish("clip-1")
    ninjs, _ = write_feeds(house.config())
    before = ninjs.read_bytes()
    (tmp_path / "blocked").write_text("a file, where a folder is needed")
    with pytest.raises(StorageError):
        write_feeds(house.config(feed_folder=str(tmp_path / "blocked" / "feeds")))
    assert ninjs.read_bytes() == before
