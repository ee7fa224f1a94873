"""Page: one screen, laid out but not drawn. Coordinates are pixels from the top left."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from videogen.cards.area_map import MapView
from videogen.cards.text_setting import Colour, Face, Line

Box = tuple[int, int, int, int]
"""left, top, right, bottom; the right and bottom edges lie outside."""
Edge = Literal["start", "end", "middle"]

WHITE: Colour = (255, 255, 255)
PALE: Colour = (190, 202, 214)
NIGHT: Colour = (14, 20, 28)
AMBER: Colour = (255, 196, 0)


@dataclass(frozen=True)
class PlacedText:
    """A line of text with its left end and baseline at (x, y); top, bottom: what it may cover."""

    line: Line
    face: Face
    x: float
    y: float
    ink: Colour
    top: int
    bottom: int

    @property
    def box(self) -> Box:
        """What the line may cover."""
        return round(self.x), self.top, round(self.x + self.line.width + 0.5), self.bottom


@dataclass(frozen=True)
class Shape:
    """A filled rectangle with round corners. opacity: 0 … 255."""

    box: Box
    colour: Colour
    radius: int = 0
    opacity: int = 255


@dataclass(frozen=True)
class StepMark:
    """The disc of a step, and the shares of the page's time (0 … 1) between which the step is read."""

    box: Box
    begins: float
    ends: float


@dataclass(frozen=True)
class Page:
    """One screen. told: what it says, in reading order. symbol: where the hazard's symbol stands.

    hazard_ground: the whole screen is in the hazard's colour, and the symbol moves; band: the band in that colour;
    progress: the track of the bar, None where there is none.
    """

    kind: str
    language: str
    number: int
    told: tuple[str, ...]
    texts: tuple[PlacedText, ...]
    shapes: tuple[Shape, ...]
    symbol: Box
    hazard_ground: bool
    band: Box | None
    progress: Box | None
    steps: tuple[StepMark, ...] = ()
    map: MapView | None = None


@dataclass
class Sheet:
    """What is being laid out. Where text runs from right to left everything is mirrored."""

    size: tuple[int, int]
    rtl: bool
    texts: list[PlacedText] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)

    def mirrored(self, box: Box) -> Box:
        """`box` itself, or its mirror image in a right-to-left page."""
        left, top, right, bottom = box
        return (self.size[0] - right, top, self.size[0] - left, bottom) if self.rtl else box

    def rectangle(self, box: Box, colour: Colour, radius: int = 0, opacity: int = 255) -> None:
        """Add a filled rectangle; in right-to-left pages it is mirrored."""
        self.shapes.append(Shape(self.mirrored(box), colour, radius, opacity))

    def line(self, line: Line, face: Face, box: Box, baseline: int, ink: Colour, edge: Edge = "start") -> PlacedText:
        """Place a line between the edges of `box`, whose top and bottom are what it may cover."""
        left, top, right, bottom = self.mirrored(box)
        spare = (right - left) - line.width
        at_right = (edge == "end") != self.rtl
        offset = spare / 2 if edge == "middle" else spare if at_right else 0.0
        placed = PlacedText(line, face, left + offset, baseline, ink, top, bottom)
        self.texts.append(placed)
        return placed
