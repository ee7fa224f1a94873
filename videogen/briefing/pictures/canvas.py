"""A card while it is drawn: text that fits or is refused, rectangles, and the boxes of all that stands on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from videogen.briefing.pictures.brand import BrandKit, rgb
from videogen.briefing.pictures.formats import Format
from videogen.cards.page import Box
from videogen.cards.text_setting import (
    Colour,
    Face,
    Line,
    ascent,
    breaks_words,
    draw_line,
    line_height,
    without_font,
    wrapped,
)
from videogen.errors import MediaError

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

Pixels = NDArray[np.uint8]
Edge = Literal["start", "middle", "end"]
RTL = frozenset(("ar", "ur", "fa", "he", "ps", "sd", "ks", "yi", "dv"))
CONTEXT_LETTERS = 210
"""A sentence beside figures or a chart is shown whole up to so many letters; longer ones are left to the captions."""
_STEP = 0.94


@dataclass(frozen=True)
class SetText:
    """Text that fits its box. height: pixels of all its lines."""

    lines: tuple[Line, ...]
    face: Face
    height: int
    text: str


@dataclass
class Canvas:
    """A picture of the format's size. shot: its id, for messages; texts: where text stands, for the checks."""

    format: Format
    kit: BrandKit
    language: str
    shot: str
    image: Image = field(init=False)
    texts: list[tuple[str, Box]] = field(default_factory=list)

    def __post_init__(self) -> None:
        from PIL import Image as Images

        colours = self.kit.colours
        self.image = Images.fromarray(_ground(self.format.size, rgb(colours.top), rgb(colours.bottom)).copy())

    @property
    def rtl(self) -> bool:
        return self.language in RTL

    @property
    def draw(self) -> ImageDraw:
        from PIL import ImageDraw as Drawing

        return Drawing.Draw(self.image)

    def pixels(self) -> Pixels:
        """The picture, uint8, H×W×3."""
        return np.asarray(self.image, dtype=np.uint8).copy()

    def face(self, share: float, *, bold: bool = False) -> Face:
        """Letters of a size that is a share of the shorter edge."""
        return Face(
            round(self.format.unit * share), bold=bold, rtl=self.rtl, language=self.language, fonts=self.kit.fonts
        )

    def fitted(
        self, text: str, size: tuple[int, int], largest: float, least: float, *, bold: bool = False, most: int = 99
    ) -> SetText:
        """Set `text` as large as fits into (width, height) pixels.

        Args:
            largest, least: letter sizes, shares of the shorter edge.
            most: lines.

        Raises:
            MediaError: it does not fit at the least size, or no font has its letters; nothing is ever cut.
        """
        if missing := without_font(text):
            raise MediaError(
                f"shot {self.shot}: no installed font can write {missing[:12]!r}",
                remedy="install a font for that script (on Debian and Ubuntu: apt install fonts-noto-core)",
            )
        share = largest
        while True:
            face = self.face(share, bold=bold)
            lines = wrapped(text, face, size[0], balanced=True)
            height = line_height(text, face) * len(lines)
            if height <= size[1] and len(lines) <= most and not breaks_words(text, face, size[0]):
                return SetText(tuple(lines), face, height, text)
            if share <= least:
                break
            share = max(least, share * _STEP)
        whole = wrapped(text, face, size[0])
        room = min(most, max(0, size[1] // max(1, line_height(text, face))))
        over = sum(len(line.text) for line in whole[room:]) or max(0, len(max(text.split(), key=len)) - 20)
        raise MediaError(
            f"shot {self.shot}: {text[:60]!r} does not fit into the {self.format.name} picture: "
            f"{over} of its {len(text)} letters are too many",
            remedy="shorten the text, or split the shot",
        )

    def write(self, text: SetText, box: Box, ink: Colour, *, edge: Edge = "start", role: str = "text") -> Box:
        """Draw the lines from the top of `box` down; returns what they cover."""
        left, top, right, _ = box
        deep = line_height(text.text, text.face)
        rise = ascent(text.text, text.face)
        covered: list[Box] = []
        for number, line in enumerate(text.lines):
            spare = right - left - line.width
            at_right = (edge == "end") != self.rtl
            x = left + (spare / 2 if edge == "middle" else spare if at_right else 0.0)
            y = top + number * deep
            draw_line(self.draw, line, text.face, (x, y + rise), ink)
            covered.append((round(x), y, round(x + line.width + 0.5), y + deep))
        whole = (
            min(x[0] for x in covered), top, max(x[2] for x in covered), covered[-1][3],
        )  # fmt: skip
        self.texts.append((role, whole))
        return whole

    def rectangle(self, box: Box, colour: Colour, radius: int = 0) -> None:
        """A filled rectangle; right and bottom edges lie outside of it."""
        inner = (box[0], box[1], max(box[0], box[2] - 1), max(box[1], box[3] - 1))
        if radius:
            self.draw.rounded_rectangle(inner, radius, fill=colour)
        else:
            self.draw.rectangle(inner, fill=colour)

    def mirrored(self, box: Box) -> Box:
        """The box itself, or its mirror image where text runs from right to left."""
        width = self.format.size[0]
        return (width - box[2], box[1], width - box[0], box[3]) if self.rtl else box


@lru_cache(maxsize=8)
def _ground(size: tuple[int, int], top: Colour, bottom: Colour) -> Pixels:
    """A calm slope from one colour to the other, with a dither that keeps it from showing bands."""
    width, height = size
    slope = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None, None]
    rows = np.array(top, np.float32) * (1 - slope) + np.array(bottom, np.float32) * slope
    pattern = (np.indices((4, 4)).sum(axis=0) % 2).astype(np.float32) * 0.5 - 0.25
    dither = np.tile(pattern, (height // 4 + 1, width // 4 + 1))[:height, :width, None]
    return np.asarray(np.rint(np.clip(rows + dither, 0, 255)), np.uint8)


def inset(box: Box, left: int = 0, top: int = 0, right: int = 0, bottom: int = 0) -> Box:
    """The box, smaller by so many pixels at each edge."""
    return box[0] + left, box[1] + top, box[2] - right, box[3] - bottom


def stacked(heights: Sequence[int], gaps: Sequence[int], box: Box, *, lift: float = 0.5) -> list[int]:
    """The tops of pieces that stand below each other, the whole in the middle of the box (lift 0: at its top)."""
    whole = sum(heights) + sum(gaps)
    y = box[1] + round((box[3] - box[1] - whole) * lift)
    tops = []
    for number, height in enumerate(heights):
        tops.append(y)
        y += height + (gaps[number] if number < len(gaps) else 0)
    return tops
