"""Sound on its way into the mp4: whatever broadcast streams carry arrives, and what cannot is known before the work."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.videogen.super_resolution.numbered_videos import number_of, numbered, shown_in, sound_of, upscale
from videogen.errors import MediaError
from videogen.super_resolution.files import video_file

RATE = 48_000


def pieces(codec: Any, samples: np.ndarray, start: int = 0) -> list[Any]:
    """Packets of a mono sound (float, −1 … 1) encoded in the codec's own sample format."""
    resampler = av.AudioResampler(format=codec.format.name, layout="mono", rate=RATE)
    packets = []
    for first in range(0, len(samples), 1152):
        part = samples[None, first : first + 1152].astype(np.float32)
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start + first, Fraction(1, RATE)
        for ready in resampler.resample(frame):
            packets += codec.encode(ready)
    return packets + codec.encode(None)


def broadcast(path: Path, sound: str, seconds: float = 1.0) -> Path:
    """25 numbered frames and a tone, as a station sends them."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg2video", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        video.codec_context.bit_rate = 4_000_000
        track = container.add_stream(sound, rate=RATE, layout="mono")
        container.start_encoding()
        packets = []
        for number, picture in enumerate(numbered(round(25 * seconds))):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            packets += video.encode(frame)
        packets += video.encode(None)
        tone = np.sin(np.arange(round(RATE * seconds)) * 2 * np.pi * 440 / RATE) * 0.5
        for packet in sorted([*packets, *pieces(track, tone)], key=lambda packet: packet.dts * packet.time_base):
            container.mux(packet)
    return path


@pytest.mark.parametrize(
    ("name", "sound", "kept"),
    [
        ("in.ts", "mp2", "mp2 to aac"),
        ("in.mpg", "mp2", "mp2 to aac"),
        ("in.ts", "ac3", "ac3"),
        ("in.ts", "aac", "aac"),
        ("in.avi", "pcm_s16le", "pcm_s16le to aac"),
    ],
)
def test_sound_of_broadcast_streams_arrives_in_step(tmp_path: Path, name: str, sound: str, kept: str) -> None:
    source = broadcast(tmp_path / name, sound)
    made = upscale(source, tmp_path / "out.mp4")
    assert made.streams.copied + made.streams.encoded == [kept]
    times, frames = shown_in(made.path)
    assert [number_of(frame) for frame in frames] == list(range(25))
    samples, start = sound_of(made.path)
    (first, *_), (before, before_start) = shown_in(source)[0], sound_of(source)
    assert start - float(times[0]) == pytest.approx(before_start - float(first), abs=0.03)
    assert len(samples) == pytest.approx(len(before), abs=4096)
    middle = samples[len(samples) // 4 : len(samples) // 2]
    assert np.sqrt((middle**2).mean()) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


def test_sound_that_changes_its_rate_on_the_way_is_encoded_to_its_end(tmp_path: Path) -> None:
    source = tmp_path / "in.ts"
    data = broadcast(tmp_path / "one.ts", "mp2").read_bytes()
    with av.open(str(tmp_path / "two.ts"), "w") as container:
        track = container.add_stream("mp2", rate=44100, layout="stereo")
        for number in range(20):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 2304), np.int16), format="s16", layout="stereo")
            frame.sample_rate, frame.pts = 44100, 1152 * number
            container.mux(track.encode(frame))
        container.mux(track.encode(None))
    # The second programme has its sound on the packet number (PID) that the first has its pictures on, and so on up.
    later = bytearray((tmp_path / "two.ts").read_bytes())
    for place in range(0, len(later), 188):
        if int.from_bytes(later[place + 1 : place + 3], "big") & 0x1FFF == 0x100:
            later[place + 1 : place + 3] = (
                int.from_bytes(later[place + 1 : place + 3], "big") & 0xE000 | 0x101
            ).to_bytes(2, "big")
    source.write_bytes(data + bytes(later))
    made = upscale(source, tmp_path / "out.mp4")
    assert made.streams.encoded == ["mp2 to aac"]
    assert len(sound_of(made.path)[0]) >= RATE


def test_damaged_packets_of_sound_are_left_out_and_counted(tmp_path: Path) -> None:
    source = broadcast(tmp_path / "in.avi", "mp2")
    data = bytearray(source.read_bytes())
    places = [place for place in range(len(data)) if data[place : place + 4] == b"01wb"]
    for place in places[3:6]:
        data[place + 8 : place + 12] = b"\0\0\0\0"
    source.write_bytes(data)
    made = upscale(source, tmp_path / "out.mp4")
    assert made.num_frames == 25
    assert made.streams.damaged >= 1
    assert any("damaged packets of sound" in warning for warning in made.warnings)


def test_a_stream_that_mp4_cannot_hold_ends_the_work_before_the_first_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from videogen.super_resolution.files import other_streams

    source = broadcast(tmp_path / "in.ts", "mp2")

    def started(*_: object) -> None:
        raise AssertionError("a picture was enlarged")

    monkeypatch.setattr(video_file, "_make_segments", started)
    # As if it were thought that mp4 takes what it does not take.
    monkeypatch.setattr(other_streams, "_COPIED", ("pcm_bluray",))
    with av.open(str(tmp_path / "in.m2ts"), "w", format="mpegts", options={"mpegts_m2ts_mode": "1"}) as container:
        video = container.add_stream("mpeg2video", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        track = container.add_stream("pcm_bluray", rate=RATE, layout="stereo")
        container.start_encoding()
        for picture in numbered(10):
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(video.encode(None))
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 2 * 9600), np.int16), format="s16", layout="stereo")
        frame.sample_rate, frame.pts = RATE, 0
        container.mux(track.encode(frame))
        container.mux(track.encode(None))
    with pytest.raises(MediaError, match=r"stream 1"):
        upscale(tmp_path / "in.m2ts", tmp_path / "out.mp4")
    with pytest.raises(AssertionError, match="a picture was enlarged"):
        upscale(source, tmp_path / "out.mp4")
