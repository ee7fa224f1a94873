"""An inbox into which people write who are careless, or hostile."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.videogen.inboxes import begun, prompts, take
from tests.videogen.intake.request_files import picture, write
from videogen.domain.requests import VideoRequest
from videogen.intake.inbox import InboxResult, take_from_inbox
from videogen.intake.request_files import MAX_REQUESTS
from videogen.storage.request_store import RequestStore


@pytest.fixture
def inbox(tmp_path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def store(tmp_path) -> RequestStore:
    return RequestStore(str(tmp_path / "store"))


# --- what lies in the inbox is not believed -----------------------------------------------------------


def forged(**fields: object) -> str:
    request = VideoRequest(prompt="forged", source="command-line", **fields)
    return f"[{request.model_dump_json()}]"


def test_a_plan_that_somebody_left_in_the_inbox_is_not_believed(inbox, store, tmp_path):
    claim = inbox / ".taking" / "00000000000000000001-abcdef"
    write(claim / "file", "a.txt", "x")
    write(claim, "requests.json", forged(output=tmp_path / "anywhere.mp4"))
    result = take(inbox, store)
    assert store.ids() == []
    assert [name for name, _ in result.rejected] == ["a.txt"]
    assert "earlier version" in (inbox / "rejected/a.txt.reason.txt").read_text()
    assert not (inbox / ".taking").exists()


def test_a_plan_without_a_file_does_nothing(inbox, store):
    write(inbox / ".taking" / "1-abcdef", "requests.json", forged())
    write(inbox / "inbox" / "1-abcdef", "plan.json", forged())
    assert take(inbox, store).accepted == []
    assert store.ids() == []


def test_a_file_whose_taking_an_earlier_version_had_not_begun_is_taken(inbox, store):
    write(inbox / ".taking" / "1-abcdef" / "file", "a.txt", "one")
    assert len(take(inbox, store).accepted) == 1
    assert prompts(store) == ["one"]


@pytest.mark.parametrize("name", [".taking", "accepted", "rejected", ".lock"])
def test_a_link_in_place_of_a_folder_leads_nowhere(inbox, store, tmp_path, name):
    elsewhere = tmp_path / "elsewhere"
    write(elsewhere / "1-abcdef" / "file", "a.txt", "x")
    (inbox / name).symlink_to(elsewhere)
    write(inbox, "good.txt", "good")
    write(inbox, "bad.txt", "")
    result = take(inbox, store)
    assert prompts(store) == ["good"]
    assert sorted(path.name for path in elsewhere.rglob("*")) == ["1-abcdef", "a.txt", "file"]
    moved = {"accepted": ["good.txt"], "rejected": ["bad.txt"]}.get(name, [])
    assert [path.name for path in inbox.glob("*.txt")] == moved
    assert len(result.waiting) == len(moved)


def test_a_file_that_cannot_be_filed_away_is_not_taken_twice(inbox, store):
    (inbox / "accepted").symlink_to(inbox.parent)
    write(inbox, "good.txt", "good")
    take(inbox, store)
    assert len(take(inbox, store).waiting) == 1
    (inbox / "accepted").unlink()
    take(inbox, store)
    assert prompts(store) == ["good"]
    assert (inbox / "accepted/good.txt").exists()


# --- one bad thing does not stop the good ones ---------------------------------------------------------


@pytest.mark.parametrize("name", ["a" * 246 + ".txt", "a." + "b" * 248, "ü" * 120 + "." + "ä" * 5])
@pytest.mark.parametrize("text", ["", "x"])
def test_names_as_long_as_the_file_system_allows_are_filed_away(inbox, store, name, text):
    write(inbox, name, text)
    write(inbox, "z.txt", "good")
    result = take(inbox, store)
    assert result.waiting == []
    assert "good" in prompts(store)
    assert [path.name for path in inbox.iterdir() if path.is_file()] == []


def test_a_damaged_plan_waits_for_a_person_and_the_others_go_on(inbox, store):
    write(Path(store.root) / "inbox" / "1-abcdef", "plan.json", "{")
    (Path(store.root) / "inbox" / "2-abcdef" / "plan.json").mkdir(parents=True)
    write(inbox, "a.txt", "good")
    result = take(inbox, store)
    assert prompts(store) == ["good"]
    assert [name for name, _ in result.waiting] == ["1-abcdef", "2-abcdef"]
    assert "remove that folder" in result.waiting[0][1]


def test_a_file_holds_no_more_requests_than_one_look_can_take(inbox, store):
    write(inbox, "a.jsonl", '{"prompt": "x"}\n' * (MAX_REQUESTS + 1))
    assert f"more than {MAX_REQUESTS} requests" in take(inbox, store).rejected[0][1]
    assert store.ids() == []


def test_many_files_are_taken_in_slices(inbox, store):
    for number in range(40):
        write(inbox, f"{number:02d}.txt", str(number))
    looks = 0
    while (result := take(inbox, store, seconds=0.02)).unfinished:
        assert result.accepted
        looks += 1
    assert looks > 1
    assert len(store.ids()) == 40


def test_the_reason_of_a_file_with_endless_faults_is_short_and_says_how_many(inbox, store):
    write(inbox, "a.json", [{"prompt": "x", "seed": -1}] * 400)
    write(inbox, "b.json", {"prompt": "x", **{f"field{number}": 1 for number in range(100_000)}})
    write(inbox, "c.json", {"prompt": "x", "captions": [{}] * 2000})
    take(inbox, store)
    notes = {name: (inbox / f"rejected/{name}.json.reason.txt").read_text() for name in "abc"}
    assert all(len(note) < 15_000 for note in notes.values())
    assert "and 380 more" in notes["a"]
    assert "and 99,980 more" in notes["b"]
    assert "captions.0.start: Field required" in notes["c"]


def test_the_inbox_itself_may_lie_behind_a_link(inbox, store, tmp_path):
    (tmp_path / "link").symlink_to(inbox)
    (inbox / "p.png").write_bytes(picture())
    write(inbox, "a.json", {"prompt": "x", "images": ["p.png"]})
    assert len(take(tmp_path / "link", store).accepted) == 1


def test_a_picture_that_vanished_is_that_files_failure_only(inbox, store):
    write(inbox, "a.json", {"prompt": "x", "images": ["gone.png"]})
    write(inbox, "b.txt", "good")
    result = take(inbox, store)
    assert "cannot read the picture" in result.rejected[0][1]
    assert prompts(store) == ["good"]
    assert take(inbox, store) == InboxResult()
    assert begun(store) == []


# --- half copied files -----------------------------------------------------------------------------------


def test_a_file_is_taken_when_it_looked_the_same_twice(inbox, store):
    path = write(inbox, "a.jsonl", '{"prompt": "one"}\n')
    assert take_from_inbox(inbox, store, settle=0.2).accepted == []
    time.sleep(0.3)
    with path.open("a") as file:
        file.write('{"prompt": "two"}\n')
    assert take_from_inbox(inbox, store, settle=0.2).accepted == []
    time.sleep(0.3)
    assert len(take_from_inbox(inbox, store, settle=0.2).accepted) == 2


@pytest.mark.parametrize("years", [-40, 40])
def test_the_time_of_a_file_does_not_matter_only_that_it_stands_still(inbox, store, years):
    path = write(inbox, "a.txt", "one")
    moment = time.time() + years * 365 * 86400
    os.utime(path, (moment, moment))
    assert take_from_inbox(inbox, store, settle=0.1).accepted == []
    time.sleep(0.15)
    assert len(take_from_inbox(inbox, store, settle=0.1).accepted) == 1


def test_what_was_seen_is_forgotten_when_it_is_damaged_or_gone(inbox, store):
    write(inbox, "a.txt", "one")
    take_from_inbox(inbox, store, settle=0.1)
    write(Path(store.root) / "inbox", "seen.json", '{"00": 5}')
    time.sleep(0.15)
    assert take_from_inbox(inbox, store, settle=0.1).accepted == []
    (inbox / "a.txt").unlink()
    take_from_inbox(inbox, store, settle=0.1)
    assert (Path(store.root) / "inbox/seen.json").read_text() == "{}"
