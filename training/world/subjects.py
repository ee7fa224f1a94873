"""The things that travel: each is drawn facing right, and mirrored when it goes left.

A single frame must tell which way a thing goes, so everything that leads — windscreen, headlight, bow, nose — is
drawn large on the leading side.
"""

from __future__ import annotations

import numpy as np

from training.world.canvas import WIDTH, Canvas, Colour, mix
from training.world.scenes import Scene

PAINT: dict[str, Colour] = {
    "red": (222, 40, 44),
    "blue": (36, 92, 222),
    "green": (34, 158, 72),
    "yellow": (250, 212, 36),
    "white": (248, 248, 250),
    "orange": (248, 130, 26),
}
_GLASS: Colour = (176, 218, 240)
_BLACK: Colour = (34, 36, 44)
_LIT_GLASS: Colour = (255, 226, 130)
FLASHES_PER_SECOND = 1.0


def lit(colour: Colour, time_of_day: str) -> Colour:
    """A subject's colour in the light of the time of day; weaker than the background's: hues stay apart."""
    light, share = {"day": ((0, 0, 0), 0.0), "sunset": ((170, 80, 70), 0.1), "night": ((16, 22, 60), 0.22)}[time_of_day]
    return mix(colour, light, share)


def paint(scene: Scene) -> Colour:
    return lit(PAINT[scene.colour or "white"], scene.time_of_day)


def glass(scene: Scene) -> Colour:
    return _LIT_GLASS if scene.time_of_day == "night" else lit(_GLASS, scene.time_of_day)


def travelled(scene: Scene, share: float) -> tuple[float, float]:
    """Where a moving subject is, in world units from the middle of its way: x to the right, y downwards."""
    way = (share - 0.5) * scene.speed
    vectors = {"left": (-WIDTH, 0.0), "right": (WIDTH, 0.0), "rising": (0.0, -90.0), "falling": (0.0, 90.0)}
    dx, dy = vectors.get(scene.direction or "", (0.0, 0.0))
    return way * dx, way * dy


def _sideways(canvas: Canvas, scene: Scene, share: float, y: float) -> Canvas:
    dx, _ = travelled(scene, share)
    return canvas.at(scene.position * WIDTH + dx, y, flip=scene.direction == "left")


def wheel(pen: Canvas, x: float, radius: float, scene: Scene) -> None:
    pen.disc(x, -radius, radius, _BLACK)
    pen.disc(x, -radius, radius * 0.45, lit((190, 194, 202), scene.time_of_day))


def headlight(pen: Canvas, x: float, y: float, scene: Scene) -> None:
    """A lamp at the front; at night with a beam."""
    if scene.time_of_day == "night":
        pen.poly([(x, y - 1.5), (x + 22, y - 4.5), (x + 22, y + 6), (x, y + 1.5)], (255, 240, 180), 0.42)
    pen.disc(x - 0.6, y, 1.9, (255, 246, 190))


def draw_bus(canvas: Canvas, scene: Scene, share: float) -> None:
    pen = _sideways(canvas, scene, share, 75.0)
    body, window = paint(scene), glass(scene)
    pen.rounded(-26, -26, 26, -3.5, 3.0, body)
    pen.rect(-26, -10.5, 26, -8.6, mix(body, (255, 255, 255), 0.55))
    for column in range(4):
        pen.rect(-23 + column * 9.2, -22.5, -16 + column * 9.2, -13.5, window)
    pen.poly([(16.5, -23), (25, -23), (26, -21), (26, -11), (16.5, -11)], mix(window, (255, 255, 255), 0.35))
    headlight(pen, 26, -6.5, scene)
    pen.rect(-26, -8, -24.4, -5, (200, 30, 40))
    wheel(pen, -14.5, 5.0, scene)
    wheel(pen, 14.5, 5.0, scene)


