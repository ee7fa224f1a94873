"""Texts of the issuer: regular, bounded, kept with their SHA-256, and never changed unnoticed."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from tests.videogen.intake.request_files import write
from videogen.domain.requests import VideoRequest
from videogen.errors import ArtifactError, InputError
from videogen.intake.inbox import take_from_inbox
from videogen.intake.request_files import read_requests
from videogen.storage.inputs.source_files import CHECKSUMS, MAX_BYTES, read_source
from videogen.storage.request_store import RequestStore

TEXT = "A new ferry line opens on Monday.\n"


@pytest.fixture
def store(tmp_path: Path) -> RequestStore:
    return RequestStore(str(tmp_path / "store"))


@pytest.fixture
def release(tmp_path: Path) -> Path:
    path = tmp_path / "Press release (final).txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_a_source_is_kept_with_its_checksum_and_comes_back_as_it_was(store: RequestStore, release: Path) -> None:
    request = VideoRequest(prompt="a ferry", sources=(release,))
    stored = store.submit(request)
    release.unlink()
    assert stored.sources == (Path("00-Press-release-final.txt"),)
    folder = Path(store.root) / request.id / "sources"
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    assert (folder / CHECKSUMS).read_text() == f"{digest}  00-Press-release-final.txt\n"
    (text,) = store.source_texts(store.get(request.id))
    assert (text.text, text.sha256) == (TEXT, digest)
    assert store.submit(request) == stored


def test_a_source_that_was_changed_afterwards_is_not_believed(store: RequestStore, release: Path) -> None:
    stored = store.submit(VideoRequest(prompt="a ferry", sources=(release,)))
    (Path(store.root) / stored.id / "sources" / str(stored.sources[0])).write_text("Something else.")
    with pytest.raises(ArtifactError, match="has changed since it was handed in"):
        store.source_texts(stored)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.pdf", b"%PDF", "not a text file"),
        ("a.txt", b"\xff\xfe\x00", "not UTF-8"),
        ("a.txt", b"  \n", "holds no text"),
        ("a.txt", b"a\0b", "holds no text"),
        ("a.txt", b"x" * (MAX_BYTES + 1), "larger than"),
    ],
)
def test_what_is_no_plain_bounded_text_is_refused(tmp_path: Path, name: str, content: bytes, complaint: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=complaint):
        read_source(tmp_path / name)


def test_pipes_folders_and_missing_files_are_refused_without_waiting(tmp_path: Path, store: RequestStore) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    for name, complaint in (("pipe.txt", "plain file"), ("folder.txt", "plain file"), ("none.txt", "cannot read")):
        with pytest.raises(InputError, match=complaint):
            store.submit(VideoRequest(prompt="a", sources=(tmp_path / name,)))
    assert store.ids() == []


def test_a_link_out_of_the_allowed_folders_is_refused(tmp_path: Path, release: Path) -> None:
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    (allowed / "link.txt").symlink_to(release)
    store = RequestStore(str(tmp_path / "store"), allowed_inputs=[allowed])
    with pytest.raises(InputError, match="outside of the allowed folders"):
        store.submit(VideoRequest(prompt="a", sources=(allowed / "link.txt",), source="launchpad"))


def test_the_inbox_takes_sources_from_inside_of_it_only(tmp_path: Path, store: RequestStore, release: Path) -> None:
    inbox = tmp_path / "inbox"
    (inbox / "releases").mkdir(parents=True)
    (inbox / "releases" / "today.txt").write_text(TEXT, encoding="utf-8")
    write(inbox, "a.json", json.dumps({"prompt": "a ferry", "sources": ["releases/today.txt"]}))
    write(inbox, "b.json", json.dumps({"prompt": "a ferry", "sources": [str(release)]}))
    result = take_from_inbox(inbox, store, settle=0)
    (video_id,) = result.accepted
    assert [text.text for text in store.source_texts(store.get(video_id))] == [TEXT]
    assert [name for name, _ in result.rejected] == ["b.json"]


def test_a_csv_file_names_sources_separated_by_semicolons(tmp_path: Path) -> None:
    path = write(tmp_path, "batch.csv", "prompt,sources\na ferry,one.txt; two.md\n")
    (request,) = read_requests(path, source="batch")
    assert request.sources == (tmp_path / "one.txt", tmp_path / "two.md")


def test_there_are_at_most_eight_sources() -> None:
    with pytest.raises(ValueError, match="at most 8"):
        VideoRequest(prompt="a", sources=tuple(Path(f"{number}.txt") for number in range(9)))
