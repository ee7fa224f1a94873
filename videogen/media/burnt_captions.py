"""Captions drawn into the frames, for places that show no caption track: social networks, screens in halls."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from videogen.domain.requests import Caption
from videogen.media.captions import LINE, cleaned
from videogen.media.fonts import font_for

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

# Shares of the frame, and of the letters' height.
_LETTERS = 0.05
_SMALLEST = 12
_WIDEST = 0.9
_MOST_LINES = 4
_LEADING = 1.3
_PADDING = 0.4
_ABOVE_THE_EDGE = 0.09
_INK = 255.0
_PLATE = 16.0
_PLATE_OPACITY = 0.75


class BurntCaptions:
    """Cues for frames of (width, height) `size`.

    Args:
        free: pixels at the lower edge that the captions keep free, for a label there.
    """

    def __init__(self, cues: Sequence[Caption], size: tuple[int, int], free: int = 0) -> None:
        self._cues = tuple(cues)
        self._size = size
        self._bottom = size[1] - max(round(size[1] * _ABOVE_THE_EDGE), free)
        self._drawn = lru_cache(maxsize=2)(self._set)

    def draw(self, frame: NDArray[np.uint8], moment: float) -> None:
        """Draw the cue of a moment, in seconds, onto the H×W×3 uint8 frame, in place."""
        cue = next((cue for cue in self._cues if cue.start <= moment < cue.end), None)
        if cue is None:
            return
        ink = self._drawn(cleaned(cue.text))
        height, width = ink.shape[:2]
        top, left = max(0, self._bottom - height), (self._size[0] - width) // 2
        under = frame[top : top + height, left : left + width].astype(np.float32)
        plate = under * (1.0 - _PLATE_OPACITY) + _PLATE * _PLATE_OPACITY
        frame[top : top + height, left : left + width] = np.rint(plate * (1.0 - ink) + _INK * ink).astype(np.uint8)

    def _set(self, text: str) -> NDArray[np.float32]:
        """Coverage 0 … 1 of the text, h×w×1, with the plate's padding around it.

        Raises:
            MediaError: no font here can write it.
        """
        from PIL import Image, ImageDraw

        # A full line of 42 letters, about half as wide as high, fits into any shape of frame.
        letters = max(_SMALLEST, round(min(self._size[1] * _LETTERS, 2.0 * self._size[0] * _WIDEST / LINE)))
        font = font_for(text, letters)
        lines = _wrapped(text, font, self._size[0] * _WIDEST)
        while len(lines) > _MOST_LINES and letters > _SMALLEST:
            letters -= 1
            font = font_for(text, letters)
            lines = _wrapped(text, font, self._size[0] * _WIDEST)
        padding, step = round(letters * _PADDING), round(letters * _LEADING)
        width = min(self._size[0], round(max(font.getlength(line) for line in lines)) + 2 * padding)
        canvas = Image.new("L", (width, step * len(lines) + 2 * padding), 0)
        pen = ImageDraw.Draw(canvas)
        for number, line in enumerate(lines):
            pen.text((width / 2, padding + step * (number + 0.5)), line, fill=255, font=font, anchor="mm")
        return np.asarray(canvas, dtype=np.float32)[..., None] / 255.0


def _wrapped(text: str, font: FreeTypeFont, widest: float) -> list[str]:
    """The text's lines, broken at spaces where one is wider than `widest` pixels."""
    lines: list[str] = []
    for line in text.splitlines():
        words = line.split()
        start = 0
        for end in range(1, len(words) + 1):
            if end - start > 1 and font.getlength(" ".join(words[start:end])) > widest:
                lines.append(" ".join(words[start : end - 1]))
                start = end - 1
        lines.append(" ".join(words[start:]))
    return lines
