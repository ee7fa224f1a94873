"""Reads any video: its facts, its frames in windows of constant memory, and single frames by number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from videogen.errors import MediaError
from videogen.media.pictures import Orientation, as_rgb, deinterlaced, orientation_of
from videogen.runtime.media_opening import OpenMedia, media_errors, open_media, require_length, require_size

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.video.stream import VideoStream

# Broadcast streams may begin with frames that are not marked as interlaced.
_LOOKED_AT = 12
# Seconds of a tick of a file's clock from which it is called coarse.
_COARSE = 0.0005


@dataclass(frozen=True)
class VideoInfo:
    """Facts about a video file. width, height: in pixels as stored, turned upright by `orientation`.

    fps: frames ÷ duration, also for videos of variable frame rate. duration: seconds. rotation: degrees,
    anticlockwise, that the file asks for. pixel_aspect: width ÷ height of a pixel of the upright picture.
    interlaced: some of the first frames are made of two half pictures; reading takes out their combs.
    """

    path: Path
    width: int
    height: int
    fps: float
    num_frames: int
    duration: float
    codec: str
    pix_fmt: str
    bit_depth: int
    rotation: int
    colour_space: str
    has_audio: bool
    has_captions: bool
    variable_frame_rate: bool
    metadata: dict[str, str] = field(default_factory=dict)
    pixel_aspect: Fraction = Fraction(1)
    interlaced: bool = False
    orientation: Orientation = field(default_factory=Orientation)

    @property
    def peculiarities(self) -> tuple[str, ...]:
        """What is unusual in how the file stores its pictures, and how it is read, in words."""
        found = []
        if self.orientation.free:
            found.append("the file asks for a rotation that is not a multiple of 90°: its frames are read as stored")
        elif self.orientation != Orientation():
            found.append("the frames are stored rotated or mirrored: they are read upright")
        if self.pixel_aspect != 1:
            found.append(f"the pixels are not square ({self.pixel_aspect.numerator}:{self.pixel_aspect.denominator})")
        if self.interlaced:
            found.append("the video is interlaced: it is read deinterlaced (bwdif)")
        if self.variable_frame_rate:
            found.append("the frame rate varies")
        return tuple(found)


def probe(path: Path) -> VideoInfo:
    """The facts of a video, counted from its packets; only its first frames are decoded.

    Raises:
        MediaError: the file is missing, no video, without frames, too large or too long (`Limits`), or ends before
            its index says.
    """
    with open_media(path) as media:
        stream = media.video
        times, last_duration, seen = _timeline(media, stream)
        first = seen[0]
        orientation = orientation_of(first)
        step = float(stream.time_base or 0)
        gaps = np.diff(times)
        usual = float(np.median(gaps)) if len(gaps) else float(last_duration)
        duration = float(times[-1] - times[0] + (last_duration or usual)) * step
        require_length(path, len(times), duration)
        return VideoInfo(
            path=path,
            width=first.height if orientation.swapped else first.width,
            height=first.width if orientation.swapped else first.height,
            fps=_rate(len(times), duration, step, stream),
            num_frames=len(times),
            duration=duration,
            codec=stream.codec_context.codec.canonical_name,
            pix_fmt=first.format.name,
            bit_depth=max(component.bits for component in first.format.components),
            rotation=first.rotation,
            colour_space=_colour_space(first),
            has_audio=bool(media.container.streams.audio),
            has_captions=bool(media.container.streams.subtitles),
            variable_frame_rate=_varies(gaps),
            metadata={**media.container.metadata},
            pixel_aspect=_pixel_aspect(stream.sample_aspect_ratio, orientation),
            interlaced=any(frame.interlaced_frame for frame in seen),
            orientation=orientation,
        )


def _rate(frames: int, duration: float, step: float, stream: VideoStream) -> float:
    """Frames a second: counted, or as the file says where its clock is too coarse to tell the two apart.

    WebM and Matroska count in milliseconds, so that two seconds at 24 last 1.999 s.
    """
    if duration <= 0:
        return 0.0
    counted, told = frames / duration, float(stream.average_rate or 0)
    if step >= _COARSE and abs(told - counted) <= counted * 2 * step / duration:
        return round(told, 6)
    return round(counted, 6)


def iterate_frames(path: Path, window: int = 32) -> Iterator[NDArray[np.uint8]]:
    """The frames in order, in arrays of at most `window` frames: uint8, T×H×W×3, sRGB.

    Only one window is held at a time, so memory does not depend on the length. Pictures are upright and
    deinterlaced; pixels that are not square stay as they are.

    Raises:
        MediaError: as `probe`; also where decoding fails on the way, with the number of the frame.
    """
    if window < 1:
        raise ValueError(f"window must be at least 1, not {window}")
    batch: list[NDArray[np.uint8]] = []
    size: tuple[int, ...] | None = None
    for number, picture in enumerate(_pictures(path)):
        size = size or picture.shape
        if picture.shape != size:
            raise MediaError(
                f"{path} changes its size from {size[1]}×{size[0]} to {picture.shape[1]}×{picture.shape[0]} "
                f"at frame {number}",
                remedy="encode it again at one size",
            )
        batch.append(picture)
        if len(batch) == window:
            yield np.stack(batch)
            batch = []
    if batch:
        yield np.stack(batch)


def read_frames(path: Path, indices: Sequence[int], longest: int | None = None) -> NDArray[np.uint8]:
    """The frames with these numbers, in this order: uint8, N×H×W×3, sRGB; the same pictures as of `iterate_frames`.

    The video is decoded up to the last of them: jumping is not exact in every file.

    Args:
        path: of the video.
        indices: numbers of frames, from 0; in any order, and more than once.
        longest: pixels that the longer side has at most; larger frames are reduced.

    Raises:
        MediaError: the file cannot be read, or a number lies outside of the video.
    """
    wanted, found = set(indices), dict[int, NDArray[np.uint8]]()
    last = max(wanted, default=0)
    count = 0
    with open_media(path) as media:
        for frame in shown(media, media.video):
            if count in wanted or not count:
                with media_errors(path, f"frame {count}: "):
                    found[count] = as_rgb(frame, longest=longest)
            count += 1
            if count > last:
                break
    wrong = [index for index in indices if not 0 <= index < count]
    if wrong:
        raise MediaError(f"{path} has frames 0 to {count - 1}, not {wrong[0]}", remedy="ask for frames that exist")
    try:
        pictures = [found[index] for index in indices]
        return np.stack(pictures) if pictures else np.empty((0, *found[0].shape), np.uint8)
    except ValueError as error:
        raise MediaError(f"{path} changes its size on the way", remedy="encode it again at one size") from error


def _pictures(path: Path) -> Iterator[NDArray[np.uint8]]:
    with open_media(path) as media:
        for number, frame in enumerate(shown(media, media.video)):
            with media_errors(path, f"frame {number}: "):
                picture = as_rgb(frame)
            yield picture


def shown(media: OpenMedia, stream: VideoStream) -> Iterator[VideoFrame]:
    """The frames of an opened video as a player shows them: as `decoded`, and deinterlaced where they need it.

    Raises:
        MediaError: as `decoded`.
    """
    frames = decoded(media, stream)
    ahead: list[VideoFrame] = []
    for frame in frames:
        ahead.append(frame)
        if len(ahead) == _LOOKED_AT or frame.interlaced_frame:
            break

    def all_frames() -> Iterator[VideoFrame]:
        while ahead:
            yield ahead.pop(0)
        yield from frames

    yield from deinterlaced(all_frames(), stream) if ahead[-1].interlaced_frame else all_frames()


def decoded(media: OpenMedia, stream: VideoStream) -> Iterator[VideoFrame]:
    """The frames of an opened video in order; those that its edit list cuts away are left out.

    Raises:
        MediaError: no frame is found, decoding fails on the way, or the file ends before its index says.
    """
    number, index = 0, _Index(media, stream)
    for packet in media.packets(stream):
        index.note(packet)
        with media_errors(media.path, f"frame {number}: "):
            frames = packet.decode()
        for frame in frames:
            require_size(media.path, frame.width, frame.height)
            yield frame
            number += 1
    index.require_whole()
    if not number:
        raise _no_frames(media.path)


def _timeline(media: OpenMedia, stream: VideoStream) -> tuple[NDArray[np.int64], int, list[VideoFrame]]:
    """Sorted presentation times in the stream's time base, the duration of the last packet, and the first frames."""
    times: list[int] = []
    durations: dict[int, int] = {}
    seen: list[VideoFrame] = []
    index = _Index(media, stream)
    for packet in media.packets(stream):
        if len(seen) < _LOOKED_AT:
            # What fails behind the first frame is for whoever reads all of them to find.
            try:
                with media_errors(media.path, "frame 0: "):
                    seen += packet.decode()
            except MediaError:
                if not seen:
                    raise
        index.note(packet)
        if packet.pts is None or not packet.size:
            continue
        times.append(packet.pts)
        durations[packet.pts] = packet.duration or 0
        require_length(media.path, len(times), 0.0)
    if not times or not seen:
        raise _no_frames(media.path)
    require_size(media.path, seen[0].width, seen[0].height)
    index.require_whole()
    return np.sort(np.array(times, np.int64)), durations[max(times)], seen


