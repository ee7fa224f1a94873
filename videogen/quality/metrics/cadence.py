"""Faults of cameras, players and transmission that other metrics miss: flicker, and frames shown twice."""

from __future__ import annotations

from collections import deque

import numpy as np

from videogen.quality.metrics.streams import mean
from videogen.quality.metrics.window import FLOW_WIDTH, FrameWindow, Values


class BrightnessFlicker:
    """How far the brightness of a frame lies beside that of its two neighbours, the same in all parts of the picture.

    The median over a grid of 16×9 cells of Y(t−1) − ½·[Y(t−2) + Y(t)], with its sign: what moves makes some cells
    brighter and others darker, flicker makes all of them one or the other, and a slow change of light gives 0.
    """

    method = f"median over 16×9 cells of the second difference of luma at {FLOW_WIDTH} px"
    _grid = (16, 9)

    def __init__(self) -> None:
        self._before: deque[Values] = deque(maxlen=2)

    def update(self, window: FrameWindow) -> Values:
        import cv2

        values = []
        for frame in window.small_gray[window.history :]:
            now = np.asarray(cv2.resize(frame.astype(np.float32), self._grid, interpolation=cv2.INTER_AREA), np.float64)
            whole = len(self._before) == 2
            beside = self._before[1] - (self._before[0] + now) / 2.0 if whole else np.full(1, np.nan)
            values.append(abs(float(np.median(beside))))
            self._before.append(now)
        return np.array(values)

    def summary(self, values: Values) -> float:
        return mean(values)


class RepeatedFrames:
    """1 for a frame that repeats the one before although the picture moves, else 0; their share is the value.

    It repeats it if the two differ by less than 0.15 of the median difference of the last eight pairs that were no
    repeats, and these move (0.2 grey levels and more).
    """

    method = f"difference of consecutive frames at {FLOW_WIDTH} px beside that of the pairs before"
    _share, _moving, _pairs, _fewest = 0.15, 0.2, 8, 3

    def __init__(self) -> None:
        self._before: Values | None = None
        self._usual: deque[float] = deque(maxlen=self._pairs)

    def update(self, window: FrameWindow) -> Values:
        return np.array([self._step(frame.astype(np.float64)) for frame in window.small_gray[window.history :]])

    def _step(self, now: Values) -> float:
        before, self._before = self._before, now
        if before is None:
            return float("nan")
        difference = float(np.abs(now - before).mean())
        usual = float(np.median(self._usual)) if len(self._usual) >= self._fewest else 0.0
        if usual > self._moving and difference < self._share * usual:
            return 1.0
        self._usual.append(difference)
        return 0.0

    def summary(self, values: Values) -> float:
        return mean(values)
