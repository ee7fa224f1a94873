"""Flashes of the frames as they are made (WCAG 2.3.1), from a small copy of each."""

from __future__ import annotations

import numpy as np

from videogen.media.planes import Planes
from videogen.quality.metrics.flashes import FlashRate
from videogen.quality.metrics.window import FrameWindow, Pixels

_SMALL = 96


class FlashWatch:
    """Counts flashes. every: frames from one look to the next, 1 where all of the picture may change at once."""

    def __init__(self, fps: float, every: int = 1) -> None:
        self._every = every
        self._rate = FlashRate()
        self._fps = fps / every
        self.most = 0.0

    def __call__(self, number: int, planes: Planes) -> None:
        if number % self._every:
            return
        window = FrameWindow(small_rgb(planes)[None], number // self._every, self._fps)
        self.most = max(self.most, float(self._rate.update(window)[0]))


def small_rgb(planes: Planes) -> Pixels:
    """About 96 columns of a frame as sRGB (BT.709, limited range): every n-th pixel, uint8, h×w×3."""
    step = max(2, planes.luma.shape[1] // _SMALL // 2 * 2)
    luma = planes.luma[::step, ::step].astype(np.float32) - 16.0
    blue = planes.blue[:: step // 2, :: step // 2].astype(np.float32) - 128.0
    red = planes.red[:: step // 2, :: step // 2].astype(np.float32) - 128.0
    luma *= 255.0 / 219.0
    colours = (luma + 1.7927 * red, luma - 0.2132 * blue - 0.5329 * red, luma + 2.1124 * blue)
    return np.asarray(np.clip(np.rint(np.stack(colours, axis=2)), 0, 255), np.uint8)
