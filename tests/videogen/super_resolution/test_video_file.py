from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from videogen import progress
from videogen.config import VideoGenConfig
from videogen.errors import InputError, MediaError, ModelError
from videogen.super_resolution import video_file
from videogen.super_resolution.video_file import UpscaledVideo, target_size, upscale_video

TICKS = Fraction(1, 12800)


@pytest.fixture(autouse=True)
def _short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_file, "SEGMENT", 8)


def _config(**changes: Any) -> VideoGenConfig:
    plain = {"super_resolution.upscaler": "lanczos", "delivery.preset": "ultrafast", "delivery.crf": 10}
    return VideoGenConfig().updated(plain | {key.replace("__", "."): value for key, value in changes.items()})


def _upscale(source: Path, target: Path, **options: Any) -> UpscaledVideo:
    config = options.pop("config", None) or _config()
    size = {"height": 96} if not {"width", "height"} & options.keys() else {}
    return upscale_video(source, target, config, options.pop("weights", None), "cpu", **size, **options)


def _numbered(count: int, height: int = 48, width: int = 64) -> np.ndarray:
    """Every frame shows its number as five bright or dark fields, over a slow shade."""
    frames = np.full((count, height, width, 3), 90, np.uint8)
    for number in range(count):
        frames[number, :, :, 2] = 60 + number
        for bit in range(5):
            value = 230 if number >> bit & 1 else 20
            frames[number, 8:-8, 4 + bit * 12 : 12 + bit * 12] = value
    return frames


