"""Runs of frames in which nothing is visible (black) or nothing moves (frozen), as streams."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from videogen.quality.metrics.window import FrameWindow, Pixels, Values, reduced

_WIDTH = 128
_FROZEN_SHARE = 0.003


def is_black(gray: Pixels, darkness: float = 0.10, share: float = 0.98) -> bool:
    """Whether at least `share` of the pixels have a luma of at most `darkness`·255.

    That is the rule of FFmpeg's blackdetect.
    """
    return float((gray <= darkness * 255.0).mean()) >= share


def changed_share(before: Pixels, now: Pixels, tolerance: int = 2) -> float:
    """Share of the pixels of two luma pictures that differ by more than `tolerance` grey levels."""
    import cv2

    return float((cv2.absdiff(before, now) > tolerance).mean())


class LongestRun:
    """Seconds for which `holds(window, index in small_gray)` has been true, per frame.

    The value is the longest run.
    """

    def __init__(self, holds: Callable[[FrameWindow, int], bool], method: str) -> None:
        self.method = method
        self._holds = holds
        self._run = 0

    def update(self, window: FrameWindow) -> Values:
        values = np.zeros(len(window))
        for index in range(len(window)):
            self._run = self._run + 1 if self._holds(window, window.history + index) else 0
            values[index] = self._run / window.fps
        return values

    def summary(self, values: Values) -> float:
        return float(values.max()) if len(values) else float("nan")


def black_stretch() -> LongestRun:
    """Longest black stretch in seconds."""
    return LongestRun(lambda window, now: is_black(window.small_gray[now]), "98 % of pixels at or below 10 % luma")


class FrozenStretch:
    """Longest stretch in seconds in which the picture stays what it was at the beginning of the stretch.

    Compared with the stretch's first frame, slow motion adds up, while the ghosts that coding leaves behind do
    not. Black frames are another matter.
    """

    method = f"at most 0.3 % of the pixels at {_WIDTH} px differ from the first frame of the run by more than 2 levels"

    def __init__(self) -> None:
        self._anchor: Pixels | None = None
        self._run = 0

    def update(self, window: FrameWindow) -> Values:
        frames = window.small_gray[window.history :]
        return np.array([self._step(reduced(frame, _WIDTH)) for frame in frames]) / window.fps

    def summary(self, values: Values) -> float:
        return float(values.max()) if len(values) else float("nan")

    def _step(self, frame: Pixels) -> int:
        if is_black(frame):
            self._anchor = None
            return 0
        if self._anchor is not None and changed_share(self._anchor, frame) <= _FROZEN_SHARE:
            self._run += 1
        else:
            self._anchor, self._run = frame, 0
        return self._run
