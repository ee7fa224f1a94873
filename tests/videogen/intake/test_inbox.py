from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.videogen.inboxes import begun, prompts, take
from tests.videogen.intake.request_files import picture, write
from videogen.config.config import VideoGenConfig
from videogen.intake.inbox import InboxResult, take_from_inbox
from videogen.intake.request_files import parse_requests
from videogen.storage.request_store import RequestStore


def test_good_files_are_accepted_and_leave_their_ids(inbox, store):
    write(inbox, "a.txt", "one")
    write(inbox, "b.jsonl", '{"prompt": "two"}\n{"prompt": "three"}\n')
    result = take(inbox, store)
    assert prompts(store) == ["one", "three", "two"]
    assert sorted(result.accepted) == store.ids()
    assert result.rejected == []
    assert sorted(path.name for path in (inbox / "accepted").iterdir()) == [
        "a.txt",
        "a.txt.ids.txt",
        "b.jsonl",
        "b.jsonl.ids.txt",
    ]
    assert (inbox / "accepted/b.jsonl.ids.txt").read_text().split() == result.accepted[:2]
    assert {store.get(video_id).source for video_id in result.accepted} == {"inbox"}
    assert take(inbox, store) == InboxResult()


def test_a_bad_file_is_rejected_as_a_whole_with_the_reason_beside_it(inbox, store):
    write(inbox, "b.jsonl", '{"prompt": "good"}\n{"prompt": ""}\n')
    result = take(inbox, store)
    assert store.ids() == []
    assert [name for name, _ in result.rejected] == ["b.jsonl"]
    assert (inbox / "rejected/b.jsonl").exists()
    assert "line 2: the prompt is missing" in (inbox / "rejected/b.jsonl.reason.txt").read_text()


def test_files_of_the_same_name_do_not_replace_each_other(inbox, store):
    for text in ("one", "two", "three"):
        write(inbox, "a.txt", text)
        take(inbox, store)
    assert prompts(store) == ["one", "three", "two"]
    assert sorted(path.read_text() for path in (inbox / "accepted").glob("a*") if "ids" not in path.name) == [
        "one",
        "three",
        "two",
    ]


def test_a_file_that_was_just_written_is_left_until_it_has_settled(inbox, store):
    path = write(inbox, "a.txt", "one")
    assert take_from_inbox(inbox, store, settle=60).accepted == []
    assert path.exists()


def test_unfinished_hidden_and_picture_files_and_folders_are_left_alone(inbox, store):
    names = (
        ".hidden.txt",
        "a.txt.part",
        "a.txt.PART",
        "b.json.tmp",
        "b.json.Tmp",
        "c.txt~",
        "~d.txt",
        "p.jpg",
        "P.JPG",
    )
    for name in (*names, "e.csv.CRDOWNLOAD", "f.csv.filepart"):
        write(inbox, name, "x")
    write(inbox / "folder", "e.txt", "x")
    assert take(inbox, store) == InboxResult()
    assert len(list(inbox.iterdir())) == 11 + 1


def test_pictures_are_found_beside_the_file_and_stay(inbox, store):
    (inbox / "sub").mkdir()
    (inbox / "sub/p.png").write_bytes(picture())
    write(inbox, "a.json", {"prompt": "x", "images": ["sub/p.png"]})
    (video_id,) = take(inbox, store).accepted
    assert [path.read_bytes() for path in store.image_paths(store.get(video_id))] == [picture()]
    assert (inbox / "sub/p.png").exists()


@pytest.mark.parametrize(
    "place", ["../secret.png", "{outside}/secret.png", "link.png", "sub/../../secret.png", "~/x.png"]
)
def test_pictures_from_elsewhere_are_rejected(inbox, store, tmp_path, place):
    (tmp_path / "secret.png").write_bytes(b"secret")
    (inbox / "sub").mkdir()
    (inbox / "link.png").symlink_to(tmp_path / "secret.png")
    write(inbox, "a.json", {"prompt": "x", "images": [place.format(outside=tmp_path)]})
    result = take(inbox, store)
    assert result.accepted == []
    assert store.ids() == []
    assert "picture" in result.rejected[0][1]


