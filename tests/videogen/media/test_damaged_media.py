"""Small films of four containers, damaged in many ways, give facts or a media error."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from videogen.audio.loudness import measure_loudness, sound_of
from videogen.config.config import VideoGenConfig
from videogen.errors import InputError, MediaError
from videogen.media.reading import iterate_frames, probe, read_frames
from videogen.super_resolution.files.other_streams import require_streams_that_fit
from videogen.super_resolution.files.video_file import upscale_video

# (container, pictures, sound): what stations, telephones and the web send.
FILMS = [("mp4", "libx264", "aac"), ("mkv", "ffv1", "flac"), ("webm", "libvpx", "libopus"), ("ts", "mpeg2video", "mp2")]
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


@dataclass(frozen=True)
class Doors:
    """A whole film, where its damaged copies lie, and all that reads films."""

    whole: bytes
    path: Path
    readers: tuple[Callable[[], object], ...]


@pytest.fixture(params=FILMS, ids=[film[0] for film in FILMS])
def doors(request: pytest.FixtureRequest, tmp_path: Path) -> Doors:
    container, pictures, sound = request.param
    path, target = tmp_path / f"film.{container}", tmp_path / "out.mp4"
    whole = film(path, pictures, sound)
    config = VideoGenConfig().updated({"super_resolution.upscaler": "lanczos", "delivery.preset": "ultrafast"})
    readers: tuple[Callable[[], object], ...] = (
        lambda: probe(path),
        lambda: sum(map(len, iterate_frames(path))),
        lambda: read_frames(path, [0, 3]),
        lambda: measure_loudness(sound_of(path)),
        lambda: require_streams_that_fit(path),
        lambda: upscale_video(path, target, config, None, "cpu", height=96),
    )
    return Doors(whole, path, readers)


def test_an_undamaged_film_is_read_by_all(doors: Doors) -> None:
    assert probe(doors.path).num_frames == 10
    for reader in doors.readers:
        reader()


@pytest.mark.fuzz("video")
@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_damaged_films_give_facts_or_a_media_error(doors: Doors, seed: int) -> None:
    doors.path.write_bytes(damaged(doors.whole, np.random.default_rng(seed)))
    for reader in doors.readers:
        # A damaged header may say that the film is larger than what it is to be enlarged to.
        with suppress(MediaError, InputError):
            reader()
