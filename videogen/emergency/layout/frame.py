"""What all pages share: safe area, type sizes, colours, and the frame of band, footer and progress bar."""

from __future__ import annotations

from dataclasses import dataclass

from videogen.cards.page import AMBER, NIGHT, PALE, WHITE, Box, PlacedText, Sheet
from videogen.cards.text_setting import Colour, Face, ascent, line_height, set_line, wrapped
from videogen.emergency.layout.message import Message
from videogen.emergency.layout.template import EmergencyTemplate

SAFE = 0.05
"""Title-safe margin at each edge as a share of that edge's length (SMPTE ST 2046-1, EBU R 95: graphics safe)."""
_MARGIN = 0.058
_UNIT = 720


@dataclass(frozen=True)
class Frame:
    """Measures of one video. label: where the "AI-generated" label stands, None without one."""

    size: tuple[int, int]
    watermark: str | None = None
    label: Box | None = None

    @property
    def unit(self) -> float:
        return min(self.size) / _UNIT

    @property
    def tall(self) -> bool:
        return self.size[1] > 1.3 * self.size[0]

    @property
    def wide(self) -> bool:
        return self.size[0] > 1.3 * self.size[1]

    def pixels(self, units: float) -> int:
        return max(1, round(units * self.unit))

    @property
    def left(self) -> int:
        return round(self.size[0] * _MARGIN)

    @property
    def right(self) -> int:
        return self.size[0] - self.left

    @property
    def strip(self) -> int:
        """Bottom of the watermark's strip, 0 without one."""
        if not self.watermark:
            return 0
        lowest = self.label[3] if self.label else 0
        return max(round(self.size[1] * _MARGIN) + self.pixels(44), lowest + self.pixels(6))

    @property
    def top(self) -> int:
        """Where content may begin."""
        above = self.strip or (self.label[3] if self.label else 0)
        return above + self.pixels(16) if above else round(self.size[1] * _MARGIN)

    @property
    def bottom(self) -> int:
        return self.size[1] - round(self.size[1] * _MARGIN)


def colour(text: str) -> Colour:
    """``"#rrggbb"`` as three bytes."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """`one` with `share` (0 … 1) of `other`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def put_watermark(sheet: Sheet, frame: Frame) -> None:
    """Draw the strip that says on every page that this is not a real alert."""
    if not frame.watermark:
        return
    sheet.rectangle((0, 0, frame.size[0], frame.strip), AMBER)
    face = Face(frame.pixels(27), bold=True)
    room = (frame.label[0] - frame.pixels(20) if frame.label else frame.right) - frame.left
    line = set_line(frame.watermark, face)
    for count in range(2, 9):
        longer = set_line(" · ".join([frame.watermark] * count), face)
        if longer.width > room:
            break
        line = longer
    top = frame.strip - frame.pixels(5) - line_height(line.text, face)
    # At the left in every language: the label has its place at the right.
    bottom = top + line_height(line.text, face)
    sheet.texts.append(PlacedText(line, face, frame.left, top + ascent(line.text, face), NIGHT, top, bottom))


def put_footer(sheet: Sheet, frame: Frame, message: Message) -> Box:
    """Source and time of issue at the foot of the page; returns the track of the progress bar above it."""
    face = message.face(frame.pixels(21))
    issued = f"{message.words.issued} {message.issued}"
    room = frame.right - frame.left - frame.pixels(90)
    lines = wrapped(f"{message.source} · {issued}", face, room)
    if len(lines) > 1 and not frame.tall:
        # The source is named on the first and last page; here the room is needed.
        lines = wrapped(issued, face, room)
    height = line_height(lines[0].text, face)
    top = frame.bottom - height * len(lines)
    for number, line in enumerate(lines):
        y = top + number * height
        box = (frame.left, y, frame.right, y + height)
        sheet.line(line, face, box, y + ascent(line.text, face), mixed(PALE, WHITE, 0.3))
    track = top - frame.pixels(16)
    return frame.left // 2 * 2, track // 2 * 2, frame.right // 2 * 2, (track + frame.pixels(6)) // 2 * 2


def put_band(sheet: Sheet, frame: Frame, message: Message, template: EmergencyTemplate) -> tuple[Box, Box]:
    """The band in the hazard's colour with its symbol and the event; returns (band, symbol)."""
    large, less = (message.face(frame.pixels(size), bold=True) for size in (36, 27))
    small = message.face(frame.pixels(24))
    side = frame.pixels(84)
    left = frame.left + side + frame.pixels(22)
    room = frame.right - left
    face = large if len(wrapped(message.event, large, room)) == 1 else less
    lines = wrapped(message.event, face, room)
    height = line_height(message.event, face)
    chips = wrapped(" · ".join(message.chips), small, room) if message.chips else []
    inner = height * len(lines) + sum(line_height(chip.text, small) for chip in chips)
    tall = max(side, inner)
    top = frame.top
    band = (0, frame.strip, frame.size[0], top + tall + frame.pixels(18))
    sheet.rectangle(band, colour(template.colour))
    y = top + (tall - inner) // 2
    ink = colour(template.ink)
    for line in lines:
        sheet.line(line, face, (left, y, left + room, y + height), y + ascent(line.text, face), ink)
        y += height
    for chip in chips:
        deep = line_height(chip.text, small)
        sheet.line(chip, small, (left, y, left + room, y + deep), y + ascent(chip.text, small), ink)
        y += deep
    middle = top + (tall - side) // 2
    symbol = sheet.mirrored((frame.left, middle, frame.left + side, middle + side))
    return band, symbol