def _number(frame: np.ndarray) -> int:
    height, width = frame.shape[:2]
    columns = [round((8 + bit * 12) * width / 64) for bit in range(5)]
    return sum(int(frame[height // 2, column].mean() > 125) << bit for bit, column in enumerate(columns))


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """A video written with plain PyAV. times: in ticks of `base`."""

    def make(
        frames: np.ndarray,
        name: str = "in.mp4",
        *,
        times: list[int] | None = None,
        base: Fraction = TICKS,
        codec: str = "libx264",
        sound: str | None = None,
        aspect: Fraction | None = None,
        options: dict[str, str] | None = None,
    ) -> Path:
        path = tmp_path / name
        times = times if times is not None else [512 * number for number in range(len(frames))]
        with av.open(str(path), "w", options=options or {}) as container:
            stream = container.add_stream(codec, rate=25)
            stream.width, stream.height = frames.shape[2], frames.shape[1]
            stream.pix_fmt = "yuv420p"
            stream.codec_context.time_base = base
            if codec == "libx264":
                stream.options = {"crf": "4", "preset": "fast"}
            if aspect:
                stream.codec_context.sample_aspect_ratio = aspect
            track = container.add_stream(sound, rate=48000, layout="stereo") if sound else None
            if track is not None:
                track.metadata["language"] = "deu"
            for time, frame in zip(times, frames, strict=True):
                picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
                picture.pts, picture.time_base = time, base
                container.mux(stream.encode(picture))
            container.mux(stream.encode(None))
            if track is not None:
                container.mux(_tone(track, 0.04 + float((times[-1] - times[0]) * base), float(times[0] * base)))
        return path

    return make


def _tone(track: Any, seconds: float, begin: float = 0.0) -> list[Any]:
    samples = np.sin(np.arange(round(seconds * 48000)) * 2 * np.pi * 440 / 48000) * 0.5
    packets = []
    for start in range(0, len(samples), 960):
        part = np.tile(samples[start : start + 960], (2, 1)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48000, start + round(begin * 48000), Fraction(1, 48000)
        packets += track.encode(frame)
    return packets + track.encode(None)


def _shown(path: Path) -> tuple[list[Fraction], list[np.ndarray]]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        base = container.streams.video[0].time_base
    return [frame.pts * base for frame in frames], [frame.to_ndarray(format="rgb24") for frame in frames]


def _sound(path: Path) -> tuple[np.ndarray, float]:
    """Samples of the first channel and the time of the first."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=48000)
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]), float(frames[0].time)


def test_every_frame_comes_out_once_at_its_own_time(write, tmp_path):
    source = write(_numbered(21))
    made = _upscale(source, tmp_path / "out.mp4")
    times, frames = _shown(made.path)
    assert [_number(frame) for frame in frames] == list(range(21))
    assert times == _shown(source)[0]
    assert frames[0].shape == (96, 128, 3)
    assert (made.num_frames, made.width, made.height, made.resumed_at) == (21, 128, 96, 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mp4", "out.mp4"]


@pytest.mark.parametrize(("name", "base"), [("in.mp4", Fraction(1, 90000)), ("in.mkv", Fraction(1, 1000))])
def test_variable_frame_rate_and_a_late_start_are_kept_to_the_tick(write, tmp_path, name, base):
    steps = np.random.default_rng(2).integers(11, 140, 20) * (base.denominator // 1000) + (base.denominator > 1000)
    times = [int(time) for time in 333 * (base.denominator // 1000) + np.cumsum(steps)]
    source = write(_numbered(20), name, times=times, base=base)
    made = _upscale(source, tmp_path / "out.mp4")
    shown, frames = _shown(made.path)
    assert shown == _shown(source)[0]
    assert np.allclose(np.diff([float(time) for time in shown]), np.diff(times) * float(base), atol=1e-6)
    assert [_number(frame) for frame in frames] == list(range(20))


def test_colours_stay_and_are_tagged(write, tmp_path):
    frames = np.full((3, 48, 64, 3), (200, 60, 30), np.uint8)
    made = _upscale(write(frames), tmp_path / "out.mp4")
    with av.open(str(made.path)) as container:
        frame = next(container.decode(video=0))
    assert frame.colorspace == 1
    assert np.abs(frame.to_ndarray(format="rgb24").astype(int) - frames[0, 0, 0]).max() <= 4


@pytest.mark.parametrize("codec", ["aac", "libmp3lame", "libopus"])
def test_sound_that_mp4_takes_is_copied_packet_by_packet(write, tmp_path, codec):
    source = write(_numbered(20), "in.mkv", sound=codec, base=Fraction(1, 1000), times=[40 * n for n in range(20)])
    made = _upscale(source, tmp_path / "out.mp4")

    def packets(path: Path) -> list[bytes]:
        with av.open(str(path)) as container:
            return [bytes(packet) for packet in container.demux(audio=0) if packet.size]

    assert packets(made.path) == packets(source)
    assert made.streams.copied == [codec.removeprefix("lib").replace("mp3lame", "mp3")]
    with av.open(str(made.path)) as container:
        assert container.streams.audio[0].language == "deu"
    (before, start), (after, moved) = _sound(source), _sound(made.path)
    assert moved == pytest.approx(start, abs=0.002)
    assert len(after) == pytest.approx(len(before), abs=2048)


def test_other_sound_is_encoded_as_aac_and_stays_in_step(write, tmp_path):
    source = write(
        _numbered(25), "in.mkv", sound="pcm_s16le", base=Fraction(1, 1000), times=[40 * n for n in range(25)]
    )
    made = _upscale(source, tmp_path / "out.mp4")
    assert made.streams.encoded == ["pcm_s16le to aac"]
    with av.open(str(made.path)) as container:
        assert container.streams.audio[0].codec_context.name == "aac"
        assert container.streams.audio[0].codec_context.layout.name == "stereo"
    samples, start = _sound(made.path)
    begin = 4800 - round(start * 48000)
    expected = np.sin(np.arange(4800, 24000) * 2 * np.pi * 440 / 48000) * 0.5
    assert np.corrcoef(samples[begin : begin + len(expected)], expected)[0, 1] > 0.99


def test_captions_chapters_and_tags_are_kept(tmp_path):
    from videogen.media.encoding import CaptionTrack, Encoding, write_mp4
    from videogen.requests import Caption

    plain, source = tmp_path / "plain.mp4", tmp_path / "in.mp4"
    cues = [Caption(start=0.0, end=0.4, text="Grüße"), Caption(start=0.4, end=0.8, text="zwei")]
    encoding = Encoding((64, 48), Fraction(25))
    write_mp4(plain, list(_numbered(20)), encoding, tracks=[CaptionTrack("deu", cues)], metadata={"title": "A clip"})
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
    made = _upscale(source, tmp_path / "out.mp4")

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
        _numbered(12), "in.ts", base=Fraction(1, 90000), times=[900_000 + 3600 * n for n in range(12)], sound="aac"
    )
    made = _upscale(source, tmp_path / "out.mp4")
    times, frames = _shown(made.path)
    assert np.allclose(np.diff([float(time) for time in times]), 0.04)
    with av.open(str(source)) as container:
        late = float(container.streams.video[0].start_time * container.streams.video[0].time_base)
        late -= container.start_time / 1e6
    assert float(times[0]) == pytest.approx(late, abs=1e-4)
    assert [_number(frame) for frame in frames] == list(range(12))


def test_turned_video_comes_out_upright(write, tmp_path):
    data = bytearray(write(_numbered(3)).read_bytes())
    place = data.index(b"tkhd") + 4 + 40
    quarter = (0, 0x10000, 0, -0x10000 & 0xFFFFFFFF, 0, 0, 0, 0, 0x40000000)
    data[place : place + 36] = b"".join(value.to_bytes(4, "big") for value in quarter)
    turned = tmp_path / "turned.mp4"
    turned.write_bytes(data)
    made = _upscale(turned, tmp_path / "out.mp4", height=128)
    assert (made.width, made.height) == (96, 128)
    with av.open(str(made.path)) as container:
        frame = next(container.decode(video=0))
    assert frame.rotation == 0
    # A quarter turn clockwise: what was left is up.
    assert _number(np.rot90(frame.to_ndarray(format="rgb24"))) == 0
    assert _number(np.rot90(_shown(made.path)[1][2])) == 2


def test_pixels_that_are_not_square_are_made_square(write, tmp_path):
    source = write(_numbered(3), aspect=Fraction(4, 3), codec="libx264")
    made = _upscale(source, tmp_path / "out.mp4")
    assert (made.width, made.height) == (170, 96)
    assert [_number(frame) for frame in _shown(made.path)[1]] == [0, 1, 2]


def test_frames_that_an_edit_list_cuts_away_stay_away(write, tmp_path):
    whole = write(_numbered(16), times=[512 * n for n in range(16)])
    cut = tmp_path / "cut.mp4"
    with av.open(str(whole)) as source, av.open(str(cut), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0], opaque=True)
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                packet.pts, packet.dts = packet.pts - 5 * 512, packet.dts - 5 * 512
                target.mux(packet)
    expected, frames = _shown(cut)
    assert len(frames) < 16
    made = _upscale(cut, tmp_path / "out.mp4")
    times, larger = _shown(made.path)
    assert [_number(frame) for frame in larger] == [_number(frame) for frame in frames]
    assert times == expected


def test_both_edges_cover_and_cut(write, tmp_path):
    made = _upscale(write(_numbered(2)), tmp_path / "out.mp4", width=128, height=64)
    assert _shown(made.path)[1][0].shape == (64, 128, 3)


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from videogen import progress
    from videogen.config import VideoGenConfig
    from videogen.super_resolution import video_file

    video_file.SEGMENT = 8
    config = VideoGenConfig().updated({"super_resolution.upscaler": "lanczos", "delivery.preset": "ultrafast",
                                       "delivery.crf": 10})

    def die(report):
        if report.done == 21:
            os.kill(os.getpid(), signal.SIGKILL)

    with progress.listen(die):
        video_file.upscale_video(Path(sys.argv[1]), Path(sys.argv[2]), config, None, "cpu", height=96)
"""


def test_killed_work_goes_on_and_gives_the_same_file(write, tmp_path):
    source = write(_numbered(27), sound="aac")
    target = tmp_path / "out.mp4"
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(KILLED), str(source), str(target)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert not target.exists()
    finished = sorted(path.name for path in (tmp_path / "out.mp4.parts").glob("0*.mp4"))
    assert finished == ["000000.mp4", "000001.mp4"]
    done = []
    with progress.listen(lambda report: done.append(report.done)):
        made = _upscale(source, target)
    assert made.resumed_at == 16
    assert done[0] == 16
    assert _upscale(source, tmp_path / "whole.mp4").resumed_at == 0
    assert target.read_bytes() == (tmp_path / "whole.mp4").read_bytes()
    assert not (tmp_path / "out.mp4.parts").exists()


class _Stopped(Exception):
    pass


def _interrupted(source: Path, target: Path, at: int, **options: Any) -> None:
    def stop(report: progress.Progress) -> None:
        if report.done == at:
            raise _Stopped

    with progress.listen(stop), pytest.raises(_Stopped):
        _upscale(source, target, **options)


@pytest.mark.parametrize("change", ["source", "size", "strength"])
def test_another_source_or_setting_begins_anew(write, tmp_path, change):
    source, target = write(_numbered(20)), tmp_path / "out.mp4"
    _interrupted(source, target, 13)
    options: dict[str, Any] = {}
    if change == "source":
        write(_numbered(20)[::-1])
    if change == "size":
        options["height"] = 144
    if change == "strength":
        options["config"] = _config(super_resolution__temporal_strength=0.1)
    made = _upscale(source, target, **options)
    assert made.resumed_at == 0
    numbers = [_number(frame) for frame in _shown(target)[1]]
    assert numbers == (list(range(19, -1, -1)) if change == "source" else list(range(20)))


def test_what_steps_remember_crosses_the_borders_of_parts(write, tmp_path, monkeypatch):
    """Steadied in parts, also by two runs, a video is what it is when steadied as one."""
    flicker = np.random.default_rng(0).integers(-6, 7, (20, 1, 1, 1))
    frames = np.clip(_numbered(1).astype(int) + flicker, 0, 255).astype(np.uint8)
    source = write(frames)
    config = _config(super_resolution__temporal_strength=1.0)
    _interrupted(source, tmp_path / "parts.mp4", 13, config=config)
    assert _upscale(source, tmp_path / "parts.mp4", config=config).resumed_at == 8
    monkeypatch.setattr(video_file, "SEGMENT", 64)
    _upscale(source, tmp_path / "one.mp4", config=config)
    parts, one = (np.stack(_shown(tmp_path / name)[1]).astype(int) for name in ("parts.mp4", "one.mp4"))
    # What differs is the encoder's, which begins anew with each part.
    assert np.abs(parts - one).max(axis=(1, 2, 3)).max() <= 8
    assert np.abs(parts - one).mean() < 0.5
    without = _config(super_resolution__temporal_strength=0.0)
    _upscale(source, tmp_path / "not.mp4", config=without)
    restless, calm = (
        np.abs(np.diff(np.stack(_shown(tmp_path / n)[1]).astype(int), axis=0)).mean() for n in ("not.mp4", "parts.mp4")
    )
    assert calm < 0.6 * restless


def test_error_of_the_network_names_frames_of_the_whole_video(write, write_network, compact, tmp_path, monkeypatch):
    from videogen.super_resolution.upscalers import Lanczos

    def failing(self: Any, frames: np.ndarray, factor: float) -> np.ndarray:
        if any(_number(frame) == 17 for frame in frames):
            raise RuntimeError("kernel launch failed")
        return plain(self, frames, factor)

    plain = Lanczos.enlarge
    monkeypatch.setattr(Lanczos, "enlarge", failing)
    source = write(_numbered(20))
    with pytest.raises(ModelError, match=r"frames 16 to 19 .*kernel launch failed"):
        _upscale(source, tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()
    monkeypatch.setattr(Lanczos, "enlarge", plain)
    assert _upscale(source, tmp_path / "out.mp4").resumed_at == 16


def test_networks_enlarge_videos(write, write_network, compact, tmp_path):
    folder = write_network(compact(2))
    config = _config(super_resolution__upscaler="realesrgan")
    made = _upscale(write(_numbered(4)), tmp_path / "out.mp4", config=config, weights=folder)
    assert [_number(frame) for frame in _shown(made.path)[1]] == [0, 1, 2, 3]


def test_two_processes_on_one_target_are_refused(write, tmp_path):
    from videogen.super_resolution.segments import work_folder

    with work_folder(tmp_path / "out.mp4"), pytest.raises(InputError, match="another process"):
        _upscale(write(_numbered(2)), tmp_path / "out.mp4")


@pytest.mark.parametrize("target", ["in.mp4", "out.avi", ".", "nowhere/out.mp4"])
def test_targets_that_cannot_be_are_refused(write, tmp_path, target):
    source = write(_numbered(2))
    before = source.read_bytes()
    with pytest.raises(InputError):
        _upscale(source, tmp_path / target)
    assert source.read_bytes() == before


def test_names_with_spaces_and_umlauts_are_fine(write, tmp_path):
    made = _upscale(write(_numbered(2), "ein Bär.mp4"), tmp_path / "größer (2).mp4")
    assert made.path.is_file()


def test_truncated_video_is_an_error_and_leaves_no_target(write, tmp_path):
    source = write(_numbered(24), options={"movflags": "+faststart"})
    source.write_bytes(source.read_bytes()[: -source.stat().st_size // 2])
    with pytest.raises(MediaError, match="truncated"):
        _upscale(source, tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


def test_sound_without_pictures_is_refused(tmp_path):
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        container.mux(_tone(container.add_stream("aac", rate=48000, layout="stereo"), 0.2))
    with pytest.raises(MediaError, match="no video stream"):
        _upscale(path, tmp_path / "out.mp4")


def test_high_dynamic_range_is_refused(write, tmp_path):
    frames = _numbered(2)
    path = tmp_path / "hdr.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p10le"
        stream.codec_context.color_trc, stream.codec_context.color_primaries = 16, 9
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))
    with pytest.raises(MediaError, match="high dynamic range"):
        _upscale(path, tmp_path / "out.mp4")


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
