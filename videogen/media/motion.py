"""Motion between two frames: flow both ways, occlusion masks and scene-cut detection."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from videogen.media.optical_flow import Field, dense_flow, flow_engine, squared_length, warp

if TYPE_CHECKING:
    from collections.abc import Sequence

Picture = NDArray[np.uint8]

FLOW_EDGE = 384
_SMALLEST_EDGE = 48
_CLEARLY = 4.0
_CUT_RESIDUAL = 0.07
_CUT_UNEXPLAINED = 0.6


@dataclass(frozen=True)
class Motion:
    """Motion between two frames, measured at a reduced size h×w.

    first, second: the frames at that size.
    forward, backward: flow from the first to the second frame, and the other way round.
    """

    first: Picture
    second: Picture
    forward: Field
    backward: Field

    @cached_property
    def visible_forward(self) -> Field:
        """float32 h×w in 0 … 1: how surely a pixel of the first frame is also seen in the second."""
        return _visibility(self.first, self.second, self.forward, self.backward)

    @cached_property
    def visible_backward(self) -> Field:
        """The same for the pixels of the second frame."""
        return _visibility(self.second, self.first, self.backward, self.forward)

    @cached_property
    def cut(self) -> bool:
        """Whether a new scene begins with the second frame: the frames differ much, and motion explains little."""
        difference = _mean_difference(self.first, self.second)
        if difference < _CUT_RESIDUAL:
            return False
        unexplained = min(
            _mean_difference(self.first, warp(self.second, self.forward)),
            _mean_difference(self.second, warp(self.first, self.backward)),
        )
        return unexplained > max(_CUT_RESIDUAL, _CUT_UNEXPLAINED * difference)


def flow_size(height: int, width: int, edge: int = FLOW_EDGE) -> tuple[int, int]:
    """(height, width) at which flow is measured: the longer edge at most `edge`, the shorter at least 48."""
    scale = min(1.0, edge / max(height, width))
    scale = max(scale, _SMALLEST_EDGE / min(height, width))
    return max(round(height * scale), _SMALLEST_EDGE), max(round(width * scale), _SMALLEST_EDGE)


def reduced(frame: Picture, size: tuple[int, int]) -> Picture:
    """The H×W×3 frame at (height, width) `size`."""
    import cv2

    if frame.shape[:2] == size:
        return frame
    smaller = size[0] < frame.shape[0]
    kind = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(frame, size[::-1], interpolation=kind), np.uint8)


def measure(first: Picture, second: Picture, *, fast: bool = False) -> Motion:
    """Motion between two equally small H×W×3 uint8 frames (see `reduced`).

    Flow: dense inverse search (Kroeger et al., ECCV 2016). Visibility: forward-backward consistency
    (Sundaram et al., ECCV 2010) and colour constancy.

    Args:
        first: uint8, h×w×3.
        second: the same size.
        fast: five times faster and less exact, for uses that check what they carry along.
    """
    import cv2

    if np.array_equal(first, second):
        still = np.zeros((*first.shape[:2], 2), np.float32)
        return Motion(first, second, still, still)
    engine = flow_engine(fast=fast)
    before, after = (cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (first, second))
    forward = _without_halo(first, second, dense_flow(before, after, engine, rest=True))
    backward = _without_halo(second, first, dense_flow(after, before, engine, rest=True))
    return Motion(first, second, forward, backward)


def strongest_difference(one: Picture, other: Picture) -> NDArray[np.uint8]:
    """H×W: the largest difference of two H×W×3 uint8 frames over their channels."""
    import cv2

    # NumPy's maximum over an axis of three is many times slower than two maxima of whole planes.
    red, green, blue = cv2.split(cv2.absdiff(one, other))
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


def scene_cuts(frames: Sequence[Picture] | Picture) -> list[int]:
    """Numbers of the frames with which a new scene begins (never 0)."""
    small = [reduced(frame, flow_size(frame.shape[0], frame.shape[1], edge=128)) for frame in frames]
    return [number for number in range(1, len(small)) if measure(small[number - 1], small[number]).cut]


def _without_halo(here: Picture, there: Picture, flow: Field) -> Field:
    """`flow` set to zero where standing still explains the picture clearly better.

    The patches of the search carry the motion of a moving thing some pixels into the ground around it.
    """
    import cv2

    gain = strongest_difference(warp(there, flow), here).astype(np.float32) - strongest_difference(there, here)
    stands = np.asarray(cv2.blur(gain, (5, 5))) > _CLEARLY
    return np.where(stands[..., None], np.float32(0.0), flow)


def _visibility(here: Picture, there: Picture, flow: Field, back: Field) -> Field:
    round_trip = flow + warp(back, flow)
    error = squared_length(round_trip)
    allowed = 0.05 * (squared_length(flow) + squared_length(round_trip - flow)) + 0.5
    colour = strongest_difference(warp(there, flow), here).astype(np.float32)
    return np.asarray(np.exp(-error / allowed) * np.exp(-np.square(colour / 48.0)), dtype=np.float32)


def _mean_difference(one: NDArray[Any], other: NDArray[Any]) -> float:
    return float(np.abs(one.astype(np.int16) - other).mean()) / 255.0
