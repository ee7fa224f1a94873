"""Flashes that can trigger seizures: WCAG 2.3.1 (general and red flash thresholds), as a stream.

A flash is a pair of opposing changes of relative luminance by 10 % of its maximum or more, where the darker state
is below 0.80, over more than a quarter of any 10-degree field of vision (a third of the frame's width and height,
as the standard's 341×256 pixels are of 1024×768). A red flash is such a pair that involves a saturated red:
R/(R+G+B) ≥ 0.8 and a change of (R − G − B)·320 by more than 20. At most three per second are allowed.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from videogen.quality.metrics.window import FrameWindow, Pixels, Values

_COLUMNS = 48
_FIELD_SHARE = 0.25
# Changes within a tenth of a second are seen as one.
_CONCURRENT = 0.1


def linear_rgb(frame: Pixels) -> NDArray[np.float32]:
    """sRGB bytes (h×w×3) as linear light 0 … 1 (IEC 61966-2-1), as the standard's relative luminance wants it."""
    return np.asarray(_TO_LINEAR[frame], np.float32)


def _linear_table() -> NDArray[np.float32]:
    level = np.arange(256) / 255.0
    # The standard prints the threshold 0.03928; for bytes it makes no difference to the exact 0.04045.
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4).astype(np.float32)


_TO_LINEAR = _linear_table()


class Turns:
    """Per cell of a grid: a change of direction by at least `step`, from or to a state below `dark`."""

    def __init__(self, step: float, dark: float = np.inf) -> None:
        self._step, self._dark = step, dark
        self._low: NDArray[np.float32] | None = None
        self._high: NDArray[np.float32] | None = None
        self._direction: NDArray[np.int8] | None = None

    def update(self, values: NDArray[np.float32]) -> NDArray[np.int8]:
        """+1 where a rise and −1 where a fall is complete with these values, else 0."""
        if self._low is None or self._high is None or self._direction is None:
            self._low, self._high = values.copy(), values.copy()
            self._direction = np.zeros(values.shape, np.int8)
            return self._direction.copy()
        np.minimum(self._low, values, out=self._low)
        np.maximum(self._high, values, out=self._high)
        up = (values - self._low >= self._step) & (self._low < self._dark) & (self._direction <= 0)
        down = (self._high - values >= self._step) & (values < self._dark) & (self._direction >= 0) & ~up
        turned = up.astype(np.int8) - down.astype(np.int8)
        changed = turned != 0
        self._direction[changed] = turned[changed]
        # After a rise only the height reached counts, after a fall only the depth.
        rising, falling = self._direction > 0, self._direction < 0
        self._low[rising | changed] = values[rising | changed]
        self._high[falling | changed] = values[falling | changed]
        return turned


class ConcurrentTurns:
    """Changes that fill more than a quarter of a field of vision at about the same time, counted per field."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._latest: NDArray[np.int8] | None = None
        self._age: NDArray[np.int64] | None = None
        self._field: NDArray[np.int8] | None = None
        self._recent: deque[NDArray[np.bool_]] = deque()

    def flashes(self, values: NDArray[np.float32], frames_per_second: int) -> int:
        """Flashes (pairs of opposing changes) in the second that ends with these values, in the worst field."""
        turned = self._turns.update(values)
        if self._latest is None or self._age is None or self._field is None:
            self._latest, self._field = np.zeros_like(turned), np.zeros_like(turned)
            self._age = np.zeros(turned.shape, np.int64)
        self._age = np.where(turned != 0, 0, self._age + 1)
        self._latest = np.where(turned != 0, turned, self._latest)
        fresh = self._age <= _CONCURRENT * frames_per_second
        up, down = (_field_share((self._latest == way) & fresh) for way in (1, -1))
        # A moving pattern makes some cells rise and others fall at once; a flash moves the field as a whole.
        rises = (up > _FIELD_SHARE) & (up > 2.0 * down) & (self._field <= 0)
        falls = (down > _FIELD_SHARE) & (down > 2.0 * up) & (self._field >= 0)
        self._field[rises], self._field[falls] = 1, -1
        self._recent.append(rises | falls)
        if len(self._recent) > frames_per_second:
            self._recent.popleft()
        return int(np.sum(self._recent, axis=0).max()) // 2


def _field_share(cells: NDArray[np.bool_]) -> NDArray[np.float32]:
    import cv2

    field = (max(1, cells.shape[1] // 3), max(1, cells.shape[0] // 3))
    return np.asarray(cv2.boxFilter(cells.astype(np.float32), -1, field, borderType=cv2.BORDER_CONSTANT), np.float32)


class FlashRate:
    """Flashes in the second that ends with each frame, general or red, whichever are more."""

    method = "WCAG 2.3.1 general and red flashes on a 48-column grid"

    def __init__(self) -> None:
        self._general = ConcurrentTurns(Turns(0.1, 0.8))
        self._red = ConcurrentTurns(Turns(20.0))

    def update(self, window: FrameWindow) -> Values:
        frames_per_second = max(1, round(window.fps))
        return np.array([self._rate(frame, frames_per_second) for frame in window.small], float)

    def summary(self, values: Values) -> float:
        return float(values.max()) if len(values) else float("nan")

    def _rate(self, frame: Pixels, frames_per_second: int) -> int:
        import cv2

        height, width = frame.shape[:2]
        size = (_COLUMNS, max(3, round(_COLUMNS * height / width)))
        cells = np.asarray(cv2.resize(linear_rgb(frame), size, interpolation=cv2.INTER_AREA), np.float32)
        red, green, blue = cells[..., 0], cells[..., 1], cells[..., 2]
        luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        saturated = red >= 0.8 * (red + green + blue)
        redness = np.where(saturated, np.maximum(0.0, (red - green - blue) * 320.0), 0.0).astype(np.float32)
        general = self._general.flashes(luminance, frames_per_second)
        return max(general, self._red.flashes(redness, frames_per_second))
