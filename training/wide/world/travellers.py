"""What goes by rail, water and air; each faces right."""

from __future__ import annotations

import numpy as np

from training.wide.world.scene import DIRECTIONS, DRY, OUTSIDE, SHORE, SIDEWAYS, Scene, Thing
from training.wide.world.vehicles import BLACK, WHITE, headlight
from training.world.canvas import Canvas, mix

_TAU = 2.0 * np.pi


def train(pen: Canvas, scene: Scene, share: float) -> None:
    body, window = scene.paint, scene.glass
    pen.rect(-68, -9, 46, -2.5, BLACK)
    for left, right in ((-68.0, -32.0), (-29.0, 7.0)):
        pen.rounded(left, -34, right, -5.5, 3.0, body)
        for column in range(3):
            pen.rounded(left + 3.5 + column * 10.6, -29, left + 11.5 + column * 10.6, -18, 1.0, window)
        pen.rect(left, -13, right, -10, mix(body, (255, 255, 255), 0.55))
    pen.poly([(10, -34), (34, -34), (46, -23), (55, -10), (54, -5.5), (10, -5.5)], body)
    pen.poly([(31, -31), (35, -31), (46, -20), (46, -17.5), (31, -17.5)], mix(window, (255, 255, 255), 0.35))
    pen.rounded(14, -29, 25, -18, 1.0, window)
    pen.rect(10, -13, 53, -10, mix(body, (255, 255, 255), 0.55))
    headlight(pen, 53, -9, scene)
    for x in (-60.0, -40.0, -21.0, -2.0, 18.0, 40.0):
        pen.disc(x, -3.4, 3.4, BLACK)


def metro(pen: Canvas, scene: Scene, share: float) -> None:
    """A flat-nosed train on a viaduct of pillars."""
    silver, band = scene.lit((208, 214, 222)), scene.paint
    for left, right in ((-66.0, -23.0), (-21.0, 22.0), (24.0, 67.0)):
        pen.rounded(left, -27, right, 0, 3.0, silver)
        pen.rect(left, -9, right, -4.5, band)
        for column in range(3):
            pen.rounded(left + 4 + column * 13, -22.5, left + 13 + column * 13, -12.5, 1.0, scene.glass)
        pen.rect(left + 15.2, -23, left + 16.6, -1, mix(silver, BLACK, 0.3))
    pen.rounded(55, -23.5, 67.5, -11, 1.5, mix(scene.glass, (255, 255, 255), 0.35))
    headlight(pen, 67, -6, scene)


def boat(pen: Canvas, scene: Scene, share: float) -> None:
    pen = _bob(pen, scene, share, 1.5)
    hull, sail = scene.paint, scene.lit((252, 248, 236))
    pen.stroke((0, -8), (0, -66), 2.4, scene.lit((120, 84, 56)))
    pen.poly([(3, -64), (3, -14), (33, -14)], sail)
    pen.poly([(-3, -58), (-3, -14), (-24, -14)], mix(sail, (150, 170, 190), 0.25))
    pen.poly([(-34, -11), (42, -11), (30, 4), (-26, 4)], hull)
    pen.poly([(-34, -11), (42, -11), (39, -7.4), (-32, -7.4)], mix(hull, (255, 255, 255), 0.5))
    pen.rect(-42, 2.5, 46, 5.5, scene.lit((190, 224, 242)))