def draw_train(canvas: Canvas, scene: Scene, share: float) -> None:
    pen = _sideways(canvas, scene, share, 72.5)
    body, window = paint(scene), glass(scene)
    pen.rect(-44, -6, 30, -1.5, _BLACK)
    for left, right in ((-44.0, -20.5), (-18.5, 5.0)):
        pen.rounded(left, -22, right, -3.5, 2.0, body)
        for column in range(2):
            pen.rect(left + 2.8 + column * 9.8, -18.5, left + 10.6 + column * 9.8, -11.0, window)
        pen.rect(left, -8.2, right, -6.2, mix(body, (255, 255, 255), 0.55))
    pen.poly([(7, -22), (22, -22), (30, -15), (36, -6.5), (35, -3.5), (7, -3.5)], body)
    pen.poly([(20, -19.5), (23, -19.5), (30.5, -12.5), (30.5, -11), (20, -11)], mix(window, (255, 255, 255), 0.35))
    pen.rect(9.5, -18.5, 16.5, -11.0, window)
    pen.rect(7, -8.2, 34.5, -6.2, mix(body, (255, 255, 255), 0.55))
    headlight(pen, 34.5, -5.6, scene)
    for x in (-38.0, -26.0, -13.0, -1.0, 12.0, 26.0):
        pen.disc(x, -2.2, 2.4, _BLACK)


def draw_ambulance(canvas: Canvas, scene: Scene, share: float) -> None:
    pen = _sideways(canvas, scene, share, 75.0)
    white, red = lit((250, 250, 250), scene.time_of_day), lit((222, 34, 40), scene.time_of_day)
    pen.rounded(-25, -26, 11, -3.5, 2.0, white)
    pen.poly([(10, -21), (17, -21), (22.5, -13.5), (26, -12), (26, -3.5), (10, -3.5)], white)
    pen.poly([(12, -19), (16.5, -19), (21, -12.5), (12, -12.5)], glass(scene))
    pen.rect(-25, -9.5, 26, -6.5, red)
    pen.rect(-8.7, -23.5, -4.3, -11.5, red)
    pen.rect(-12.5, -19.7, -0.5, -15.3, red)
    seconds = share * 2.0
    on = (seconds * FLASHES_PER_SECOND + scene.phase) % 1.0 < 0.5
    pen.rounded(1.5, -30, 9.5, -26, 1.5, (60, 110, 255) if on else (36, 44, 96))
    if on:
        pen.disc(5.5, -28, 8.5, (110, 160, 255), alpha=0.4)
    headlight(pen, 26, -7.0, scene)
    wheel(pen, -14.5, 5.0, scene)
    wheel(pen, 15.0, 5.0, scene)


def draw_boat(canvas: Canvas, scene: Scene, share: float) -> None:
    bob = 0.9 * np.sin(2 * np.pi * (share * 1.5 + scene.phase))
    pen = _sideways(canvas, scene, share, 74.0 + bob)
    sail = lit((252, 250, 244), scene.time_of_day)
    pen.rect(-1.2, -48, 0.8, -8, lit((110, 78, 56), scene.time_of_day))
    pen.poly([(-3, -45), (-3, -12), (-21, -12)], sail)
    pen.poly([(2.6, -41), (2.6, -12), (20, -12)], mix(sail, paint(scene), 0.25))
    pen.poly([(-22, -9.5), (29, -9.5), (19, 1.5), (-17, 1.5)], paint(scene))
    pen.poly([(-22, -9.5), (29, -9.5), (26.5, -6.8), (-20.8, -6.8)], mix(paint(scene), (255, 255, 255), 0.6))
    if scene.time_of_day == "night":
        pen.disc(-0.2, -48, 1.8, (255, 240, 170))
    canvas.rect(0, 74.6, WIDTH, 75.8, lit((120, 184, 226), scene.time_of_day), 0.55)


