"""What moves on a page, and why: the symbol draws itself and lives, the area pulses, the step being read lights up."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from videogen.cards.area_map import draw_map, draw_map_texts
from videogen.cards.page import WHITE, Box, Page
from videogen.cards.symbols import symbol_mask
from videogen.emergency.layout.drawing import SYMBOL_SHARE, Drawing
from videogen.emergency.layout.frame import colour, mixed
from videogen.emergency.layout.template import Accent, EmergencyTemplate
from videogen.media.planes import Planes

if TYPE_CHECKING:
    from PIL.Image import Image

Pixels = NDArray[np.uint8]
_RATE = 12
"""Pictures of an accent per second: smooth enough for slow motion, cheap to draw and to encode."""
_DRAWN_IN = 10
_PULSE = 2.4
_PULSE_STEPS = 14
# Seconds of one round. None flashes: the quickest changes small parts only, once in 1.2 s.
_PERIODS: dict[Accent, float] = {
    "wave": 3.0,
    "spin": 6.0,
    "rings": 2.5,
    "rise": 3.0,
    "chevrons": 1.5,
    "glow": 3.0,
    "still": 0.0,
}


@dataclass
class Motion:
    """A region of a page that changes.

    box: even; state: the picture to show after `seconds` on a page that lasts `duration` seconds; draw: the picture of
    a state, drawn once.
    """

    box: Box
    state: Callable[[float, float], int]
    draw: Callable[[int], Planes]
    kept: dict[int, Planes] = field(default_factory=dict)

    def picture(self, state: int) -> Planes:
        """The region in this state."""
        if state not in self.kept:
            self.kept[state] = self.draw(state)
        return self.kept[state]


def motions_of(page: Page, drawing: Drawing, template: EmergencyTemplate, *, with_steps: bool = True) -> list[Motion]:
    """Everything that moves on a page. with_steps: also the rings around steps, which need an opaque ground."""
    motions = []
    if page.hazard_ground:
        motions.append(_symbol_motion(page, drawing, template))
    if page.map is not None:
        motions.append(_map_motion(page, template))
    if with_steps:
        motions += list(_step_motions(page, drawing, template))
    return motions


def _symbol_motion(page: Page, drawing: Drawing, template: EmergencyTemplate) -> Motion:
    left, top, right, bottom = page.symbol
    side = right - left
    ground = _ground_behind(drawing.rgb, page.symbol)
    inner = round(side * SYMBOL_SHARE)
    whole = symbol_mask(template.symbol, inner)
    ink = colour(template.ink)
    steps = max(1, round(_PERIODS[template.accent] * _RATE))

    def state(seconds: float, _duration: float) -> int:
        number = int(seconds * _RATE)
        return number if number < _DRAWN_IN else _DRAWN_IN + (number - _DRAWN_IN) % steps

    def draw(number: int) -> Planes:
        from PIL import Image

        picture = Image.fromarray(ground)
        corner = (side - inner) // 2
        if number < _DRAWN_IN:
            share = math.sin((number + 1) / _DRAWN_IN * math.pi / 2)
            picture.paste(ink, (corner, corner), symbol_mask(template.symbol, inner, drawn=share))
        else:
            phase = (number - _DRAWN_IN) / steps
            _ACCENTS[template.accent](picture, whole, ink, phase)
        return Planes.from_rgb(np.asarray(picture))

    return Motion((left, top, right, bottom), state, draw)


def _ground_behind(picture: Pixels, box: Box) -> Pixels:
    """The slope of colour behind a symbol: every row of it is of one colour."""
    left, top, right, bottom = box
    column = picture[top:bottom, left : left + 1]
    return np.ascontiguousarray(np.repeat(column, right - left, axis=1))


def _map_motion(page: Page, template: EmergencyTemplate) -> Motion:
    assert page.map is not None
    view, hazard = page.map, colour(template.colour)

    def drawn(strength: float) -> Planes:
        image = draw_map(view, hazard, strength)
        draw_map_texts(image, view, view.projection.box[:2])
        return Planes.from_rgb(np.asarray(image))

    ends: list[Planes] = []

    def state(seconds: float, _duration: float) -> int:
        share = 0.5 - 0.5 * math.cos(2 * math.pi * seconds / _PULSE)
        return round(share * _PULSE_STEPS)

    def draw(number: int) -> Planes:
        if not ends:
            ends.extend((drawn(0.7), drawn(0.35)))
        return ends[0].blended(ends[1], number / _PULSE_STEPS)

    return Motion(view.projection.box, state, draw)


def _step_motions(page: Page, drawing: Drawing, template: EmergencyTemplate) -> Iterator[Motion]:
    """The ring around a step's number while it is read."""
    for step in page.steps:
        around = 8
        left, top, right, bottom = step.box
        box = (left - around, top - around, right + around, bottom + around)

        def state(seconds: float, duration: float, begins: float = step.begins, ends: float = step.ends) -> int:
            return int(begins * duration <= seconds < ends * duration)

        def draw(number: int, box: Box = box) -> Planes:
            from PIL import Image, ImageDraw

            picture = Image.fromarray(drawing.rgb[box[1] : box[3], box[0] : box[2]])
            if number:
                edge = (3, 3, box[2] - box[0] - 4, box[3] - box[1] - 4)
                light = mixed(colour(template.colour), WHITE, 0.75)
                ImageDraw.Draw(picture).ellipse(edge, outline=light, width=3)
            return Planes.from_rgb(np.asarray(picture))

        yield Motion(box, state, draw)


