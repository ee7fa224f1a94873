"""One pass over a video that feeds every stream, in windows of constant memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from videogen.domain.stages import Stage
from videogen.errors import MediaError
from videogen.quality.metrics.label_check import LabelWatch
from videogen.quality.metrics.streams import MetricStream
from videogen.quality.metrics.window import FrameWindow, Pixels, Tail, Values, reduced
from videogen.quality.relevance.alignment import evenly
from videogen.runtime import progress

SAMPLES = 16
SAMPLE_WIDTH = 512
# Memory of this size is used again from window to window; the system allocates larger pieces again, page by page.
_WINDOW_BYTES = 24_000_000


@dataclass(frozen=True)
class Measurement:
    """What was measured of a video.

    series: metric → one number per frame (NaN: none); values: metric → value of the video; samples: up to 16 evenly
    spread frames, N×h×w×3; problem: why decoding ended early, None if it did not.
    """

    frames: int
    series: dict[str, Values]
    values: dict[str, float]
    methods: dict[str, str]
    samples: Pixels
    problem: str | None


def window_length(width: int, height: int) -> int:
    """Frames per window such that one takes at most 24 MB (and no fewer than two)."""
    return int(np.clip(_WINDOW_BYTES // (width * height * 3), 2, 32))


def in_windows(frames: Pixels) -> Iterator[Pixels]:
    """An array of frames T×H×W×3 as windows."""
    length = window_length(frames.shape[2], frames.shape[1])
    for start in range(0, len(frames), length):
        yield frames[start : start + length]


def measure(
    windows: Iterator[Pixels],
    *,
    fps: float,
    num_frames: int,
    streams: Mapping[str, MetricStream],
    watches: Sequence[LabelWatch] = (),
) -> Measurement:
    """Feed `windows` (uint8, T×H×W×3, in order) to the streams. num_frames: how many frames the file lists.

    A `MediaError` on the way ends the pass: what was measured so far stands, and `problem` says what happened.
    """
    parts: dict[str, list[Values]] = {name: [] for name in streams}
    wanted, samples = set(evenly(num_frames, SAMPLES)), []
    tail: Tail | None = None
    count, problem = 0, None
    try:
        for pixels in windows:
            window = FrameWindow(pixels, count, fps, tail)
            for name, stream in streams.items():
                parts[name].append(stream.update(window))
            for watch in watches:
                watch.update(window)
            samples += [reduced(pixels[i], SAMPLE_WIDTH).copy() for i in range(len(pixels)) if count + i in wanted]
            tail = window.tail()
            count += len(pixels)
            progress.report(Stage.QUALITY_REPORT, count, max(count, num_frames), "frames measured")
    except MediaError as error:
        problem = error.problem
    series = {name: np.concatenate(values) if values else np.empty(0) for name, values in parts.items()}
    return Measurement(
        frames=count,
        series=series,
        values={name: streams[name].summary(values) for name, values in series.items()},
        methods={name: stream.method for name, stream in streams.items()},
        samples=np.stack(samples) if samples else np.empty((0, 1, 1, 3), np.uint8),
        problem=problem,
    )