def draw_plane(canvas: Canvas, scene: Scene, share: float) -> None:
    pen = _sideways(canvas, scene, share, 27.0 - 4.0 * (share - 0.5))
    body = paint(scene)
    dark = mix(body, (30, 34, 60), 0.35)
    pen.poly([(-29, -14), (-21, -14), (-13, -3), (-27, -3)], dark)
    pen.poly([(-2, -2), (-12, -14), (-6, -14), (10, -2)], mix(body, (30, 34, 60), 0.5))
    angles = np.linspace(-np.pi / 2, np.pi / 2, 13)
    nose = np.stack([20 + 11 * np.cos(angles), 5.6 * np.sin(angles)], axis=1)
    pen.poly(np.concatenate([nose, [[-20, 5.6], [-31, -3.5], [-27, -5.6]]]), body)
    for column in range(5):
        pen.disc(-14 + column * 6.4, -1.2, 1.6, glass(scene))
    pen.poly([(20, -4.6), (25, -4), (28.5, -1), (20, -1)], glass(scene))
    pen.poly([(-4, 2), (9, 2), (-9, 15), (-15, 15)], dark)
    pen.poly([(-27, -1), (-18, -1), (-28, 5), (-33, 5)], dark)


def draw_balloon(canvas: Canvas, scene: Scene, share: float) -> None:
    dx, dy = travelled(scene, share)
    pen = canvas.at(scene.position * WIDTH + dx, 34.0 + dy * 0.75)
    body = paint(scene)
    stripe = mix(body, (255, 255, 255), 0.6) if scene.colour != "white" else lit((176, 190, 214), scene.time_of_day)
    angles = np.linspace(np.pi * 0.86, np.pi * 2.14, 25)
    for width, colour in ((1.0, body), (0.62, stripe), (0.24, body)):
        top = np.stack([16 * width * np.cos(angles), -8 + 15.5 * np.sin(angles)], axis=1)
        pen.poly(np.concatenate([top, [[3.5 * width, 12.5], [-3.5 * width, 12.5]]]), colour)
    rope = lit((90, 66, 52), scene.time_of_day)
    pen.stroke((-3.2, 12), (-2.6, 17), 0.9, rope)
    pen.stroke((3.2, 12), (2.6, 17), 0.9, rope)
    if scene.time_of_day == "night":
        pen.disc(0, 13.8, 2.0, (255, 214, 110))
    pen.rounded(-3.8, 16.5, 3.8, 22.0, 1.2, lit((150, 96, 52), scene.time_of_day))


def draw_crowd(canvas: Canvas, scene: Scene, share: float) -> None:
    """Five simple figures that walk in a row, with bags on their backs."""
    coats: tuple[Colour, ...] = ((206, 70, 66), (64, 108, 186), (236, 178, 64), (86, 148, 98), (146, 96, 166))
    pen = _sideways(canvas, scene, share, 76.0)
    for index in range(5):
        swing = np.sin(2 * np.pi * (2.0 * share + index * 0.37 + scene.phase))
        _figure(pen.at((index - 2) * 19.0, 0.0, 1.35), lit(coats[index % 5], scene.time_of_day), float(swing), scene)


def _figure(pen: Canvas, coat: Colour, swing: float, scene: Scene) -> None:
    trousers, skin = lit((56, 60, 80), scene.time_of_day), lit((236, 188, 150), scene.time_of_day)
    pen.stroke((-0.6, -9), (-0.6 + 3.4 * swing, 0), 2.8, trousers)
    pen.stroke((0.6, -9), (0.6 - 3.4 * swing, 0), 2.8, mix(trousers, (0, 0, 0), 0.25))
    pen.rounded(-5.6, -19.0, -2.0, -11.5, 1.4, lit((120, 84, 60), scene.time_of_day))
    pen.rounded(-3.2, -20.5, 3.4, -8.0, 2.2, coat)
    pen.disc(0.8, -24.4, 3.5, skin)
    pen.poly(
        [(-3.0, -25.4), (0.2, -28.6), (3.4, -27.0), (0.4, -25.6), (-1.6, -22.2)],
        lit((70, 46, 36), scene.time_of_day),
    )
