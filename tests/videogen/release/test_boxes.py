"""A file of very many boxes is refused before a library builds a tree of them, in time that does not grow with their square."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from videogen.errors import MediaError
from videogen.release.boxes import MOST_BOXES, has_too_many_boxes
from videogen.release.verification import verify_file


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def too_many(tmp_path: Path, content: bytes) -> bool:
    path = tmp_path / "made.mp4"
    path.write_bytes(content)
    with path.open("rb") as file:
        found = has_too_many_boxes(file)
        assert file.tell() == 0
    return found


def test_a_video_of_many_empty_boxes_is_refused_by_name(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "many.mp4"
    path.write_bytes(clip.read_bytes() + box(b"free") * 200_000)
    with pytest.raises(MediaError, match=r"many\.mp4 has more than 20,000 boxes"):
        verify_file(path)


def test_boxes_are_counted_up_to_the_limit_also_where_they_are_nested(tmp_path: Path) -> None:
    whole = box(b"ftyp", b"isom") + box(b"free") * (MOST_BOXES - 1)
    assert not too_many(tmp_path, whole)
    assert too_many(tmp_path, whole + box(b"free"))
    assert too_many(tmp_path, box(b"ftyp") + box(b"moov", box(b"trak", box(b"udta") * MOST_BOXES)))
    assert not too_many(tmp_path, box(b"ftyp") + box(b"mdat", box(b"free") * (2 * MOST_BOXES)))


@pytest.mark.parametrize(
    "tail",
    [
        struct.pack(">I4s", 3, b"free") * 50_000,
        struct.pack(">I4sQ", 1, b"free", 5) * 50_000,
        struct.pack(">I4s", 0, b"mdat") + b"\0" * 400_000,
        struct.pack(">I4s", 2**32 - 1, b"moov") + struct.pack(">I4s", 2**31, b"trak"),
        struct.pack(">I4sQ", 1, b"moov", 2**63) + b"\0\0\0",
    ],
    ids=["shorter than its head", "long form too short", "to the end", "beyond the end", "far beyond the end"],
)
def test_a_damaged_size_ends_the_count(tail: bytes, tmp_path: Path) -> None:
    assert not too_many(tmp_path, box(b"ftyp", b"isom") + tail)
