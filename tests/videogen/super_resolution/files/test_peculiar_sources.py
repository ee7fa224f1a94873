"""Turned, mirrored, interlaced, not square, of changing rate, behind a cover: converted or kept, and said."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.videogen.super_resolution.numbered_videos import TICKS, number_of, numbered, shown_in, upscale
from videogen.config.config import VideoGenConfig
from videogen.media.reading import iterate_frames, probe, read_frames
from videogen.quality.assessor import QualityAssessor


def corners() -> np.ndarray:
    """Two frames with one colour in each corner."""
    frames = np.zeros((2, 48, 64, 3), np.uint8)
    frames[:, :24, :32], frames[:, :24, 32:] = (220, 30, 30), (30, 220, 30)
    frames[:, 24:, :32], frames[:, 24:, 32:] = (30, 30, 220), (220, 220, 220)
    return frames


def with_matrix(source: Path, matrix: tuple[int, int, int, int]) -> Path:
    """The mp4 with a, b, c, d of its display matrix (ISO/IEC 14496-12, 8.3.2)."""
    data = bytearray(source.read_bytes())
    place = data.index(b"tkhd") + 4 + 40
    a, b, c, d = (value * 0x10000 & 0xFFFFFFFF for value in matrix)
    values = (a, b, 0, c, d, 0, 0, 0, 0x40000000)
    data[place : place + 36] = b"".join(value.to_bytes(4, "big") for value in values)
    target = source.with_name("turned.mp4")
    target.write_bytes(data)
    return target


# x′ = a·x + c·y, y′ = b·x + d·y, with y downwards; what numpy does to get the same.
MATRICES = {
    (1, 0, 0, 1): lambda frame: frame,
    (0, 1, -1, 0): lambda frame: np.rot90(frame, -1),
    (-1, 0, 0, -1): lambda frame: np.rot90(frame, 2),
    (0, -1, 1, 0): lambda frame: np.rot90(frame, 1),
    (-1, 0, 0, 1): lambda frame: frame[:, ::-1],
    (1, 0, 0, -1): lambda frame: frame[::-1],
    (0, 1, 1, 0): lambda frame: frame.transpose(1, 0, 2),
    (0, -1, -1, 0): lambda frame: np.rot90(frame.transpose(1, 0, 2), 2),
}


@pytest.mark.parametrize("matrix", MATRICES)
def test_turned_and_mirrored_pictures_are_read_upright_everywhere(write, tmp_path, matrix):
    source = with_matrix(write(corners()), matrix)
    expected = MATRICES[matrix](corners()[0])
    info = probe(source)
    assert (info.height, info.width) == expected.shape[:2]
    for frame in (next(iterate_frames(source))[0], read_frames(source, [1])[0]):
        assert frame.shape == expected.shape
        assert np.abs(frame.astype(int) - expected).mean() < 6
    made = upscale(source, tmp_path / "out.mp4", height=2 * expected.shape[0])
    enlarged = shown_in(made.path)[1][0]
    assert np.abs(enlarged[::2, ::2].astype(int) - expected).mean() < 10
    turned = [warning for warning in made.warnings if "rotated or mirrored" in warning]
    assert len(turned) == (matrix != (1, 0, 0, 1))


def test_an_angle_between_is_read_as_stored_and_said(write, tmp_path):
    data = bytearray(write(corners()).read_bytes())
    place = data.index(b"tkhd") + 4 + 40
    half = 0xB504
    values = (half, half, 0, -half & 0xFFFFFFFF, half, 0, 0, 0, 0x40000000)
    data[place : place + 36] = b"".join(value.to_bytes(4, "big") for value in values)
    source = tmp_path / "askew.mp4"
    source.write_bytes(data)
    assert np.abs(next(iterate_frames(source))[0].astype(int) - corners()[0]).mean() < 6
    assert any("not a multiple of 90°" in what for what in probe(source).peculiarities)


@pytest.fixture
def interlaced(tmp_path) -> Path:
    """A bright bar that moves 4 pixels a field; even rows show one moment, odd rows the next."""

    def field(moment: int) -> np.ndarray:
        picture = np.full((96, 128, 3), 40, np.uint8)
        picture[:, 8 + 4 * moment : 20 + 4 * moment] = 220
        return picture

    path = tmp_path / "interlaced.mpg"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg2video", rate=25)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        stream.options = {"flags": "+ildct+ilme"}
        stream.codec_context.bit_rate = 8_000_000
        for number in range(12):
            picture = field(2 * number)
            picture[1::2] = field(2 * number + 1)[1::2]
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def combs(frame: np.ndarray) -> float:
    """How much rows differ from the mean of their neighbours, in grey levels."""
    grey = frame.astype(float).mean(axis=2)
    return float(np.abs(grey[1:-1] - (grey[:-2] + grey[2:]) / 2).mean())


def test_interlaced_video_is_read_without_combs_and_said(interlaced, tmp_path):
    with av.open(str(interlaced)) as container:
        stored = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    read = np.concatenate(list(iterate_frames(interlaced)))
    assert len(read) == len(stored) == 12
    assert combs(read[5]) < 0.25 * combs(stored[5])
    made = upscale(interlaced, tmp_path / "out.mp4", height=192)
    times, frames = shown_in(made.path)
    assert len(frames) == 12
    assert np.allclose(np.diff([float(time) for time in times]), 0.04, atol=1e-4)
    assert combs(frames[5]) < 0.25 * combs(stored[5])
    assert any("interlaced" in warning for warning in made.warnings)
    assert any("interlaced" in what for what in assessed(interlaced).facts.peculiarities)


def test_shape_of_pixels_and_changing_rate_are_said_by_both(write, tmp_path):
    source = write(numbered(6), aspect=Fraction(4, 3), times=[0, 512, 1024, 3000, 3512, 6000])
    report, made = assessed(source), upscale(source, tmp_path / "out.mp4")
    for found in (report.facts.peculiarities, made.warnings):
        assert any("not square (4:3)" in what for what in found)
        assert any("rate varies" in what for what in found)
    assert "not square (4:3)" in report.generate_summary()
    assert np.diff([time / TICKS for time in shown_in(made.path)[0]]).tolist() == [512, 512, 1976, 512, 2488]


def test_a_cover_before_the_video_is_not_taken_for_it(write, tmp_path):
    plain = write(numbered(5))
    source = tmp_path / "cover.mp4"
    with av.open(str(plain)) as before, av.open(str(source), "w") as after:
        cover = after.add_stream("mjpeg", rate=25)
        cover.width, cover.height, cover.pix_fmt = 32, 32, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        video = after.add_stream_from_template(before.streams.video[0], opaque=True)
        after.start_encoding()
        codec = av.CodecContext.create("mjpeg", "w")
        codec.width, codec.height, codec.pix_fmt, codec.time_base = 32, 32, "yuvj420p", Fraction(1, 25)
        picture = codec.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24"))[0]
        picture.stream = cover
        after.mux(picture)
        for packet in before.demux(video=0):
            if packet.dts is not None:
                packet.stream = video
                after.mux(packet)
    source.write_bytes(with_tags_first(source.read_bytes()))
    with av.open(str(source)) as container:
        assert container.streams.video[0].disposition & av.stream.Disposition.attached_pic
    assert probe(source).num_frames == 5
    assert [number_of(frame) for frame in read_frames(source, [4, 0])] == [4, 0]
    made = upscale(source, tmp_path / "out.mp4")
    assert [number_of(frame) for frame in shown_in(made.path)[1]] == [0, 1, 2, 3, 4]
    assert made.streams.left_out == ["video mjpeg"]


def with_tags_first(data: bytes) -> bytes:
    """The mp4 with its tags, and so its cover, before its tracks."""
    start = data.index(b"moov") - 4
    end = start + int.from_bytes(data[start : start + 4], "big")
    boxes, place = {}, start + 8
    while place < end:
        size = int.from_bytes(data[place : place + 4], "big")
        boxes[data[place + 4 : place + 8]] = data[place : place + size]
        place += size
    order = sorted(boxes, key=[b"mvhd", b"udta", b"trak"].index)
    return data[: start + 8] + b"".join(boxes[kind] for kind in order) + data[end:]


def assessed(path):
    return QualityAssessor(VideoGenConfig()).assess_video(path, "")
