"""Frame steps: what is done to frames between decoder and encoder, in the order of the configuration.

An own step is a function ``(frames, context) -> frames`` on iterators, and a line in `videogen.runtime.plugins` or an
entry point of the group ``videogen.frame_steps``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from videogen.domain.stages import Stage
from videogen.errors import MediaError
from videogen.runtime import plugins, progress
from videogen.super_resolution.framing import covered

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.domain.artifacts import Frames
    from videogen.super_resolution.processor import SuperResolutionProcessor

Frame = NDArray[np.uint8]
STAGE = Stage.UPSCALED_FRAMES


@dataclass(frozen=True)
class StepContext:
    """What a step may need. size: output (width, height); fps: the native rate.

    first: number of the first frame that comes. memory: what the step wants to know again when the frames after
    these come, possibly in another process: its own names → arrays; empty at the start of a video.
    """

    config: VideoGenConfig
    processor: SuperResolutionProcessor
    size: tuple[int, int]
    num_frames: int
    fps: float
    first: int = 0
    memory: dict[str, Frame] = field(default_factory=dict)


Step = Callable[[Iterator[Frame], StepContext], Iterator[Frame]]


def run_frame_steps(frames: Frames, config: VideoGenConfig, processor: SuperResolutionProcessor) -> Frames:
    """The frames after `super_resolution.frame_steps`, at processing.resolution, still at the native rate.

    Frames pass one by one, so nothing but the result grows with the length. notes gain the steps and the
    seconds of each.

    Raises:
        MediaError: there are no frames, or a step lost or added some.
        ConfigError: no step has that name.
        OutOfMemoryError: the result does not fit into the free memory; nothing has been made then.
    """
    import torch

    from videogen.runtime.memory import require_room_for_frames

    count = len(frames.frames)
    if not count:
        raise MediaError("there are no frames to enhance", remedy="check the stage decoded_frames")
    width, height = config.processing.resolution
    context = StepContext(config, processor, (width, height), count, frames.fps)
    require_room_for_frames(count, (width, height))
    result = torch.empty((count, height, width, 3), dtype=torch.uint8)
    clock = _Clock()
    made = 0
    for made, frame in enumerate(enhanced(iter(frames.frames.numpy()), context, clock), start=1):
        if made > count:
            break
        result[made - 1] = torch.from_numpy(np.ascontiguousarray(frame))
        progress.report(STAGE, made, count)
    if made != count:
        raise MediaError(
            f"the frame steps returned {'more than ' if made > count else ''}{min(made, count)} frames of {count}",
            remedy="correct your own step in super_resolution.frame_steps: it must return one frame for each frame",
        )
    notes = {"frame_steps": list(config.super_resolution.frame_steps), "seconds": clock.seconds()}
    return replace(frames, frames=result, notes={**frames.notes, **notes})


def enhanced(
    frames: Iterator[Frame],
    context: StepContext,
    clock: _Clock | None = None,
    *,
    memories: list[dict[str, Frame]] | None = None,
    ahead: Callable[[Iterator[Frame]], Iterator[Frame]] = iter,
) -> Generator[Frame, None, None]:
    """The frames after all steps, one by one, at exactly the context's size. H×W×3 uint8.

    Args:
        memories: one for each step, see `StepContext`; none: the video starts here.
        ahead: what each step's frames pass through, e.g. a queue that is filled by a thread.
    """
    names = context.config.super_resolution.frame_steps
    kept = memories if memories is not None else [{} for _ in names]
    for name, memory in zip(names, kept, strict=True):
        step: Step = plugins.resolve(plugins.FRAME_STEPS, name)
        frames = step(frames, replace(context, memory=memory))
        if clock is not None:
            frames = clock.watch(name, frames)
        frames = ahead(frames)
    return (covered(frame, context.size) for frame in frames)


def upscale(frames: Iterator[Frame], context: StepContext) -> Iterator[Frame]:
    """Enlarge to the output size with the configured upscaler."""
    return context.processor.enlarged(frames, context.first)


def enhance_details(frames: Iterator[Frame], context: StepContext) -> Iterator[Frame]:
    """Sharpen edges (super_resolution.detail_strength)."""
    return map(context.processor.details.enhance_details, frames)


def temporal_consistency(frames: Iterator[Frame], context: StepContext) -> Iterator[Frame]:
    """Smooth details over time (super_resolution.temporal_strength)."""
    return context.processor.temporal.steadied(frames, context.memory)


def remove_artifacts(frames: Iterator[Frame], context: StepContext) -> Iterator[Frame]:
    """Smooth ripples and blotches; best placed before upscale."""
    return map(context.processor.remove_artifacts, frames)


class _Clock:
    """How long each step takes, without the time that the steps before it take."""

    def __init__(self) -> None:
        self._spent: dict[str, float] = {}

    def watch(self, name: str, frames: Iterator[Frame]) -> Iterator[Frame]:
        key = name
        while key in self._spent:
            key += "+"
        self._spent[key] = 0.0
        return self._watched(key, frames)

    def _watched(self, key: str, frames: Iterator[Frame]) -> Iterator[Frame]:
        while True:
            start = time.perf_counter()
            frame = next(frames, None)
            self._spent[key] += time.perf_counter() - start
            if frame is None:
                return
            yield frame

    def seconds(self) -> dict[str, float]:
        """Step → seconds; every step's watch includes those before it."""
        alone: dict[str, float] = {}
        before = 0.0
        for key, spent in self._spent.items():
            alone[key] = round(max(0.0, spent - before), 3)
            before = spent
        return alone