class _Index:
    """Whether all frames that the file lists are there."""

    def __init__(self, media: OpenMedia, stream: VideoStream) -> None:
        self._media, self._promised = media, stream.frames
        # An AVI also counts frames that are not stored, since they repeat the one before; its times are their numbers.
        self._by_time = media.container.format.name == "avi"
        self._packets = self._last = self._gap = 0

    def note(self, packet: Packet[VideoStream]) -> None:
        if packet.size:
            self._packets += 1
            if packet.dts is not None:
                self._gap, self._last = max(self._gap, packet.dts - self._last), packet.dts

    def require_whole(self) -> None:
        there = self._last + max(1, self._gap) if self._by_time else self._packets
        if there < self._promised:
            raise MediaError(
                f"{self._media.path} is truncated: its index lists {self._promised} frames, "
                f"but the file holds {self._packets}",
                remedy="copy or download the file again",
            )


def _varies(gaps: NDArray[np.int64]) -> bool:
    """Whether frames are shown for clearly different times (rounding to the time base does not count)."""
    if len(gaps) < 2:
        return False
    usual, _ = Counter(gaps.tolist()).most_common(1)[0]
    return bool((np.abs(gaps - usual) > max(1, 0.02 * usual)).any())


def _pixel_aspect(ratio: Fraction | None, orientation: Orientation) -> Fraction:
    """Width ÷ height of a pixel of the upright picture; unknown means square."""
    if not ratio or ratio <= 0:
        return Fraction(1)
    return 1 / Fraction(ratio) if orientation.swapped else Fraction(ratio)


def _colour_space(frame: VideoFrame) -> str:
    return {1: "bt709", 5: "bt601", 6: "bt601", 9: "bt2020"}.get(int(frame.colorspace), "unspecified")


def _no_frames(path: Path) -> MediaError:
    return MediaError(f"{path} contains no frame", remedy="copy or download the file again")
