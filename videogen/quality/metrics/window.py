"""FrameWindow: consecutive frames of a video and everything that several metrics derive from them.

A video streams through the metrics window by window; what crosses a border (the last two frames) travels in the
window, so memory does not grow with the length of the video.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from videogen.media.optical_flow import dense_flow, flow_engine

Pixels = NDArray[np.uint8]
Values = NDArray[np.float64]
T = TypeVar("T")

FLOW_WIDTH = 256
SHARPNESS_WIDTH = 640


def reduced(frame: Pixels, width: int) -> Pixels:
    """Reduce `frame` (H×W or H×W×3) by area averaging to at most `width` pixels wide.

    Both edges are at least 16; it is never enlarged beyond that.
    """
    import cv2

    height, full = frame.shape[:2]
    target = min(width, full)
    size = (max(16, target), max(16, round(height * target / full)))
    return (
        frame if size == (full, height) else np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
    )


@dataclass(frozen=True)
class Tail:
    """The last frames of a window: what the next one needs of it."""

    frame: Pixels
    small: list[Pixels]


@dataclass
class FrameWindow:
    """frames: uint8, T×H×W×3, sRGB; start: index of the first one; fps: their rate in the video.

    `previous` is the tail of the window before, None at the beginning of the video.
    """

    frames: Pixels
    start: int
    fps: float
    previous: Tail | None = None
    _flows: dict[tuple[int, int], NDArray[np.float32]] = field(default_factory=dict, repr=False)
    _derived: dict[str, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.frames)

    def frame_before(self, index: int) -> Pixels | None:
        """The frame before frame `index` of this window; None for the first of the video."""
        if index:
            return np.asarray(self.frames[index - 1])
        return self.previous.frame if self.previous else None

    @cached_property
    def small(self) -> list[Pixels]:
        """The frames at flow size, h×w×3."""
        return [reduced(frame, FLOW_WIDTH) for frame in self.frames]

    @cached_property
    def small_with_history(self) -> list[Pixels]:
        """`small`, preceded by up to two frames of the window before."""
        return [*(self.previous.small if self.previous else []), *self.small]

    @cached_property
    def small_gray(self) -> list[Pixels]:
        """`small_with_history` as luma, h×w."""
        import cv2

        return [np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8) for frame in self.small_with_history]

    @property
    def history(self) -> int:
        """How many frames of the window before are in front of `small_with_history` and `small_gray`."""
        return len(self.small_with_history) - len(self.frames)

    @cached_property
    def gray(self) -> list[Pixels]:
        """Luma of the frames at full size, H×W."""
        import cv2

        return [np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8) for frame in self.frames]

    def flow(self, source: int, target: int) -> NDArray[np.float32]:
        """Optical flow (h×w×2, pixels at flow size) from `small_gray[source]` to `small_gray[target]`.

        Dense inverse search (Kroeger et al. 2016, arXiv 1603.03590), computed once per pair.
        """
        pair = (source, target)
        if pair not in self._flows:
            self._flows[pair] = dense_flow(self.small_gray[source], self.small_gray[target], self._engine)
        return self._flows[pair]

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What `make` gives, computed once per window however many metrics ask for `name`."""
        if name not in self._derived:
            self._derived[name] = make()
        made: T = self._derived[name]
        return made

    @cached_property
    def _engine(self) -> Any:
        return flow_engine()

    def tail(self) -> Tail:
        return Tail(self.frames[-1].copy(), [frame.copy() for frame in self.small_with_history[-2:]])
