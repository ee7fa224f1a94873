"""Flashes that can harm photosensitive viewers, as broadcasters measure them: Recommendation ITU-R BT.1702-2, Annex 1.

A potentially harmful flash is a pair of opposing changes of screen luminance by 20 cd/m² or more, where the darker
state is below 160 cd/m², or a pair of changes to or from a saturated red. A sequence is refused where flashes that
occur at once cover more than a quarter of the screen, and there are more than three within any second. The screen is
that of a living room: 200 cd/m² at full white, gamma 2.4 (Rec. BT.1886).

The metric `flashes` counts by WCAG instead: relative luminance, a quarter of a 10-degree field of vision. Each finds
what the other lets pass: fields smaller than a quarter of the screen there, small steps of dark scenes here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from videogen.quality.metrics.flashes import Turns
from videogen.quality.metrics.window import Pixels, reduced
from videogen.quality.screening.screen import ScreenVerdict

MOST_FLASHES = 3
"""In any second."""
_PEAK = 200.0
_STEP, _DARKER = 20.0, 160.0
_AREA = 0.25
_COLUMNS, _FIRST_WIDTH, _ENOUGH = 48, 192, 320
# Changes within a tenth of a second occur at once.
_AT_ONCE = 0.1
_GAMMA = np.power(np.arange(256) / 255.0, 2.4).astype(np.float32)


class Photosensitivity:
    """A `FrameScreen` that refuses a video with more than three potentially harmful flashes in a second."""

    def screen(self, frames: Iterator[Pixels], fps: float) -> ScreenVerdict:
        """Count over the whole video. An operator may publish what is refused, and answers for the warning to it."""
        luminance, red = _ScreenFlashes(Turns(_STEP, _DARKER), fps), _ScreenFlashes(Turns(20.0), fps)
        most, where = 0, None
        for number, frame in enumerate(frames):
            light, redness = screen_light(frame)
            found = max(luminance.count(light), red.count(redness))
            if found > most:
                most, where = found, number
        harmful = most > MOST_FLASHES
        return ScreenVerdict(
            allowed=not harmful,
            reason=f"at most {most} flashes over a quarter of the screen in a second"
            + (f"; more than {MOST_FLASHES} can trigger seizures (ITU-R BT.1702)" if harmful else ""),
            frame=where if harmful else None,
            value=float(most),
            limit=float(MOST_FLASHES),
        )


class _ScreenFlashes:
    """Pairs of opposing changes over more than a quarter of the screen, in the second that ends with each frame."""

    def __init__(self, turns: Turns, fps: float) -> None:
        self._turns = turns
        self._second = max(1, round(fps))
        self._at_once = _AT_ONCE * fps
        self._recent: deque[bool] = deque(maxlen=self._second)
        self._direction = 0
        self._latest: NDArray[np.int8] | None = None
        self._age: NDArray[np.int64] | None = None

    def count(self, values: NDArray[np.float32]) -> int:
        turned = self._turns.update(values)
        if self._latest is None or self._age is None:
            self._latest, self._age = np.zeros_like(turned), np.zeros(turned.shape, np.int64)
        self._age = np.where(turned != 0, 0, self._age + 1)
        self._latest = np.where(turned != 0, turned, self._latest)
        fresh = self._age <= self._at_once
        up, down = (float(((self._latest == way) & fresh).mean()) for way in (1, -1))
        self._recent.append(self._turns_as_a_whole(up, down))
        return sum(self._recent) // 2

    def _turns_as_a_whole(self, up: float, down: float) -> bool:
        """Whether the screen changes its direction; where something moves, some cells rise while others fall."""
        way = 1 if up > _AREA and up > 2.0 * down else -1 if down > _AREA and down > 2.0 * up else 0
        if way == 0 or way == self._direction:
            return False
        self._direction = way
        return True


def screen_light(frame: Pixels) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Luminance in cd/m², and redness (R − G − B)·320 of saturated reds, else 0, on a grid of 48 columns."""
    import cv2

    height, width = frame.shape[:2]
    # A cell of the grid is an average of hundreds of pixels; every second or fourth of them gives the same one.
    apart = max(1, width // _ENOUGH)
    linear = _GAMMA[reduced(np.ascontiguousarray(frame[::apart, ::apart]), _FIRST_WIDTH)]
    size = (_COLUMNS, max(3, round(_COLUMNS * height / width)))
    cells = np.asarray(cv2.resize(linear, size, interpolation=cv2.INTER_AREA), np.float32)
    red, green, blue = cells[..., 0], cells[..., 1], cells[..., 2]
    light = _PEAK * (0.2126 * red + 0.7152 * green + 0.0722 * blue)
    saturated = red >= 0.8 * (red + green + blue)
    redness = np.where(saturated, np.maximum(0.0, (red - green - blue) * 320.0), 0.0)
    return light, np.asarray(redness, np.float32)
