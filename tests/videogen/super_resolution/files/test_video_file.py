from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.videogen.super_resolution.numbered_videos import (
    config_with,
    number_of,
    numbered,
    shown_in,
    sound_of,
    tone,
    upscale,
)
from videogen.errors import InputError, MediaError, ModelError
from videogen.super_resolution.files import video_file
from videogen.super_resolution.files.video_file import target_size


@pytest.fixture(autouse=True)
def _short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_file, "SEGMENT", 8)


def test_every_frame_comes_out_once_at_its_own_time(write, tmp_path):
    source = write(numbered(21))
    made = upscale(source, tmp_path / "out.mp4")
    times, frames = shown_in(made.path)
    assert [number_of(frame) for frame in frames] == list(range(21))
    assert times == shown_in(source)[0]
    assert frames[0].shape == (96, 128, 3)
    assert (made.num_frames, made.width, made.height, made.resumed_at) == (21, 128, 96, 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mp4", "out.mp4"]


@pytest.mark.parametrize(("name", "base"), [("in.mp4", Fraction(1, 90000)), ("in.mkv", Fraction(1, 1000))])
def test_variable_frame_rate_and_a_late_start_are_kept_to_the_tick(write, tmp_path, name, base):
    steps = np.random.default_rng(2).integers(11, 140, 20) * (base.denominator // 1000) + (base.denominator > 1000)
    times = [int(time) for time in 333 * (base.denominator // 1000) + np.cumsum(steps)]
    source = write(numbered(20), name, times=times, base=base)
    made = upscale(source, tmp_path / "out.mp4")
    shown, frames = shown_in(made.path)
    assert shown == shown_in(source)[0]
    assert np.allclose(np.diff([float(time) for time in shown]), np.diff(times) * float(base), atol=1e-6)
    assert [number_of(frame) for frame in frames] == list(range(20))


def test_colours_stay_and_are_tagged(write, tmp_path):
    frames = np.full((3, 48, 64, 3), (200, 60, 30), np.uint8)
    made = upscale(write(frames), tmp_path / "out.mp4")
    with av.open(str(made.path)) as container:
        frame = next(container.decode(video=0))
    assert frame.colorspace == 1
    assert np.abs(frame.to_ndarray(format="rgb24").astype(int) - frames[0, 0, 0]).max() <= 4


@pytest.mark.parametrize("codec", ["aac", "libmp3lame", "libopus"])
def test_sound_that_mp4_takes_is_copied_packet_by_packet(write, tmp_path, codec):
    source = write(numbered(20), "in.mkv", sound=codec, base=Fraction(1, 1000), times=[40 * n for n in range(20)])
    made = upscale(source, tmp_path / "out.mp4")

    def packets(path: Path) -> list[bytes]:
        with av.open(str(path)) as container:
            return [bytes(packet) for packet in container.demux(audio=0) if packet.size]

    assert packets(made.path) == packets(source)
    assert made.streams.copied == [codec.removeprefix("lib").replace("mp3lame", "mp3")]
    with av.open(str(made.path)) as container:
        assert container.streams.audio[0].language == "deu"
    (before, start), (after, moved) = sound_of(source), sound_of(made.path)
    assert moved == pytest.approx(start, abs=0.002)
    assert len(after) == pytest.approx(len(before), abs=2048)


def test_other_sound_is_encoded_as_aac_and_stays_in_step(write, tmp_path):
    source = write(numbered(25), "in.mkv", sound="pcm_s16le", base=Fraction(1, 1000), times=[40 * n for n in range(25)])
    made = upscale(source, tmp_path / "out.mp4")
    assert made.streams.encoded == ["pcm_s16le to aac"]
    with av.open(str(made.path)) as container:
        assert container.streams.audio[0].codec_context.name == "aac"
        assert container.streams.audio[0].codec_context.layout.name == "stereo"
    samples, start = sound_of(made.path)
    begin = 4800 - round(start * 48000)
    expected = np.sin(np.arange(4800, 24000) * 2 * np.pi * 440 / 48000) * 0.5
    assert np.corrcoef(samples[begin : begin + len(expected)], expected)[0, 1] > 0.99


def test_captions_chapters_and_tags_are_kept(tmp_path):
    from videogen.domain.requests import Caption
    from videogen.media.encoding import CaptionTrack, Encoding, write_mp4

    plain, source = tmp_path / "plain.mp4", tmp_path / "in.mp4"
    cues = [Caption(start=0.0, end=0.4, text="Grüße"), Caption(start=0.4, end=0.8, text="zwei")]
    encoding = Encoding((64, 48), Fraction(25))
    write_mp4(plain, list(numbered(20)), encoding, tracks=[CaptionTrack("deu", cues)], metadata={"title": "A clip"})
    with av.open(str(plain)) as before, av.open(str(source), "w") as after:
        streams = {part.index: after.add_stream_from_template(part, opaque=True) for part in before.streams}
        base = Fraction(1, 1000)
        chapters = [{"id": 1, "start": 0, "end": 400, "time_base": base, "metadata": {"title": "one"}}]
        after.set_chapters(chapters)
        after.metadata["title"] = "A clip"
        for packet in before.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                after.mux(packet)
    made = upscale(source, tmp_path / "out.mp4")

    def facts(path: Path) -> tuple[Any, ...]:
        with av.open(str(path)) as container:
            packets = [packet for packet in container.demux(subtitles=0) if packet.size > 2]
            texts = [
                (bytes(packet), packet.pts * packet.time_base, packet.duration * packet.time_base) for packet in packets
            ]
            marks = [(mark["start"] * mark["time_base"], mark["metadata"]["title"]) for mark in container.chapters()]
            return texts, marks, container.metadata["title"]

    assert facts(made.path) == facts(source)
    assert facts(source)[1] == [(0, "one")]
    assert [text[2:].decode() for text, _, _ in facts(source)[0]] == ["Grüße", "zwei"]


def test_broadcast_clock_that_starts_anywhere_starts_at_nought(write, tmp_path):
    source = write(
        numbered(12), "in.ts", base=Fraction(1, 90000), times=[900_000 + 3600 * n for n in range(12)], sound="aac"
    )
    made = upscale(source, tmp_path / "out.mp4")
    times, frames = shown_in(made.path)
    assert np.allclose(np.diff([float(time) for time in times]), 0.04)
    with av.open(str(source)) as container:
        late = float(container.streams.video[0].start_time * container.streams.video[0].time_base)
        late -= container.start_time / 1e6
    assert float(times[0]) == pytest.approx(late, abs=1e-4)
    assert [number_of(frame) for frame in frames] == list(range(12))


def test_turned_video_comes_out_upright(write, tmp_path):
    data = bytearray(write(numbered(3)).read_bytes())
    place = data.index(b"tkhd") + 4 + 40
    quarter = (0, 0x10000, 0, -0x10000 & 0xFFFFFFFF, 0, 0, 0, 0, 0x40000000)
    data[place : place + 36] = b"".join(value.to_bytes(4, "big") for value in quarter)
    turned = tmp_path / "turned.mp4"
    turned.write_bytes(data)
    made = upscale(turned, tmp_path / "out.mp4", height=128)
    assert (made.width, made.height) == (96, 128)
    with av.open(str(made.path)) as container:
        frame = next(container.decode(video=0))
    assert frame.rotation == 0
    # A quarter turn clockwise: what was left is up.
    assert number_of(np.rot90(frame.to_ndarray(format="rgb24"))) == 0
    assert number_of(np.rot90(shown_in(made.path)[1][2])) == 2


def test_pixels_that_are_not_square_are_made_square(write, tmp_path):
    source = write(numbered(3), aspect=Fraction(4, 3), codec="libx264")
    made = upscale(source, tmp_path / "out.mp4")
    assert (made.width, made.height) == (170, 96)
    assert [number_of(frame) for frame in shown_in(made.path)[1]] == [0, 1, 2]


def test_frames_that_an_edit_list_cuts_away_stay_away(write, tmp_path):
    whole = write(numbered(16), times=[512 * n for n in range(16)])
    cut = tmp_path / "cut.mp4"
    with av.open(str(whole)) as source, av.open(str(cut), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0], opaque=True)
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                packet.pts, packet.dts = packet.pts - 5 * 512, packet.dts - 5 * 512
                target.mux(packet)
    expected, frames = shown_in(cut)
    assert len(frames) < 16
    made = upscale(cut, tmp_path / "out.mp4")
    times, larger = shown_in(made.path)
    assert [number_of(frame) for frame in larger] == [number_of(frame) for frame in frames]
    assert times == expected


def test_both_edges_cover_and_cut(write, tmp_path):
    made = upscale(write(numbered(2)), tmp_path / "out.mp4", width=128, height=64)
    assert shown_in(made.path)[1][0].shape == (64, 128, 3)


def test_error_of_the_network_names_frames_of_the_whole_video(write, write_network, compact, tmp_path, monkeypatch):
    from videogen.super_resolution.upscalers import Lanczos

    def failing(self: Any, frames: np.ndarray, factor: float) -> np.ndarray:
        if any(number_of(frame) == 17 for frame in frames):
            raise RuntimeError("kernel launch failed")
        return plain(self, frames, factor)

    plain = Lanczos.enlarge
    monkeypatch.setattr(Lanczos, "enlarge", failing)
    source = write(numbered(20))
    with pytest.raises(ModelError, match=r"frames 16 to 19 .*kernel launch failed"):
        upscale(source, tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()
    monkeypatch.setattr(Lanczos, "enlarge", plain)
    assert upscale(source, tmp_path / "out.mp4").resumed_at == 16


def test_networks_enlarge_videos(write, write_network, compact, tmp_path):
    folder = write_network(compact(2))
    config = config_with(super_resolution__upscaler="realesrgan")
    made = upscale(write(numbered(4)), tmp_path / "out.mp4", config=config, weights=folder)
    assert [number_of(frame) for frame in shown_in(made.path)[1]] == [0, 1, 2, 3]


def test_two_processes_on_one_target_are_refused(write, tmp_path):
    from videogen.super_resolution.files.segments import work_folder

    with work_folder(tmp_path / "out.mp4"), pytest.raises(InputError, match="another process"):
        upscale(write(numbered(2)), tmp_path / "out.mp4")


@pytest.mark.parametrize("target", ["in.mp4", "out.avi", ".", "nowhere/out.mp4"])
def test_targets_that_cannot_be_are_refused(write, tmp_path, target):
    source = write(numbered(2))
    before = source.read_bytes()
    with pytest.raises(InputError):
        upscale(source, tmp_path / target)
    assert source.read_bytes() == before


def test_names_with_spaces_and_umlauts_are_fine(write, tmp_path):
    made = upscale(write(numbered(2), "ein Bär.mp4"), tmp_path / "größer (2).mp4")
    assert made.path.is_file()


def test_truncated_video_is_an_error_and_leaves_no_target(write, tmp_path):
    source = write(numbered(24), options={"movflags": "+faststart"})
    source.write_bytes(source.read_bytes()[: -source.stat().st_size // 2])
    with pytest.raises(MediaError, match="truncated"):
        upscale(source, tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


def test_sound_without_pictures_is_refused(tmp_path):
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        container.mux(tone(container.add_stream("aac", rate=48000, layout="stereo"), 0.2))
    with pytest.raises(MediaError, match="no video stream"):
        upscale(path, tmp_path / "out.mp4")


def test_high_dynamic_range_is_refused(write, tmp_path):
    frames = numbered(2)
    path = tmp_path / "hdr.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p10le"
        stream.codec_context.color_trc, stream.codec_context.color_primaries = 16, 9
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))
    with pytest.raises(MediaError, match="high dynamic range"):
        upscale(path, tmp_path / "out.mp4")


@pytest.mark.parametrize(
    ("size", "width", "height", "expected"),
    [
        ((640, 360), None, 1080, (1920, 1080)),
        ((853, 480), None, 1080, (1920, 1080)),
        ((641, 361), 1280, None, (1280, 720)),
        ((720, 576), 1920, 1080, (1920, 1080)),
        ((133, 91), None, 720, (1052, 720)),
    ],
)
def test_missing_edge_follows_the_proportions(size, width, height, expected):
    assert target_size(size, width, height) == expected


@pytest.mark.parametrize(
    "edges",
    [(None, 1081), (None, 0), (None, -1080), (None, 360), (None, 240), (20000, None), (None, None), (320, 1080)],
)
def test_sizes_that_are_none_are_refused(edges):
    with pytest.raises(InputError):
        target_size((640, 360), *edges)