def test_pictures_from_allowed_folders_are_taken(inbox, tmp_path):
    allowed = tmp_path / "pictures"
    allowed.mkdir()
    (allowed / "p.png").write_bytes(picture())
    config = VideoGenConfig().updated({"paths.allowed_inputs": [allowed]})
    store = RequestStore(str(tmp_path / "store"), allowed_inputs=[allowed])
    for number, options in enumerate(({"config": config}, {})):
        write(inbox, f"{number}.json", {"prompt": "x", "images": [str(allowed / "p.png")]})
        assert len(take(inbox, store, **options).accepted) == 1


@pytest.mark.parametrize("output", ["/etc/cron.d/x", "../x.mp4", "a/../../x.mp4", "~/x.mp4", ".ssh/x"])
def test_an_output_outside_of_the_output_folder_is_rejected(inbox, store, output):
    write(inbox, "a.json", {"prompt": "x", "output": output})
    assert "outside of the output folder" in take(inbox, store).rejected[0][1]


def test_a_relative_output_is_kept(inbox, store):
    write(inbox, "a.json", {"prompt": "x", "output": "news/x.mp4"})
    (video_id,) = take(inbox, store).accepted
    assert store.get(video_id).output == Path("news/x.mp4")


def test_links_and_pipes_are_rejected_not_followed(inbox, store, tmp_path):
    (inbox / "c.txt").symlink_to(inbox / "c.txt")
    (inbox / "d.txt").symlink_to(tmp_path)
    (inbox / "a.txt").symlink_to(write(tmp_path, "secret.txt", "secret"))
    os.mkfifo(inbox / "b.txt")
    assert sorted(name for name, _ in take(inbox, store).rejected) == ["a.txt", "b.txt", "c.txt", "d.txt"]
    assert store.ids() == []
    assert (tmp_path / "secret.txt").exists()


@pytest.mark.parametrize(
    "name",
    ["requests.json", "file.json", "-rf.txt", "two words.txt", "ü\u202e.txt", "\udcff.txt", "ü" * 125 + ".txt"],
)
@pytest.mark.parametrize("good", [True, False])
def test_odd_file_names_are_taken_like_any_other(inbox, store, name, good):
    prompt = "x" if good else ""
    write(inbox, name, {"prompt": prompt} if name.endswith("json") else prompt)
    for _ in range(2):
        take(inbox, store)
    assert len(store.ids()) == good
    assert len(list((inbox / ("accepted" if good else "rejected")).iterdir())) == 2
    assert begun(store) == []


def test_a_file_that_cannot_be_kept_does_not_stop_the_others(inbox, store):
    write(inbox, "a.json", '{"prompt": "x", "overrides": {"model.negative_prompt": "\\ud800"}}')
    write(inbox, "b.txt", "good")
    result = take(inbox, store)
    assert [name for name, _ in result.rejected] == ["a.json"]
    assert prompts(store) == ["good"]


def test_a_fault_of_the_program_over_one_file_does_not_stop_the_others(inbox, store, monkeypatch):
    def faulty(name: str, data: bytes, **options: object) -> list[object]:
        if name == "a.txt":
            raise TypeError("a fault")
        return parse_requests(name, data, **options)

    monkeypatch.setattr("videogen.intake.inbox.parse_requests", faulty)
    write(inbox, "a.txt", "x")
    write(inbox, "b.txt", "good")
    result = take(inbox, store)
    reason = "internal error, please report it: TypeError: a fault"
    assert result.rejected == [("a.txt", reason)]
    assert (inbox / "rejected" / "a.txt.reason.txt").read_text() == f"{reason}\n"
    assert prompts(store) == ["good"]


def test_a_picture_with_an_odd_suffix_is_refused_with_the_right_one(inbox, store):
    (inbox / "pictures").mkdir()
    (inbox / "pictures" / "p.jpég").write_bytes(picture())
    write(inbox, "a.json", {"prompt": "x", "images": ["pictures/p.jpég"]})
    assert "named '.jpég' but holds a PNG picture" in take(inbox, store).rejected[0][1]
    assert store.ids() == []


def test_a_full_disk_loses_nothing(inbox, store, monkeypatch):
    write(inbox, "b.jsonl", "\n".join(json.dumps({"prompt": str(n)}) for n in range(4)))
    real, calls = os.fsync, []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 9:
            raise OSError(28, os.strerror(28))
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        result = take(inbox, store)
    assert [name for name, _ in result.waiting] == ["b.jsonl"]
    assert "the disk is full" in result.waiting[0][1]
    assert result.rejected == []
    assert len(take(inbox, store).accepted) == 4
    assert prompts(store) == ["0", "1", "2", "3"]


