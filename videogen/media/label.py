"""The visible "AI-generated" label, drawn into every frame and legible on any image at any size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from videogen.config.groups.label_profile import STANDARD_HEIGHT, Corner, LabelStyle
from videogen.errors import MediaError
from videogen.media.fonts import font_for

Position = Corner

# The margin lies inside the title-safe area (EBU R 95: 5 % of each edge).
_SMALLEST_TEXT = 11
_PADDING = 0.45
_SAFE_MARGIN = 0.05
_MOST_LINES = 4
_WIDEST = 1.0 - 2 * _SAFE_MARGIN
_INK = 255.0
_PLATE = 16.0
# White on this plate over a white picture still has contrast 7.6 : 1 (WCAG 2.2 asks for 4.5 : 1).
_PLATE_OPACITY = 0.75


@dataclass(frozen=True)
class Label:
    """A label fitted to one frame size. `box` is (left, top, right, bottom) in pixels."""

    text: str
    box: tuple[int, int, int, int]
    ink: NDArray[np.float32]

    @classmethod
    def styled(cls, style: LabelStyle, size: tuple[int, int]) -> Label:
        """The label of a profile for frames of (width, height) `size`: as large as it asks for, in up to four lines.

        Raises:
            MediaError: as `fitted`; also where the label cannot cover as much of the frame as the profile asks for.
        """
        plain = cls.fitted(style.text, size, style.position, style.height)
        wanted = style.area * size[0] * size[1]
        if plain.ink.size >= wanted:
            return plain
        text = plain.text
        most = (round(size[0] * _WIDEST), round(size[1] * _WIDEST))
        for lines in range(1, _MOST_LINES + 1):
            broken = _broken(text, lines)
            for letters in range(round(size[1] * style.height), size[1] // 2):
                mask = _drawn(broken, letters)
                if mask.shape[1] > most[0] or mask.shape[0] > most[1]:
                    break
                if mask.size >= wanted:
                    return cls(text, _placed(mask.shape[1], mask.shape[0], size, style.position), mask)
        raise MediaError(
            f"the label {text[:60]!r} cannot cover {style.area:.0%} of {size[0]}×{size[1]}",
            remedy="use another wording or a smaller area in delivery.label_profiles",
        )

    @classmethod
    def fitted(
        cls, text: str, size: tuple[int, int], position: Position = "top-right", letter: float = STANDARD_HEIGHT
    ) -> Label:
        """The label for frames of (width, height) `size`. letter: height of letters ÷ height of the frame.

        Raises:
            MediaError: no font can write the text, or it does not fit into the frame at a legible size.
        """
        width, height = size
        text = " ".join(text.split())
        letters = max(_SMALLEST_TEXT, round(height * letter))
        mask = _drawn(text, letters)
        while mask.shape[1] > width * _WIDEST and letters > _SMALLEST_TEXT:
            letters -= 1
            mask = _drawn(text, letters)
        if mask.shape[1] > width or mask.shape[0] > height:
            raise MediaError(
                f"the label {text[:60]!r} does not fit legibly into {width}×{height}",
                remedy="shorten delivery.label or raise processing.resolution",
            )
        return cls(text, _placed(mask.shape[1], mask.shape[0], size, position), mask)

    def draw(self, frame: NDArray[np.uint8]) -> None:
        """Draw onto the H×W×3 uint8 frame, in place."""
        left, top, right, bottom = self.box
        under = frame[top:bottom, left:right].astype(np.float32)
        plate = under * (1.0 - _PLATE_OPACITY) + _PLATE * _PLATE_OPACITY
        ink = self.ink[..., None]
        frame[top:bottom, left:right] = np.rint(plate * (1.0 - ink) + _INK * ink).astype(np.uint8)


def _broken(text: str, lines: int) -> str:
    """The text in at most so many lines of about the same length."""
    words, made = text.split(), [""]
    for word in words:
        if made[-1] and len(made) < lines and len(made[-1]) + len(word) / 2 >= len(text) / lines:
            made.append("")
        made[-1] = f"{made[-1]} {word}".strip()
    return "\n".join(made)


def _drawn(text: str, letters: int) -> NDArray[np.float32]:
    """Coverage 0 … 1 of the text, with the plate's padding around it."""
    from PIL import Image, ImageDraw

    font = font_for(text, letters)
    padding = round(letters * _PADDING)
    if "\n" in text:
        left, top, right, bottom = ImageDraw.Draw(Image.new("L", (1, 1))).multiline_textbbox((0, 0), text, font)
    else:
        left, top, right, bottom = font.getbbox(text)
    size = (int(right - left) + 2 * padding, int(bottom - top) + 2 * padding)
    canvas = Image.new("L", size, 0)
    ImageDraw.Draw(canvas).text((padding - left, padding - top), text, fill=255, font=font)
    return np.asarray(canvas, dtype=np.float32) / 255.0


def _placed(width: int, height: int, frame: tuple[int, int], position: Position) -> tuple[int, int, int, int]:
    """The box, on even pixels (chroma of yuv420p is shared by two), inside the safe area where it fits."""
    spare_x, spare_y = frame[0] - width, frame[1] - height
    margin_x = min(round(frame[0] * _SAFE_MARGIN), spare_x // 2)
    margin_y = min(round(frame[1] * _SAFE_MARGIN), spare_y // 2)
    left = margin_x if "left" in position else spare_x - margin_x
    top = margin_y if "top" in position else spare_y - margin_y
    left, top = left // 2 * 2, top // 2 * 2
    return left, top, left + width, top + height
