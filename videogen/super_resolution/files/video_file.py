"""Enlarges a whole video file: constant memory; reading, network and encoding in parallel; resumable."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from videogen.errors import InputError, MediaError
from videogen.media.encoding import Encoding, write_mp4
from videogen.runtime import progress
from videogen.runtime.prefetch import ahead
from videogen.storage.atomic_folder import sha256, storage_errors
from videogen.super_resolution.files.joining import join
from videogen.super_resolution.files.other_streams import Kept, require_streams_that_fit
from videogen.super_resolution.files.segments import Memory, WorkFolder, work_folder
from videogen.super_resolution.files.source import Source, TimedFrame, examine, timed_frames
from videogen.super_resolution.processor import build_processor
from videogen.super_resolution.steps import StepContext, enhanced

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.super_resolution.processor import SuperResolutionProcessor

STAGE = "upscale"
# Frames of one part: what is lost at most when the process is killed. A multiple of what is enlarged at once.
SEGMENT = 96
_FORMAT = 1
_JOINED = "joined.mp4"
_READ_AHEAD, _STEP_AHEAD = 16, 4
_LONGEST_EDGE = 16_384


@dataclass(frozen=True)
class UpscaledVideo:
    """The finished file.

    duration: seconds; resumed_at: frames that an earlier, interrupted run had finished; seconds: of this run.
    """

    path: Path
    width: int
    height: int
    num_frames: int
    duration: float
    resumed_at: int
    seconds: float
    streams: Kept
    warnings: tuple[str, ...]

    def as_data(self) -> dict[str, Any]:
        return {**asdict(self), "path": str(self.path)}


def upscale_video(
    path: Path,
    target: Path,
    config: VideoGenConfig,
    weights: Path | None,
    device: str,
    *,
    width: int | None = None,
    height: int | None = None,
) -> UpscaledVideo:
    """Enlarge the video at `path` into the mp4 `target`, with the frame steps of `config`.

    Every frame is there once, at its own time; sound and mov_text captions are kept. Finished parts lie in
    ``<target>.parts`` until the file stands: called again after an interruption with the same source and settings,
    the work goes on behind the last finished part, and the result is the same, byte for byte.

    Args:
        weights: as for `build_processor`.
        width, height: of the result; one is enough and keeps the proportions, both cover and cut.

    Raises:
        InputError: the target cannot be one, or the size asked for is not larger.
        MediaError: the source cannot be read, or its sound and captions cannot be put into an mp4. This is found out
            before the first picture is enlarged.
        ModelError, OutOfMemoryError: the network failed; the message names the frames.
        StorageError: the disk refused.
    """
    started = time.monotonic()
    _require_target(path, target)
    source = examine(path)
    size = target_size((source.width, source.height), width, height)
    require_streams_that_fit(path)
    config = config.updated({"processing.resolution": size, "delivery.fit": "crop"})
    processor = build_processor(config, weights, device)
    before = path.stat()
    with work_folder(target) as work:
        finished = work.begin(_fingerprint(path, config, weights, device))
        resumed_at, count = _make_segments(work, finished, source, config, processor)
        after = path.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise MediaError(f"{path} changed while it was being read", remedy="start again when the file is complete")
        segments = [work.segment(number) for number in range(-(-count // SEGMENT))]
        with work.folder.writing(_JOINED) as temporary:
            kept = join(temporary, source, segments)
        with storage_errors(str(target)):
            work.folder.local(_JOINED).replace(target)
            work.remove()
    return UpscaledVideo(
        path=target,
        width=size[0],
        height=size[1],
        num_frames=count,
        duration=source.duration,
        resumed_at=resumed_at,
        seconds=round(time.monotonic() - started, 3),
        streams=kept,
        warnings=_warnings(source, kept),
    )


def target_size(size: tuple[int, int], width: int | None, height: int | None) -> tuple[int, int]:
    """The even (width, height) for a picture of `size`, of which at least one edge is asked for.

    Raises:
        InputError: an edge is odd, too small or too large, or the result would be no larger than the source.
    """
    for name, edge in (("width", width), ("height", height)):
        if edge is not None and (edge % 2 or not 16 <= edge <= _LONGEST_EDGE):
            raise InputError(f"--{name} is {edge}", remedy=f"give an even number from 16 to {_LONGEST_EDGE}, e.g. 1080")
    if width is None and height is None:
        raise InputError("no size is given", remedy="give --height, --width or both")
    if width is None:
        wanted = (_even(size[0] * (height or 0) / size[1]), height or 0)
    else:
        wanted = (width, height if height is not None else _even(size[1] * width / size[0]))
    if max(wanted) > _LONGEST_EDGE:
        raise InputError(f"the result would be {wanted[0]}×{wanted[1]}", remedy="ask for a smaller size")
    if wanted[0] < size[0] or wanted[1] < size[1] or wanted == size:
        raise InputError(
            f"the video is {size[0]}×{size[1]} already, and {wanted[0]}×{wanted[1]} is not larger",
            remedy="ask for a larger --height or --width",
        )
    return wanted


def _even(edge: float) -> int:
    return max(16, 2 * round(edge / 2))


def _require_target(path: Path, target: Path) -> None:
    if target.suffix.lower() != ".mp4":
        raise InputError(f"{target} does not end in .mp4", remedy="name an mp4 file")
    if target.is_dir() or not target.parent.is_dir():
        what = "is a folder" if target.is_dir() else "lies in a folder that does not exist"
        raise InputError(f"the target {target} {what}", remedy="name a file in an existing folder")
    if path.exists() and target.exists() and path.samefile(target):
        raise InputError(f"source and target are the same file, {path}", remedy="name another target")
    parts = target.with_name(f"{target.name}.parts")
    if parts.exists() and path.exists() and parts.resolve() in path.resolve().parents:
        raise InputError(f"the source {path} lies in the folder of the target's parts", remedy="move it elsewhere")


def _fingerprint(path: Path, config: VideoGenConfig, weights: Path | None, device: str) -> dict[str, Any]:
    """All that the pictures depend on."""
    files = sorted(weights.iterdir()) if weights is not None and weights.is_dir() else [weights] if weights else []
    if weights is not None and weights.is_file():
        files += sorted(other for other in weights.parent.glob("realesr-general-*x4v3.pth") if other != weights)
    return {
        "format": _FORMAT,
        "source": sha256(path),
        "weights": {file.name: sha256(file) for file in files if file.is_file()},
        "device": device,
        "precision": config.model.precision,
        "size": list(config.processing.resolution),
        "segment": SEGMENT,
        "settings": config.super_resolution.model_dump(mode="json"),
        "content_type": config.quality.content_type,
        "encoder": [config.delivery.crf, config.delivery.preset],
    }


def _make_segments(
    work: WorkFolder, finished: int, source: Source, config: VideoGenConfig, processor: SuperResolutionProcessor
) -> tuple[int, int]:
    """Make the parts that are missing; returns the frames that were there already, and all."""
    steps = len(config.super_resolution.frame_steps)
    count = sum(len(work.segment(number).times) for number in range(finished))
    resumed_at = count
    memories = work.memories(finished - 1, steps)
    total = max(source.num_frames, count)
    progress.report(STAGE, count, total)
    frames = ahead(timed_frames(source, skip=count), _READ_AHEAD)
    number = finished
    try:
        while part := next(frames, None):
            chunk = _Chunk(part, islice(frames, SEGMENT - 1))
            context = StepContext(config, processor, config.processing.resolution, total, source.fps, first=count)
            work.finish(number, partial(_write, chunk, context, memories, total), memories)
            number, count = number + 1, count + len(chunk.times)
    finally:
        frames.close()
    progress.report(STAGE, count, count)
    return resumed_at, count


class _Chunk:
    """The frames of one part; their times are noted as they are read."""

    def __init__(self, first: TimedFrame, others: Iterator[TimedFrame]) -> None:
        self.first, self.others = first, others
        self.times: list[int] = []
        self.last_duration = 0

    def pictures(self) -> Iterator[NDArray[np.uint8]]:
        yield self._noted(self.first)
        for frame in self.others:
            yield self._noted(frame)

    def _noted(self, frame: TimedFrame) -> NDArray[np.uint8]:
        self.times.append(frame.time)
        self.last_duration = frame.duration
        return frame.picture


def _write(
    chunk: _Chunk, context: StepContext, memories: list[Memory], total: int, path: Path
) -> tuple[list[int], int]:
    config = context.config
    # The rate only guides the encoder: the frames' own times are put in when the parts are joined.
    fps = Fraction(round(min(max(context.fps, 1.0), 240.0) * 1000), 1000)
    encoding = Encoding(context.size, fps, config.delivery.crf, config.delivery.preset)
    steps = enhanced(chunk.pictures(), context, memories=memories, ahead=partial(ahead, depth=_STEP_AHEAD))
    # Closed at once, also after an error: no thread may still read when the source is closed.
    with closing(steps) as enlarged:
        written = write_mp4(path, _reported(enlarged, context.first, total), encoding)
    if written != len(chunk.times):
        raise MediaError(
            f"the frame steps returned {written} frames for {len(chunk.times)} (from frame {context.first} on)",
            remedy="correct your own step in super_resolution.frame_steps: it must return one frame for each frame",
        )
    return chunk.times, chunk.last_duration


def _reported(frames: Iterator[NDArray[np.uint8]], first: int, total: int) -> Iterator[NDArray[np.uint8]]:
    for number, frame in enumerate(frames, start=first + 1):
        yield frame
        progress.report(STAGE, number, max(total, number))


def _warnings(source: Source, kept: Kept) -> tuple[str, ...]:
    found = list(source.peculiarities)
    if kept.left_out:
        found.append(f"mp4 does not support these streams, they were left out: {', '.join(kept.left_out)}")
    if kept.damaged:
        found.append(f"{kept.damaged} damaged packets of sound were left out")
    return tuple(found)
