"""Nobody is named on a disk, and whoever asks is forgotten everywhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videogen.config.config import VideoGenConfig
from videogen.errors import ConfigError, InputError
from videogen.feedback import FeedbackIntegration
from videogen.feedback.erasure import erase_user, replay
from videogen.feedback.privacy.links import make_link, read_link
from videogen.feedback.privacy.pseudonyms import KeyRing
from videogen.feedback.privacy.scrubbing import is_clean, scrub

TODAY = datetime.now(UTC).date()
VIDEO = "20261130-102030123-red-bus-abcdef01"


@pytest.mark.parametrize(
    ("comment", "kept"),
    [
        ("write to ada@example.org, please", "write to [e-mail], please"),
        ("ada at example dot com knows", "[e-mail] knows"),
        ("call +91 98765 43210 now", "call [phone] now"),
        ("मुझे ९८७६५ ४३२१० पर फोन करें", "मुझे [phone] पर फोन करें"),
        ("card 4111 1111 1111 1111", "card [card]"),
        ("my PAN is ABCDE1234F", "my PAN is [id]"),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN [id]"),
        ("मेरा नाम रमेश कुमार है", "मेरा नाम [name] है"),
        ("My name is Ada Lovelace and it is blurry", "My name is [name] and it is blurry"),
        ("ask @ada_l", "ask [e-mail]"),
        ("nine eight seven six five four three", "[phone]"),
        ("from 192.168.1.12", "from [address]"),
        ("house at 28.6139, 77.2090", "house at [address]"),
        ("I was born on 12/03/1984", "I was born on [date of birth]"),
        ("number 12345678", "number [removed]"),
        ("ada@@home", "[removed][e-mail]"),
    ],
)  # fmt: skip
def test_personal_data_are_replaced_by_what_they_were(comment: str, kept: str) -> None:
    assert scrub(comment) == kept


@pytest.mark.parametrize(
    "comment",
    [
        "At 00:12 the dam of 2026-11-30 is shown at the wrong place.",
        "The 1920x1080 video at 24 fps is fine, 1,20,000 people saw it in 2025-26.",
        f"{VIDEO} flickers",
        "5 out of 5. 10/10. 100%",
        "बस का रंग गलत है, लाल होना चाहिए।",
        "Regards for the team, well done!",
    ],
)
def test_times_sizes_dates_and_the_videos_own_id_stay(comment: str) -> None:
    assert scrub(comment) == comment


@given(st.text(max_size=200))
def test_scrubbing_again_changes_nothing(comment: str) -> None:
    assert is_clean(scrub(comment))
    assert "@" not in scrub(comment)


@given(st.text(max_size=30), st.integers(10**6, 10**15), st.text(max_size=30))
def test_no_long_number_survives(before: str, number: int, after: str) -> None:
    assert str(number) not in scrub(f"{before} {number} {after}")


def test_the_raw_comment_and_the_name_are_on_no_disk(
    feedback: FeedbackIntegration, video: Callable[..., str], tmp_path: Path
) -> None:
    said = {"user": "Ada.Lovelace@example.org", "comment": "call me: +44 20 7946 0958, it is blurry", "rating": 2}
    (*_, comment) = feedback.collect_feedback(video(), said)
    assert comment.comment == "call me: [phone], it is blurry"
    feedback.collector.store.compact(TODAY)
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in (b"7946", b"Lovelace", b"lovelace"):
        assert secret not in everything


def test_anonymised_feedback_has_a_pseudonym_and_no_address(feedback: FeedbackIntegration) -> None:
    found = feedback.collector.anonymize_feedback({"user_id": "ada", "rating": 3, "comments": "mail a@b.org"})
    assert found["rater"].startswith("k1:")
    assert found == {"rating": 3, "rater": found["rater"], "comment": "mail [e-mail]"}


def test_the_same_person_has_one_pseudonym_until_the_key_is_rotated(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys.json")
    first = ring.pseudonym("Ada ")
    assert first == ring.pseudonym("ada") == KeyRing(tmp_path / "keys.json").pseudonym("ADA")
    assert ring.pseudonym("bob") != first
    assert ring.rotate() == 2
    assert ring.pseudonym("ada").startswith("k2:")
    assert ring.all_pseudonyms("ada") == [first, ring.pseudonym("ada")]
    assert ring.pseudonym("") == ring.pseudonym(None) == "anonymous"
    with pytest.raises(InputError, match="looks like a pseudonym"):
        ring.pseudonym(first)


def test_old_keys_are_destroyed_in_the_end(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys.json")
    ring.pseudonym("ada")
    ring.rotate()
    assert ring.destroy_old(timedelta(days=1)) == []
    assert ring.destroy_old(timedelta(days=1), now=datetime.now(UTC) + timedelta(days=2)) == [1]
    assert [name[:3] for name in ring.all_pseudonyms("ada")] == ["k2:"]


def test_the_keys_are_for_their_owner_only_and_not_in_the_store(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    ring = KeyRing(path)
    ring.pseudonym("ada")
    assert path.stat().st_mode & 0o777 == 0o600
    os.chmod(path, 0o644)
    with pytest.raises(ConfigError, match="read by others"):
        KeyRing(path).pseudonym("ada")
    with pytest.raises(ConfigError, match=r"lies in paths\.store"):
        VideoGenConfig.load(None, {"paths.store": str(tmp_path), "feedback.key_file": str(path)})


def test_erasure_goes_through_files_tables_and_aggregates(
    feedback: FeedbackIntegration, video: Callable[..., str]
) -> None:
    collector, video_id = feedback.collector, video()
    feedback.collect_feedback(video_id, {"user": "ada", "rating": 4, "comment": "dark"})
    feedback.collect_feedback(video_id, {"user": "bob", "rating": 2})
    collector.store.compact(TODAY)
    collector.keys.rotate()
    feedback.collect_feedback(video_id, {"user": "ada", "rating": 5})
    backup = collector.store.of_day(TODAY)
    erased = erase_user(collector, "Ada", "Art. 17")
    assert (erased.events, erased.days, erased.weights) == (3, (TODAY,), ())
    left = collector.store.of_day(TODAY)
    assert len(left) == 1
    assert not set(collector.keys.all_pseudonyms("ada")) & set(left["rater"])
    (row,) = collector.store.warehouse.query("SELECT DISTINCT events, why FROM erasures").to_dict("records")
    assert row == {"events": 3, "why": "Art. 17"}
    # A restored backup brings it back; the table knows whose it was, and nothing else.
    collector.store.warehouse.write("feedback", f"{TODAY}", backup)
    assert len(collector.store.of_day(TODAY)) == 4
    assert replay(collector).events == 3
    assert len(collector.store.of_day(TODAY)) == 1


def test_nobody_cannot_be_erased(feedback: FeedbackIntegration, video: Callable[..., str]) -> None:
    feedback.collect_feedback(video(), {"rating": 4})
    for user, why, problem in (("", "x", "nobody"), ("ada", " ", "reason"), ("ada", "x", "no feedback of this user")):
        with pytest.raises(InputError, match=problem):
            erase_user(feedback.collector, user, why)
    assert len(feedback.collector.store.of_day(TODAY)) == 1


def test_old_events_and_older_comments_go(feedback: FeedbackIntegration, video: Callable[..., str]) -> None:
    store = feedback.collector.store
    events = feedback.collect_feedback(video(), {"user": "ada", "rating": 4, "comment": "dark"})
    for days in (3, 30):
        for event in events:
            fresh = {
                "received_at": event.received_at - timedelta(days=days),
                "event_id": f"{days:032x}"[:31] + event.kind[0].replace("r", "a"),
            }
            store.add(event.model_copy(update=fresh))
    assert store.expire(timedelta(days=20), timedelta(days=2)) == (2, 1)
    rows = store.between(TODAY - timedelta(days=60), TODAY)
    assert list(rows[rows["kind"] == "comment"]["comment"].notna()) == [False, True]


def test_a_link_permits_what_it_says_until_it_expires() -> None:
    permits = {"video_id": VIDEO, "attempt": 2, "rater": "anonymous"}
    token = make_link(b"key", days=1, **permits)
    assert read_link(b"key", token).attempt == 2
    body, _, signature = token.partition(".")
    for forged in (token[:-2] + "AA", f"{body[:-4]}AAAA.{signature}", body, "", "a.b", "é.é", "." * 50, "x" * 5000):
        with pytest.raises(InputError, match="not valid"):
            read_link(b"key", forged)
    with pytest.raises(InputError, match="not valid"):
        read_link(b"other", token)
    with pytest.raises(InputError, match="expired"):
        read_link(b"key", token, now=datetime.now(UTC).timestamp() + 90_000)
