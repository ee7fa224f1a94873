"""The source video of an enlargement: its facts, and its frames with their times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from videogen.errors import MediaError
from videogen.media.pictures import as_rgb
from videogen.media.reading import decoded, probe, shown
from videogen.runtime.media_opening import media_errors, open_media, require_size

if TYPE_CHECKING:
    from av import VideoFrame

# Transfer functions of high dynamic range (ITU-T H.273: 16 is PQ, 18 is HLG), and the primaries of BT.2020.
_HIGH_RANGE = (16, 18)
_WIDE_GAMUT = 9


@dataclass(frozen=True)
class Source:
    """What is known of a source video.

    width, height: upright, in square pixels. num_frames: packets of the video, which is how many frames it shows but
    for few codecs. time_base: seconds of one tick.
    """

    path: Path
    width: int
    height: int
    num_frames: int
    fps: float
    duration: float
    time_base: Fraction
    aspect: Fraction
    peculiarities: tuple[str, ...]


class TimedFrame(NamedTuple):
    """time, duration: in ticks of the source's time base; duration 0: unknown. picture: uint8, H×W×3, upright."""

    time: int
    duration: int
    picture: NDArray[np.uint8]


def examine(path: Path) -> Source:
    """Read the facts of a video that are needed to enlarge it.

    Raises:
        MediaError: it cannot be read (see `probe`), or its colours cannot be kept.
    """
    info = probe(path)
    with open_media(path) as media:
        stream = media.video
        first = next(decoded(media, stream))
        if first.color_trc in _HIGH_RANGE or first.color_primaries == _WIDE_GAMUT:
            raise MediaError(
                f"{path} is a video of high dynamic range or wide gamut (BT.2020)",
                remedy="convert it to BT.709 first; upscaling works on 8-bit standard range",
            )
        width, height = _square((info.width, info.height), info.pixel_aspect)
        require_size(path, width, height)
        return Source(
            path=path,
            width=width,
            height=height,
            num_frames=info.num_frames,
            fps=info.fps,
            duration=info.duration,
            time_base=Fraction(stream.time_base or Fraction(1, 1000)),
            aspect=info.pixel_aspect,
            peculiarities=info.peculiarities,
        )


def timed_frames(source: Source, skip: int = 0) -> Iterator[TimedFrame]:
    """The frames from number `skip` on, one by one.

    Those before are decoded and dropped: seeking is not exact in every file, and decoding costs little beside
    enlarging.

    Raises:
        MediaError: decoding fails, or a frame has no time, an earlier one than its predecessor, or another size.
    """
    size: tuple[int, ...] | None = None
    last: int | None = None
    with open_media(source.path) as media:
        for number, frame in enumerate(shown(media, media.video)):
            time = _time(frame, last, number, source)
            last = time
            if number < skip:
                continue
            with media_errors(source.path, f"frame {number}: "):
                upright = as_rgb(frame)
            picture = _squared(upright, source)
            size = size or picture.shape
            if picture.shape != size:
                raise MediaError(f"{source.path} changes its size at frame {number}", remedy="encode it at one size")
            yield TimedFrame(time, frame.duration or 0, picture)


def _time(frame: VideoFrame, last: int | None, number: int, source: Source) -> int:
    if frame.pts is None or (last is not None and frame.pts <= last):
        raise MediaError(
            f"frame {number} of {source.path} has no time, or not a later one than the frame before",
            remedy="correct the times first, e.g. ffmpeg -fflags +genpts -i IN -c copy OUT.mkv",
        )
    return int(frame.pts)


def _square(size: tuple[int, int], aspect: Fraction) -> tuple[int, int]:
    """(width, height) with square pixels: one edge grows, none shrinks."""
    width, height = size
    return (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))


def _squared(picture: NDArray[np.uint8], source: Source) -> NDArray[np.uint8]:
    import cv2

    size = _square((picture.shape[1], picture.shape[0]), source.aspect)
    if size == (picture.shape[1], picture.shape[0]):
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), np.uint8)