def _paste(picture: Image, mask: Image, ink: tuple[int, int, int], x: float = 0.0, y: float = 0.0) -> None:
    corner = ((picture.width - mask.width) / 2 + x, (picture.height - mask.height) / 2 + y)
    picture.paste(ink, (round(corner[0]), round(corner[1])), mask)


def _still(picture: Image, mask: Image, ink: tuple[int, int, int], phase: float) -> None:
    _paste(picture, mask, ink)


def _wave(picture: Image, mask: Image, ink: tuple[int, int, int], phase: float) -> None:
    """The symbol rides on a swell."""
    swell = math.sin(2 * math.pi * phase)
    _paste(picture, mask, ink, picture.width * 0.012 * math.cos(2 * math.pi * phase), picture.height * 0.03 * swell)


def _spin(picture: Image, mask: Image, ink: tuple[int, int, int], phase: float) -> None:
    """Half a turn, anticlockwise: the symbol then looks the same."""
    from PIL.Image import Resampling

    _paste(picture, mask.rotate(180.0 * phase, Resampling.BILINEAR), ink)


def _rings(picture: Image, mask: Image, ink: tuple[int, int, int], phase: float) -> None:
    """Rings run outwards and fade."""
    from PIL import Image, ImageDraw

    side = picture.width
    rings = Image.new("L", (side * 2, side * 2), 0)
    draw = ImageDraw.Draw(rings)
    for offset in (0.0, 0.5):
        way = (phase + offset) % 1.0
        radius = side * (0.52 + 0.44 * way)
        level = round(120 * math.sin(math.pi * way))
        draw.ellipse((side - radius, side - radius, side + radius, side + radius), outline=level, width=side // 32)
    picture.paste(ink, (0, 0), rings.resize((side, side), Image.Resampling.BOX))
    _paste(picture, mask, ink)


def _rise(picture: Image, mask: Image, ink: tuple[int, int, int], phase: float) -> None:
    """Sparks rise beside the symbol."""
    from PIL import Image, ImageDraw

    side = picture.width
    sparks = Image.new("L", (side * 2, side * 2), 0)
    draw = ImageDraw.Draw(sparks)
    for number in range(9):
        way = (phase + number * 0.381966) % 1.0
        x = (number * 0.618034 % 1.0 * 0.84 + 0.08 + 0.03 * math.sin(2 * math.pi * (way + number / 9))) * 2 * side
        y = (1.0 - way) * 2 * side
        radius = side * 0.018 * (1.2 - way)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=round(190 * math.sin(math.pi * way)))
    picture.paste(ink, (0, 0), sparks.resize((side, side), Image.Resampling.BOX))
    _paste(picture, mask, ink)


def _chevrons(picture: Image, mask: Image, ink: tuple[int, int, int], phase: float) -> None:
    """Arrows light up one after another: away from here."""
    from PIL import Image, ImageDraw

    side = picture.width
    arrows = Image.new("L", (side * 2, side * 2), 0)
    draw = ImageDraw.Draw(arrows)
    half, width = side * 0.09, round(side * 0.045)
    for number in range(3):
        level = 90 + round(130 * max(0.0, math.cos(2 * math.pi * (phase - number / 3))))
        x, y = side * (0.72 + 0.28 * number), side * 1.86
        draw.line(((x, y - half), (x + half, y), (x, y + half)), fill=level, width=width, joint="curve")
    picture.paste(ink, (0, 0), arrows.resize((side, side), Image.Resampling.BOX))
    _paste(picture, mask, ink, y=-side * 0.05)


def _glow(picture: Image, mask: Image, ink: tuple[int, int, int], phase: float) -> None:
    """A soft disc behind the symbol breathes."""
    from PIL import Image, ImageDraw

    side = picture.width
    disc = Image.new("L", (side * 2, side * 2), 0)
    level = round(34 * (0.5 - 0.5 * math.cos(2 * math.pi * phase)))
    ImageDraw.Draw(disc).ellipse((4, 4, side * 2 - 4, side * 2 - 4), fill=level)
    picture.paste(ink, (0, 0), disc.resize((side, side), Image.Resampling.BOX))
    _paste(picture, mask, ink)


_ACCENTS: dict[Accent, Callable[[Image, Image, tuple[int, int, int], float], None]] = {
    "still": _still,
    "wave": _wave,
    "spin": _spin,
    "rings": _rings,
    "rise": _rise,
    "chevrons": _chevrons,
    "glow": _glow,
}
