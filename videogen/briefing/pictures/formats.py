"""The formats of a briefing: sizes, and where what may stand. Each is laid out by itself, none is a scaled other."""

from __future__ import annotations

from dataclasses import dataclass, replace

from videogen.briefing.storyboard.model import FormatName
from videogen.cards.page import Box
from videogen.config.groups.label_profile import LabelStyle
from videogen.media.label import Label

SAFE = 0.05
"""Graphics-safe area (EBU R 95): this share of each edge stays free."""


@dataclass(frozen=True)
class Format:
    """A frame size and its regions, in pixels.

    strip: label and logo; body: the card; captions: burnt-in captions; the rest of the frame is margin. In tall videos
    the apps' buttons cover the lowest fifth.
    """

    name: FormatName
    size: tuple[int, int]
    strip: Box
    body: Box
    captions: Box
    burns_captions: bool

    @property
    def unit(self) -> int:
        """The shorter edge: what letter sizes are shares of."""
        return min(self.size)


def _format(
    name: FormatName, size: tuple[int, int], shares: tuple[float, float, float, float], *, burns: bool
) -> Format:
    """shares: bottom of the strip, top and bottom of the body, bottom of the captions, of the height."""
    width, height = size
    left, right = round(width * SAFE), round(width * (1 - SAFE))
    strip, top, bottom, last = (round(height * share / 2) * 2 for share in shares)
    return Format(
        name,
        size,
        (left, round(height * SAFE), right, strip),
        (left, top, right, bottom),
        (left, bottom + round(height * 0.01), right, last),
        burns,
    )


FORMATS: dict[str, Format] = {
    "wide": _format("wide", (1920, 1080), (0.135, 0.165, 0.80, 0.95), burns=False),
    "square": _format("square", (1080, 1080), (0.135, 0.165, 0.79, 0.95), burns=False),
    "tall": _format("tall", (1080, 1920), (0.115, 0.14, 0.69, 0.82), burns=True),
}


def label_of(style: LabelStyle, form: Format) -> Label:
    """The label for a format, at the top right; in tall pictures no larger than in ones a quarter higher than wide."""
    width, height = form.size
    size = (width, min(height, round(width * 1.25)))
    return Label.styled(replace(style, position="top-right"), size)
