"""Things that stand for a subject of news: money, elections, justice, telephones, vaccines, papers."""

from __future__ import annotations

import numpy as np

from training.wide.world.energy import waves
from training.wide.world.people import SKINS, person, syringe
from training.wide.world.scene import Scene, Thing
from training.wide.world.vehicles import BLACK, WHITE
from training.world.canvas import Canvas, Colour, mix

_TAU = 2.0 * np.pi
PLACES = ("interior", "interior", "city", "village", "fields", "hills")


def coins(pen: Canvas, scene: Scene, share: float) -> None:
    """Columns that grow, piles of coins before them, an arrow upwards."""
    green: Colour = (54, 160, 92)
    for number in range(5):
        full = 16.0 + 11.5 * number
        height = full * (0.35 + 0.65 * min(1.0, share * 1.15 + 0.1))
        colour = scene.lit(mix(green, (40, 110, 200), number / 4))
        pen.rect(-54 + number * 22, -height, -38 + number * 22, 0, colour)
        pen.rect(-42 + number * 22, -height, -38 + number * 22, 0, mix(colour, BLACK, 0.2))
    red = scene.lit((226, 70, 50))
    pen.path([(-52, -34), (-20, -50), (4, -46), (38, -76)], 3.6, red)
    pen.poly([(30, -80), (46, -84), (43, -67)], red)
    gold, edge = scene.lit((250, 206, 70)), scene.lit((196, 146, 30))
    for pile, (x, count) in enumerate(((-58.0, 3), (-34.0, 5), (62.0, 7))):
        for coin in range(count):
            y = 4 - coin * 4.0
            pen.disc(x, y, 11, edge, ry=4.2)
            pen.disc(x, y - 1.8, 11, gold, ry=4.2)
        turn = abs(np.cos(np.pi * (share * (0.8 + scene.speed) + scene.phase + pile * 0.3)))
        pen.disc(x, 4 - count * 4 - 12, 1.2 + 8 * turn, edge, ry=9)
        pen.disc(x, 4 - count * 4 - 12, max(0.6, 6.4 * turn), gold, ry=7.2)


def ballot_box(pen: Canvas, scene: Scene, share: float) -> None:
    """A glass box with a slot; hands put papers in."""
    frame = scene.lit((60, 84, 140))
    pen.rect(-50, -6, 50, 0, scene.ambient((150, 106, 72)))
    pen.rect(-32, -50, 32, -6, scene.lit((206, 226, 240)))
    for paper in range(5):
        x = -22 + paper * 10.5
        part = ((x - 6, -8), (x + 4, -8), (x + 6, -18 - 3 * (paper % 3)), (x - 3, -20 - 3 * (paper % 2)))
        pen.poly(part, scene.lit(mix(WHITE, (180, 190, 210), 0.25 * (paper % 2))))
    for x in (-32.0, 29.0):
        pen.rect(x, -50, x + 3, -6, frame)
    pen.rect(-35, -56, 35, -48, frame)
    pen.rect(-14, -54, 14, -51, BLACK)
    pen.rect(-32, -9, 32, -6, frame)
    fall = (share * (0.7 + scene.speed) + scene.phase) % 1.0
    y = -88 + 34 * min(fall * 1.35, 1.0)
    if fall < 0.8:
        pen.rect(-10, y, 10, min(y + 26, -52), scene.lit(WHITE))
        pen.rect(-6, y + 5, 6, min(y + 7.5, -52), scene.lit((120, 140, 170)))
        pen.path([(-5, y + 9), (-1, min(y + 14, -52)), (6, y + 6)], 1.6, scene.lit((40, 150, 80)))
    arm = y if fall < 0.8 else -88 + 34 * (1 - (fall - 0.8) / 0.2)
    skin = scene.lit(SKINS[scene.layout % 4])
    pen.stroke((62, arm - 22), (20, arm - 1), 9.0, scene.lit((214, 70, 62)), 7.0)
    pen.disc(14, arm + 1, 6.0, skin)
    pen.stroke((14, arm), (4, arm + 3), 4.0, skin)


def scales(pen: Canvas, scene: Scene, share: float) -> None:
    """The scales of a court, which tilt; a gavel beside them."""
    gold, dark = scene.lit((214, 168, 62)), scene.lit((120, 84, 40))
    pen.poly([(-20, 0), (20, 0), (13, -7), (-13, -7)], dark)
    pen.rect(-2.6, -72, 2.6, -6, gold)
    pen.disc(0, -76, 5.0, gold)
    tilt = 0.16 * np.sin(_TAU * (share * (0.5 + scene.speed) + scene.phase))
    ends = [(sign * 38 * np.cos(tilt), -68 + sign * 38 * np.sin(tilt)) for sign in (-1, 1)]
    pen.stroke(ends[0], ends[1], 4.0, gold)
    for x, y in ends:
        for side in (-13, 13):
            pen.stroke((x, y), (x + side, y + 30), 1.3, dark)
        pen.poly([(x - 16, y + 30), (x + 16, y + 30), (x + 10, y + 38), (x - 10, y + 38)], gold)
    lift = 6.0 * max(0.0, np.sin(_TAU * (share * (0.5 + scene.speed) * 2 + scene.phase)))
    wood = scene.lit((140, 84, 46))
    pen.rounded(44, -5, 72, 0, 2.0, dark)
    pen.stroke((46, -16 - lift), (76, -30 - lift * 1.6), 3.4, wood)
    pen.stroke((49, -26 - lift), (57, -8 - lift), 11.0, wood)