def ship(pen: Canvas, scene: Scene, share: float) -> None:
    """A freighter: superstructure at the stern, boxes on deck."""
    pen = _bob(pen, scene, share, 0.6)
    hull, cargo = scene.paint, ((214, 78, 60), (58, 116, 176), (232, 172, 60), (84, 152, 104))
    pen.rect(-50, -44, -32, -16, scene.lit(WHITE))
    for line in range(3):
        pen.rect(-47, -40 + line * 8, -35, -36 + line * 8, scene.glass)
    pen.rect(-45, -54, -38, -44, scene.lit((200, 60, 50)))
    for column in range(5):
        for level in range(2 + (column % 2)):
            colour = scene.lit(cargo[(column + level * 3 + scene.layout) % 4])
            pen.rect(-28 + column * 15, -24.5 - level * 9, -14.6 + column * 15, -16 - level * 9, colour)
    pen.poly([(-58, -16), (66, -16), (54, 5), (-52, 5)], hull)
    pen.poly([(-54, -3), (60, -3), (54, 5), (-52, 5)], mix(hull, (30, 20, 30), 0.45))
    pen.rect(-64, 3.5, 66, 6.5, scene.lit((190, 224, 242)))


def rescue_boat(pen: Canvas, scene: Scene, share: float) -> None:
    """An inflatable with helpers in orange vests and a light."""
    pen = _bob(pen, scene, share, 1.5)
    for number, x in enumerate((-20.0, -4.0, 13.0)):
        pen.rounded(x - 6, -26, x + 6, -8, 3.0, scene.lit((244, 120, 30)))
        pen.rect(x - 6, -19, x + 6, -16.5, scene.lit((250, 240, 120)))
        pen.disc(x, -31, 5.0, scene.lit(((222, 174, 136), (150, 104, 76), (196, 146, 108))[number]))
        pen.poly([(x - 5.4, -31.5), (x - 3.5, -36.5), (x + 3.5, -36.5), (x + 5.4, -31.5)], scene.lit((236, 70, 50)))
    pen.rounded(-38, -13, 36, 3, 7.5, scene.lit((230, 66, 46)))
    pen.poly([(22, -13), (46, -15), (36, 3), (22, 3)], scene.lit((230, 66, 46)))
    pen.rect(-34, -6.5, 36, -3.8, scene.lit((250, 240, 230)))
    pen.rect(-46, -18, -39, -2, BLACK)
    pen.rect(-50, 1.5, 48, 4.5, scene.lit((210, 234, 246)))
    on = (share * 2.0 + scene.phase) % 1.0 < 0.5
    pen.disc(29, -19, 3.0, (80, 130, 255) if on else (36, 44, 96))
    if on:
        pen.disc(29, -19, 8.0, (110, 160, 255), alpha=0.4)


def _bob(pen: Canvas, scene: Scene, share: float, cycles: float) -> Canvas:
    return pen.at(0, 1.3 * np.sin(_TAU * (share * cycles + scene.phase)))


def plane(pen: Canvas, scene: Scene, share: float) -> None:
    body, window = scene.paint, scene.lit((110, 170, 216))
    shade = mix(body, (40, 50, 80), 0.25)
    pen.poly([(-46, -4), (-40, -26), (-29, -26), (-24, -4)], body)
    pen.poly([(4, 2), (22, 2), (2, -18), (-8, -18)], shade)
    pen.rounded(-46, -9, 36, 9, 8.5, body)
    pen.poly([(30, -9), (42, -6), (52, 2), (46, 7), (30, 9)], body)
    pen.poly([(36, -6.5), (42, -5), (46.5, -1), (36, -1)], window)
    for number in range(7):
        pen.disc(-26 + number * 8.4, -2.5, 2.2, window)
    pen.poly([(-4, 3), (16, 3), (-14, 27), (-24, 27)], shade)
    pen.rounded(-6, 10, 10, 16, 3.0, scene.lit((120, 126, 140)))
    pen.poly([(-44, -2), (-30, -2), (-48, 8), (-54, 8)], shade)