def looks(inbox: Path, store: RequestStore, most: int) -> list[InboxResult]:
    """Looks whose time is up at once, until nothing is left to do."""
    found = []
    while not found or found[-1].unfinished:
        found.append(take_from_inbox(inbox, store, settle=0, seconds=0))
        assert len(found) <= most
    return found


def test_a_file_that_takes_longer_than_a_look_is_taken_by_the_next_ones(inbox, store):
    for name in ("a.png", "b.png"):
        (inbox / name).write_bytes(picture())
    rows = [{"prompt": f"a bus {number}", "images": ["a.png", "b.png"]} for number in range(3)]
    write(inbox, "a.jsonl", "\n".join(map(json.dumps, rows)))
    found = looks(inbox, store, most=12)
    # A look at every picture but the last, and one at every request.
    assert len(found) >= 8
    assert [video_id for look in found for video_id in look.accepted] == store.ids()
    assert prompts(store) == ["a bus 0", "a bus 1", "a bus 2"]
    assert (inbox / "accepted/a.jsonl.ids.txt").read_text().split() == store.ids()
    assert all(len(store.get(video_id).images) == 2 for video_id in store.ids())
    assert begun(store) == []


def test_a_bad_picture_at_the_end_of_a_long_file_leaves_no_request(inbox, store):
    (inbox / "a.png").write_bytes(picture())
    write(inbox, "a.jsonl", '{"prompt": "one", "images": ["a.png"]}\n{"prompt": "two", "images": ["no.png"]}')
    found = looks(inbox, store, most=6)
    assert [name for look in found for name, _ in look.rejected] == ["a.jsonl"]
    assert "no.png" in (inbox / "rejected/a.jsonl.reason.txt").read_text()
    assert store.ids() == []
    assert begun(store) == []


def test_a_file_that_is_replaced_while_it_is_taken_counts_as_the_new_one(inbox, store):
    (inbox / "a.png").write_bytes(picture())
    write(inbox, "a.jsonl", '{"prompt": "old", "images": ["a.png", "a.png"]}')
    assert take_from_inbox(inbox, store, settle=0, seconds=0).unfinished
    write(inbox, "a.jsonl", '{"prompt": "new", "images": ["a.png"]}')
    looks(inbox, store, most=8)
    assert prompts(store) == ["new"]


def test_a_file_that_is_taken_back_while_it_is_taken_leaves_nothing(inbox, store):
    (inbox / "a.png").write_bytes(picture())
    write(inbox, "a.jsonl", '{"prompt": "old", "images": ["a.png", "a.png"]}')
    assert take_from_inbox(inbox, store, settle=0, seconds=0).unfinished
    (inbox / "a.jsonl").unlink()
    looks(inbox, store, most=3)
    assert store.ids() == []
    assert begun(store) == []


def test_a_text_that_a_request_names_as_its_source_is_no_request(inbox, store):
    for name in ("a-release.txt", "notes.md"):
        write(inbox, name, "A new bus line opens in Sorvik on Monday.")
    row = {"prompt": "a bus", "title": "A new bus line", "sources": ["a-release.txt", "notes.md"]}
    write(inbox, "b.jsonl", json.dumps(row))
    result = take(inbox, store)
    assert (prompts(store), result.rejected) == (["a bus"], [])
    # It stays for others, at every later look, until another text takes its place.
    write(inbox, "c.jsonl", json.dumps(row | {"prompt": "a tram"}))
    assert len(take(inbox, store).accepted) == 1
    assert take(inbox, store) == InboxResult()
    (inbox / "a-release.txt").unlink()
    write(inbox, "a-release.txt", "a boat")
    take(inbox, store)
    assert prompts(store) == ["a boat", "a bus", "a tram"]


def test_a_text_waits_for_a_request_file_that_is_still_being_copied(inbox, store):
    write(inbox, "release.txt", "A new bus line opens in Sorvik on Monday.")
    take_from_inbox(inbox, store, settle=1e-6)
    write(inbox, "request.jsonl", "{")
    assert take_from_inbox(inbox, store, settle=1e-6) == InboxResult()
    write(inbox, "request.jsonl", '{"prompt": "a bus", "sources": ["release.txt"]}')
    take_from_inbox(inbox, store, settle=1e-6)
    take_from_inbox(inbox, store, settle=1e-6)
    assert prompts(store) == ["a bus"]
