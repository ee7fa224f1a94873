"""Whether frames stand in the order in which they were taken, and each is a picture of the same, unbent scene.

What moves goes on moving: its motion is like that of the frame before, and two steps lead further away than one.
Neither holds where frames are shuffled, or each is bent by a field of its own. Both are ratios, so a calm scene is
measured like a lively one; where hardly anything moves, the value is NaN.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from videogen.quality.metrics.window import FLOW_WIDTH, FrameWindow, Pixels, Values

_FEWEST_FRAMES = 8
_SMALLEST_PART = 0.005
_SLOWEST = 0.25
_FAINTEST = 6


def median(values: Values) -> float:
    """Median of the numbers that are there; NaN if there are fewer than eight."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) >= _FEWEST_FRAMES else float("nan")


class MotionConsistency:
    """Σ f₁·f₂ ÷ Σ ½(|f₁|² + |f₂|²) of the flows f₁ to a frame and f₂ to the next, −1 … 1, noted at the next.

    Only pixels count in which one of them is 0.25 pixels or longer. 1: all goes on as before; −1: all goes back.
    """

    method = f"likeness of two consecutive DIS flows at {FLOW_WIDTH} px, median over the frames"

    def update(self, window: FrameWindow) -> Values:
        values = np.full(len(window), np.nan)
        for index in range(len(window)):
            now = window.history + index
            if now >= 2:
                values[index] = self.likeness(window.flow(now - 2, now - 1), window.flow(now - 1, now))
        return values

    @staticmethod
    def likeness(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
        """The value of two flows, h×w×2, pixels; NaN if too little moves."""
        lengths = (first**2).sum(axis=-1), (second**2).sum(axis=-1)
        moving = np.maximum(*lengths) >= _SLOWEST**2
        if moving.mean() < _SMALLEST_PART:
            return float("nan")
        common = (first * second).sum(axis=-1)[moving].sum(dtype=np.float64)
        return float(common / ((lengths[0] + lengths[1]) / 2.0)[moving].sum(dtype=np.float64))

    def summary(self, values: Values) -> float:
        return median(values)


class ChangeGrowth:
    """How much more two steps change the picture than one: |Y(t) − Y(t−2)| ÷ ½(|Y(t) − Y(t−1)| + |Y(t−1) − Y(t−2)|).

    Sums over the pixels of which one difference is more than 6 grey levels, so grain does not count. 2: every step
    leads on; 1 or less: they lead nowhere.
    """

    method = f"differences of luma over one and two frames at {FLOW_WIDTH} px, median over the frames"

    def __init__(self) -> None:
        self._before: deque[NDArray[np.int16]] = deque(maxlen=2)

    def update(self, window: FrameWindow) -> Values:
        return np.array([self._step(frame) for frame in window.small_gray[window.history :]])

    def _step(self, frame: Pixels) -> float:
        now = frame.astype(np.int16)
        value = self.growth(self._before[0], self._before[1], now) if len(self._before) == 2 else float("nan")
        self._before.append(now)
        return value

    @staticmethod
    def growth(first: NDArray[np.int16], second: NDArray[np.int16], third: NDArray[np.int16]) -> float:
        """The value of three frames of luma, h×w; NaN if too little changes."""
        one, other, both = np.abs(second - first), np.abs(third - second), np.abs(third - first)
        changing = np.maximum(np.maximum(one, other), both) > _FAINTEST
        if changing.mean() < _SMALLEST_PART:
            return float("nan")
        steps = (one[changing].sum(dtype=np.float64) + other[changing].sum(dtype=np.float64)) / 2.0
        return float(both[changing].sum(dtype=np.float64) / steps) if steps else float("nan")

    def summary(self, values: Values) -> float:
        return median(values)
