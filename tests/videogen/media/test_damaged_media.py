"""A bounded fuzz run: small films of four containers, damaged in many ways, give facts or a media error, soon."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from videogen.audio.loudness import measure_loudness, sound_of
from videogen.config.config import VideoGenConfig
from videogen.errors import MediaError
from videogen.media.reading import iterate_frames, probe, read_frames
from videogen.super_resolution.files.other_streams import require_streams_that_fit
from videogen.super_resolution.files.video_file import upscale_video

# (container, pictures, sound): what stations, telephones and the web send.
FILMS = [("mp4", "libx264", "aac"), ("mkv", "ffv1", "flac"), ("webm", "libvpx", "libopus"), ("ts", "mpeg2video", "mp2")]
SECONDS = 6.0
_NUMBERS = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\1")


def film(path: Path, pictures: str, sound: str) -> bytes:
    """Ten frames with a title, and half a second of sound."""
    with av.open(str(path), "w") as container:
        container.metadata["title"] = "Straße am Hafen"
        video = container.add_stream(pictures, rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        track = container.add_stream(sound, rate=48000, layout="mono")
        container.start_encoding()
        for number in range(10):
            picture = np.full((48, 64, 3), 60, np.uint8)
            picture[:, 5 * number : 5 * number + 12] = 220
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        tone = (np.sin(np.arange(24000) / 10) * 0.3)[None].astype(np.float32)
        voice = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
        voice.sample_rate, voice.pts = 48000, 0
        for ready in av.AudioResampler(format=track.format.name, layout="mono", rate=48000).resample(voice):
            container.mux(track.encode(ready))
        container.mux(track.encode(None))
    return path.read_bytes()


def damaged(data: bytes, random: np.random.Generator) -> bytes:
    """One to four of: bytes changed, a number set to an extreme, a piece cut out, doubled or moved, the end cut off."""
    spoiled = bytearray(data)
    for _ in range(random.integers(1, 5)):
        # Headers are at the front or the end; most of what goes wrong goes wrong there.
        reach = len(spoiled) if random.uniform() < 0.4 else min(len(spoiled), 1500)
        place = int(random.integers(0, max(1, reach)))
        place = len(spoiled) - 1 - place if random.uniform() < 0.3 else place
        length = int(random.integers(1, 40))
        match random.integers(0, 6):
            case 0:
                spoiled[place : place + length] = random.integers(0, 256, length, dtype=np.uint8).tobytes()
            case 1:
                spoiled[place : place + 4] = _NUMBERS[random.integers(0, len(_NUMBERS))]
            case 2:
                del spoiled[place : place + length]
            case 3:
                spoiled[place:place] = spoiled[place : place + length]
            case 4:
                spoiled[place] ^= 1 << int(random.integers(0, 8))
            case _:
                spoiled = spoiled[: max(16, place)] if random.uniform() < 0.2 else spoiled
    return bytes(spoiled)


@pytest.mark.parametrize(("container", "pictures", "sound"), FILMS, ids=[film[0] for film in FILMS])
def test_damaged_films_give_facts_or_a_media_error(tmp_path: Path, container: str, pictures: str, sound: str) -> None:
    whole = film(tmp_path / f"whole.{container}", pictures, sound)
    assert probe(tmp_path / f"whole.{container}").num_frames == 10
    config = VideoGenConfig().updated({"super_resolution.upscaler": "lanczos", "delivery.preset": "ultrafast"})
    path, target = tmp_path / f"film.{container}", tmp_path / "out.mp4"
    doors: list[Callable[[], object]] = [
        lambda: probe(path),
        lambda: sum(map(len, iterate_frames(path))),
        lambda: read_frames(path, [0, 3]),
        lambda: measure_loudness(sound_of(path)),
        lambda: require_streams_that_fit(path),
        lambda: upscale_video(path, target, config, None, "cpu", height=96),
    ]
    path.write_bytes(whole)
    for door in doors:
        door()
    started, tried, refused, number = time.monotonic(), 0, 0, 0
    while time.monotonic() - started < SECONDS:
        path.write_bytes(damaged(whole, np.random.default_rng([number, len(container)])))
        number += 1
        for door in doors:
            tried += 1
            before = time.monotonic()
            try:
                door()
            except MediaError:
                refused += 1
            except BaseException as error:
                error.add_note(f"damage number {number - 1} of {container}")
                raise
            assert time.monotonic() - before < 20
    assert number > 5
    assert 0 < refused < tried
