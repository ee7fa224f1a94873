"""Reading any video: its facts, its frames in windows of constant memory, single frames by number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from videogen.errors import MediaError

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream


@dataclass(frozen=True)
class VideoInfo:
    """Facts about a video file. width, height: as shown, after `rotation` (degrees, anticlockwise).

    fps: frames ÷ duration, also for videos of variable frame rate. duration: seconds.
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


def probe(path: Path) -> VideoInfo:
    """The facts of a video, counted from its packets; nothing but the first frame is decoded.

    Raises:
        MediaError: the file is missing, no video, without frames, or ends before its index says.
    """
    with opened(path) as (container, stream):
        first = next(iter(container.decode(stream)), None)
        if first is None:
            raise _no_frames(path)
        container.seek(0)
        times, last_duration = _timeline(container, stream, path)
        promised = stream.frames
        if promised and len(times) < promised:
            raise MediaError(
                f"{path} is truncated: its index lists {promised} frames, {len(times)} are there",
                remedy="copy or download the file again",
            )
        step = float(stream.time_base or 0)
        gaps = np.diff(times)
        usual = float(np.median(gaps)) if len(gaps) else float(last_duration)
        duration = float(times[-1] - times[0] + (last_duration or usual)) * step
        turned = first.rotation % 180 != 0
        return VideoInfo(
            path=path,
            width=first.height if turned else first.width,
            height=first.width if turned else first.height,
            fps=round(len(times) / duration, 6) if duration > 0 else 0.0,
            num_frames=len(times),
            duration=duration,
            codec=stream.codec_context.name,
            pix_fmt=first.format.name,
            bit_depth=max(component.bits for component in first.format.components),
            rotation=first.rotation,
            colour_space=_colour_space(first),
            has_audio=bool(container.streams.audio),
            has_captions=bool(container.streams.subtitles),
            variable_frame_rate=_varies(gaps),
            metadata={**container.metadata},
        )


def iterate_frames(path: Path, window: int = 32) -> Iterator[NDArray[np.uint8]]:
    """The frames in order, in arrays of at most `window` frames: uint8, T×H×W×3, sRGB.

    Only one window is held at a time, so memory does not depend on the length.

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


def read_frames(path: Path, indices: Sequence[int]) -> NDArray[np.uint8]:
    """The frames with these numbers, in this order: uint8, N×H×W×3, sRGB. Random access by decord.

    Raises:
        MediaError: the file cannot be read, or a number lies outside of the video.
    """
    import decord

    if not path.is_file():
        raise _missing(path)
    try:
        reader = decord.VideoReader(str(path), num_threads=1)
        count = len(reader)
        wrong = [index for index in indices if not 0 <= index < count]
        if wrong:
            raise MediaError(f"{path} has frames 0 to {count - 1}, not {wrong[0]}", remedy="ask for frames that exist")
        if not len(indices):
            height, width = reader[0].shape[:2]
            return np.empty((0, height, width, 3), np.uint8)
        return np.asarray(reader.get_batch(list(indices)).asnumpy(), dtype=np.uint8)
    except (decord.DECORDError, RuntimeError) as error:
        raise _unreadable(path, str(error).splitlines()[0] if str(error) else "decord refused it") from error


def _pictures(path: Path) -> Iterator[NDArray[np.uint8]]:
    with opened(path) as (container, stream):
        yield from map(as_rgb, decoded(container, stream, path))


def decoded(container: InputContainer, stream: VideoStream, path: Path) -> Iterator[VideoFrame]:
    """The frames of an opened video in order; those that its edit list cuts away are left out.

    Raises:
        MediaError: there is no frame, decoding fails on the way, or the file ends before its index says.
    """
    import av

    number = packets = 0
    promised = stream.frames
    try:
        for packet in container.demux(stream):
            packets += bool(packet.size)
            for frame in packet.decode():
                yield frame
                number += 1
    except av.FFmpegError as error:
        raise _unreadable(path, f"frame {number}: {error.strerror or error}") from error
    if packets < promised:
        raise MediaError(
            f"{path} is truncated: its index lists {promised} frames, {packets} are there",
            remedy="copy or download the file again",
        )
    if not number:
        raise _no_frames(path)


def as_rgb(frame: VideoFrame) -> NDArray[np.uint8]:
    """The decoded frame as uint8, H×W×3, upright, full range."""
    from av.video.reformatter import Colorspace

    # Untagged video is BT.709 from 720 lines on and BT.601 below: what players assume.
    untagged = frame.colorspace in (0, 2)
    guess = Colorspace.ITU709 if frame.height >= 720 else Colorspace.ITU601
    rgb = frame.to_ndarray(format="rgb24", src_colorspace=guess if untagged else None)
    picture = np.asarray(rgb, dtype=np.uint8)
    return np.rot90(picture, frame.rotation // 90) if frame.rotation % 90 == 0 and frame.rotation else picture


@contextmanager
def opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its first video stream; what FFmpeg says becomes a MediaError."""
    import av

    if not path.is_file():
        raise _missing(path)
    try:
        with av.open(str(path)) as container:
            cover = av.stream.Disposition.attached_pic
            streams = [stream for stream in container.streams.video if not stream.disposition & cover]
            if not streams:
                raise MediaError(f"{path} holds no video stream", remedy="give a video, not a sound or picture file")
            streams[0].thread_type = "AUTO"
            yield container, streams[0]
    except av.FFmpegError as error:
        raise _unreadable(path, error.strerror or str(error)) from error


def _timeline(container: InputContainer, stream: VideoStream, path: Path) -> tuple[NDArray[np.int64], int]:
    """Sorted presentation times in the stream's time base, and the duration of the last packet."""
    times: list[int] = []
    durations: dict[int, int] = {}
    for packet in container.demux(stream):
        if packet.pts is None or not packet.size:
            continue
        times.append(packet.pts)
        durations[packet.pts] = packet.duration or 0
    if not times:
        raise _no_frames(path)
    return np.sort(np.array(times, np.int64)), durations[max(times)]


def _varies(gaps: NDArray[np.int64]) -> bool:
    """Whether frames are shown for clearly different times (rounding to the time base is no variation)."""
    if len(gaps) < 2:
        return False
    usual, _ = Counter(gaps.tolist()).most_common(1)[0]
    return bool((np.abs(gaps - usual) > max(1, 0.02 * usual)).any())


def _colour_space(frame: VideoFrame) -> str:
    return {1: "bt709", 5: "bt601", 6: "bt601", 9: "bt2020"}.get(int(frame.colorspace), "unspecified")


def _missing(path: Path) -> MediaError:
    return MediaError(f"there is no video at {path}", remedy="check the path")


def _no_frames(path: Path) -> MediaError:
    return MediaError(f"{path} holds not a single frame", remedy="copy or download the file again")


def _unreadable(path: Path, reason: str) -> MediaError:
    return MediaError(
        f"{path} cannot be read as a video: {reason}",
        remedy="the file is damaged, cut off or no video; copy or download it again",
    )
