"""Videos whose pictures were encoded in pieces: one stream on one clock."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from videogen.domain.requests import Caption
from videogen.errors import MediaError
from videogen.media.encoding import CaptionTrack, Chapter, Encoding, Sound
from videogen.media.pieces import write_joined, write_piece, write_sound
from videogen.media.planes import Planes, blank_frame

SIZE, FPS = (128, 96), 25
ENCODING = Encoding(SIZE, Fraction(FPS), 18, "veryfast", edit_list=False)
STRETCHES = [(0, 30), (30, 31), (31, 32), (32, 90)]
BRIGHTNESS = 40, 200, 90, 150


def frames(first: int, end: int, luma: int) -> Iterator[av.VideoFrame]:
    """Grey frames with a bright column whose place is the number of the frame."""
    frame = blank_frame(SIZE)
    planes = Planes.of(frame)
    for number in range(first, end):
        planes.luma[:], planes.blue[:], planes.red[:] = luma, 128, 128
        planes.luma[:, number : number + 8] = 235
        yield frame


@pytest.fixture
def pieces(tmp_path: Path) -> list[Path]:
    made = []
    for (first, end), luma in zip(STRETCHES, BRIGHTNESS, strict=True):
        path = tmp_path / f"{first}.mp4"
        assert write_piece(path, frames(first, end, luma), ENCODING) == end - first
        made.append(path)
    return made


def test_every_frame_stands_at_its_number_and_shows_what_it_showed(pieces: list[Path], tmp_path: Path):
    path = tmp_path / "whole.mp4"
    assert write_joined(path, pieces, ENCODING) == 90
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.frames, stream.average_rate) == (90, FPS)
        assert stream.codec_context.color_primaries == 1
        seen = list(container.decode(stream))
        assert [frame.pts * stream.time_base * FPS for frame in seen] == list(range(90))
    for number, frame in enumerate(seen):
        luma = frame.to_ndarray()[: SIZE[1]].astype(int)
        assert abs(luma[:, number + 2 : number + 6].mean() - 235) < 6
        expected = next(x for (first, end), x in zip(STRETCHES, BRIGHTNESS, strict=True) if first <= number < end)
        assert abs(luma[:, 110:].mean() - expected) < 6


def test_sound_captions_and_chapters_are_those_of_the_whole(pieces: list[Path], tmp_path: Path):
    path = tmp_path / "whole.mp4"
    sound = np.zeros(90 * 1920, np.float32)
    sound[60 * 1920 : 61 * 1920] = 0.5 * np.sin(np.arange(1920) / 10)
    write_sound(tmp_path / "sound.m4a", Sound(sound))
    write_joined(
        path,
        pieces,
        ENCODING,
        sound=tmp_path / "sound.m4a",
        tracks=[CaptionTrack("eng", [Caption(start=0.5, end=1.5, text="forty wells")])],
        chapters=[Chapter("all", 0.0, 3.6)],
        metadata={"title": "Wells"},
    )
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert b"elst" not in data
    with av.open(str(path)) as container:
        assert container.metadata["title"] == "Wells"
        assert [chapter["metadata"]["title"] for chapter in container.chapters()] == ["all"]
        heard = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    loud = np.flatnonzero(np.abs(heard) > 0.2)
    assert abs(loud[0] / 1920 - 60) < 1
    assert len(heard) >= 90 * 1920 - 1024


def test_the_same_frames_give_the_same_bytes(pieces: list[Path], tmp_path: Path):
    again = tmp_path / "again.mp4"
    write_piece(again, frames(32, 90, 150), ENCODING)
    assert again.read_bytes() == pieces[3].read_bytes()


def test_a_piece_of_another_encoding_is_refused(pieces: list[Path], tmp_path: Path):
    other = tmp_path / "other.mp4"
    write_piece(other, frames(0, 5, 90), Encoding(SIZE, Fraction(FPS), 18, "slow", edit_list=False))
    with pytest.raises(MediaError, match=r"other\.mp4 was encoded in another way"):
        write_joined(tmp_path / "whole.mp4", [*pieces, other], ENCODING)