def phone(pen: Canvas, scene: Scene, share: float) -> None:
    """A large telephone whose bubbles and bars move; waves leave it."""
    pen.rounded(-24, -84, 24, 0, 6.0, BLACK)
    pen.rect(-20, -76, 20, -8, scene.lit((70, 150, 220)) if not scene.night else (90, 160, 230))
    pen.rounded(-6, -81.5, 6, -79, 1.0, (90, 94, 104))
    pen.disc(0, -4, 2.4, (120, 124, 134))
    for number in range(4):
        shown = share * (0.8 + scene.speed) + scene.phase
        grown = 4 + 6 * number * (0.55 + 0.45 * np.sin(_TAU * (shown + number * 0.18)))
        pen.rect(-14 + number * 7.4, -60 - grown, -9 + number * 7.4, -56, (250, 250, 250))
    for line in range(2):
        left = -16 if line == 0 else -6
        pen.rounded(
            left, -48 + line * 18, left + 22, -36 + line * 18, 3.0, (250, 250, 250) if line == 0 else (150, 226, 150)
        )
        pen.rect(left + 3, -44 + line * 18, left + 18, -41.6 + line * 18, (120, 140, 170))
    waves(pen.at(26, -66, 1.1), scene, share, -0.5)
    waves(pen.at(-26, -66, 1.1), scene, share, np.pi + 0.5)


def vaccine(pen: Canvas, scene: Scene, share: float) -> None:
    """Vials and a large syringe that draws up."""
    pen.rect(-60, -3, 60, 0, scene.ambient((150, 176, 190)))
    for number, x in enumerate((-44.0, -22.0, 40.0)):
        colour = scene.lit(((70, 160, 220), (90, 190, 150), (240, 180, 70))[number])
        pen.rounded(x - 9, -34, x + 9, -3, 3.0, scene.lit((226, 240, 246)))
        pen.rect(x - 7.4, -22, x + 7.4, -5, colour)
        pen.rect(x - 9, -28, x + 9, -18, scene.lit(WHITE))
        pen.rect(x - 6, -25, x + 6, -23, scene.lit((120, 150, 180)))
        pen.rect(x - 6, -42, x + 6, -34, scene.lit((150, 160, 176)))
        pen.rect(x - 7.5, -46, x + 7.5, -40, scene.lit((214, 70, 62)))
    filled = 0.3 + 0.6 * (0.5 + 0.5 * np.sin(_TAU * (share * (0.5 + scene.speed) + scene.phase)))
    part = pen.at(8, -70, 1.15)
    syringe(part, scene, float(filled))
    drop = (share * (1.0 + scene.speed) + scene.phase) % 1.0
    pen.disc(54, -66 + drop * 26, 2.6, scene.lit((70, 160, 220)), ry=3.4)


def press_conference(pen: Canvas, scene: Scene, share: float) -> None:
    """A speaker behind a desk with microphones, cameras at both sides that flash."""
    nod = 4.0 * np.sin(_TAU * (share * (0.6 + scene.speed) + scene.phase))
    person(pen.at(0, -24, 1.5), scene, scene.layout, 0.0, (54, 62, 92), arms=((-13, -16 - nod), (13, -16 + nod)))
    pen.poly([(-3, -76), (3, -76), (0, -62)], scene.lit((206, 60, 50)))
    pen.poly([(-52, 0), (52, 0), (44, -34), (-44, -34)], scene.lit((110, 74, 56)))
    pen.rect(-48, -38, 48, -33, scene.lit((150, 106, 76)))
    for number, x in enumerate((-30.0, -16.0, 30.0)):
        sway = 1.6 * np.sin(_TAU * (share * (0.6 + scene.speed) + scene.phase + number / 3))
        pen.path([(x * 0.8, -38), (x * 0.8, -50), (x + sway, -52)], 2.2, scene.lit((90, 98, 112)))
        colour = scene.lit(((214, 60, 50), (40, 100, 190), (60, 150, 90))[number])
        pen.rounded(x + sway - 4.5, -68, x + sway + 4.5, -50, 4.5, scene.lit((70, 74, 86)))
        pen.rect(x + sway - 4.5, -56, x + sway + 4.5, -52, colour)
    flash = (share * 2.0 + scene.phase) % 1.0
    for number, x in enumerate((-66.0, 66.0)):
        pen.rounded(x - 11, -60, x + 11, -44, 2.5, BLACK)
        pen.disc(x, -52, 5.6, scene.lit((130, 150, 176)))
        pen.rect(x - 1.6, -44, x + 1.6, 0, scene.lit((90, 98, 112)))
        if abs(flash - 0.25 - 0.5 * number) < 0.12:
            pen.disc(x, -64, 12.0, (255, 252, 220), alpha=0.75)


THINGS = {
    "coins": Thing(coins, PLACES, 102, rates=(0.8, 1.0), weight=1.2),
    "ballot box": Thing(ballot_box, PLACES, 102, rates=(0.7, 1.0), weight=1.2),
    "scales": Thing(scales, PLACES, 102, rates=(0.5, 1.0)),
    "phone": Thing(phone, (*PLACES, "coast", "river", "port"), 102, rates=(0.8, 1.0)),
    "vaccine": Thing(vaccine, ("interior", "interior", "village", "city"), 102, rates=(0.5, 1.0)),
    "press conference": Thing(press_conference, ("interior", "interior", "city"), 104, rates=(0.6, 1.0)),
}