def helicopter(pen: Canvas, scene: Scene, share: float) -> None:
    body = scene.paint
    pen.poly([(-14, -10), (-52, -16), (-54, -11), (-14, 4)], body)
    pen.poly([(-58, -26), (-51, -26), (-48, -12), (-54, -12)], body)
    pen.disc(8, -4, 23, body, ry=15)
    pen.poly([(10, -17), (22, -15), (30, -6), (30, -1), (10, -1)], scene.glass)
    pen.rect(-3, -1, 5, 8, mix(body, BLACK, 0.25))
    pen.rect(3, -27, 7, -17, BLACK)
    reach = 44.0 * abs(np.cos(np.pi * (share * 4.0 + scene.phase))) + 8
    pen.rect(5 - reach, -29.4, 5 + reach, -26.6, scene.lit((70, 74, 84)))
    for x in (-8.0, 20.0):
        pen.rect(x - 1, 9, x + 1, 17, BLACK)
    pen.rounded(-20, 15.5, 34, 18.5, 1.4, BLACK)


def balloon(pen: Canvas, scene: Scene, share: float) -> None:
    body = scene.paint
    pale = mix(body, (255, 255, 255), 0.55)
    pen.disc(0, -8, 26, body, ry=28)
    pen.disc(0, -8, 15, pale, ry=28)
    pen.disc(0, -8, 6, body, ry=28)
    pen.poly([(-21, 8), (21, 8), (7, 26), (-7, 26)], body)
    pen.poly([(-12, 8), (12, 8), (4, 26), (-4, 26)], pale)
    for x in (-5.0, 5.0):
        pen.stroke((x * 1.2, 26), (x, 33), 1.2, BLACK)
    pen.rounded(-7, 32, 7, 42, 1.5, scene.lit((150, 100, 56)))


def rocket(pen: Canvas, scene: Scene, share: float) -> None:
    """Nose up on a flame and a trail of smoke."""
    white, red = scene.lit(WHITE), scene.lit((214, 50, 46))
    flicker = 5.0 * np.sin(_TAU * (share * 4.0 + scene.phase))
    for step in range(4):
        pen.disc(3.0 * (step % 2) - 1.5, 40 + flicker * 0.3 + step * 11, 6 + step * 2.6, scene.lit((226, 226, 230)))
    pen.poly([(-8, 18), (8, 18), (0, 46 + flicker)], (255, 170, 40))
    pen.poly([(-4.5, 18), (4.5, 18), (0, 34 + flicker)], (255, 244, 170))
    for sign in (-1, 1):
        pen.poly([(sign * 9, -2), (sign * 18, 18), (sign * 9, 16)], red)
    pen.poly([(-9, 18), (9, 18), (9, -24), (5, -36), (0, -42), (-5, -36), (-9, -24)], white)
    pen.poly([(-7.6, -28), (7.6, -28), (5, -36), (0, -42), (-5, -36)], red)
    pen.disc(0, -16, 4.6, scene.lit((80, 150, 210)))
    pen.rect(-9, 6, 9, 9.5, red)


THINGS = {
    "train": Thing(train, (*DRY, "coast", "river"), 102, SIDEWAYS, "rail", True, weight=1.8),
    "metro": Thing(metro, ("city", "village", "port"), 90, SIDEWAYS, "viaduct", True, weight=1.2),
    "boat": Thing(boat, SHORE, 102, SIDEWAYS, "water", True, rates=(1.5, 0.0), weight=1.8),
    "ship": Thing(ship, ("coast", "port"), 101, SIDEWAYS, "water", True, rates=(0.6, 0.0), weight=1.4),
    "rescue boat": Thing(
        rescue_boat, (*SHORE, "village", "city"), 100, SIDEWAYS, "water", rates=(1.5, 0.0), weight=1.2
    ),
    "plane": Thing(plane, OUTSIDE, 40, SIDEWAYS, "none", True, weight=1.8),
    "helicopter": Thing(helicopter, OUTSIDE, 44, SIDEWAYS, "none", True, rates=(4.0, 0.0), weight=1.4),
    "balloon": Thing(balloon, OUTSIDE, 46, DIRECTIONS, "none", True, weight=1.6),
    "rocket": Thing(rocket, OUTSIDE, 62, ("rising",), "none", rates=(4.0, 0.0)),
}
