"""What drives: every vehicle faces right; all that leads (windscreen, headlight, bonnet) is drawn large at its front."""

from __future__ import annotations

import numpy as np

from training.wide.world.scene import DRY, OUTSIDE, SIDEWAYS, Scene, Thing
from training.world.canvas import Canvas, Colour, mix

BLACK: Colour = (34, 36, 44)
WHITE: Colour = (250, 250, 250)
_TAU = 2.0 * np.pi
_BLUE_LIGHT = (2.0, 0.0)


def wheel(pen: Canvas, x: float, radius: float, scene: Scene) -> None:
    pen.disc(x, -radius, radius, BLACK)
    pen.disc(x, -radius, radius * 0.48, scene.lit((190, 194, 202)))


def headlight(pen: Canvas, x: float, y: float, scene: Scene) -> None:
    """A lamp at the front; in the dark with a beam."""
    if scene.night:
        pen.poly([(x, y - 2), (x + 32, y - 6), (x + 32, y + 8), (x, y + 2)], (255, 240, 180), 0.42)
    pen.disc(x - 0.8, y, 2.4, (255, 246, 190))


def blue_light(pen: Canvas, x: float, y: float, scene: Scene, share: float) -> None:
    on = (share * 2.0 + scene.phase) % 1.0 < 0.5
    pen.rounded(x - 5, y - 5, x + 5, y, 2.0, (60, 110, 255) if on else (36, 44, 96))
    if on:
        pen.disc(x, y - 3, 11.0, (110, 160, 255), alpha=0.4)


def bus(pen: Canvas, scene: Scene, share: float) -> None:
    body, window = scene.paint, scene.glass
    pen.rounded(-40, -40, 40, -6, 4.0, body)
    pen.rect(-40, -16.5, 40, -13.5, mix(body, (255, 255, 255), 0.55))
    for column in range(4):
        pen.rounded(-36 + column * 13.6, -35, -25 + column * 13.6, -21, 1.2, window)
    pen.poly([(21, -35), (38, -35), (40, -32), (40, -18), (21, -18)], mix(window, (255, 255, 255), 0.35))
    pen.rect(29, -35, 30.4, -18, body)
    headlight(pen, 40, -10, scene)
    pen.rect(-40, -13, -37.6, -8, (200, 30, 40))
    for x in (-23.0, 23.0):
        wheel(pen, x, 7.5, scene)


def car(pen: Canvas, scene: Scene, share: float) -> None:
    body, window = scene.paint, scene.glass
    pen.poly([(-21, -15), (-13, -28), (9, -28), (20, -15)], body)
    pen.poly([(-16, -16), (-10.5, -25.5), (-2, -25.5), (-2, -16)], window)
    pen.poly([(0.5, -16), (0.5, -25.5), (8, -25.5), (16, -16)], mix(window, (255, 255, 255), 0.35))
    pen.rounded(-31, -17, 33, -5, 4.0, body)
    pen.rect(-31, -9.5, 33, -7.5, mix(body, (20, 20, 30), 0.3))
    headlight(pen, 33, -13, scene)
    pen.rect(-31, -15, -28.8, -11, (200, 30, 40))
    for x in (-17.0, 18.0):
        wheel(pen, x, 6.5, scene)


def truck(pen: Canvas, scene: Scene, share: float) -> None:
    cargo, cab = scene.paint, scene.lit((236, 238, 240))
    pen.rect(-44, -11, 40, -7, BLACK)
    pen.rect(-44, -44, 16, -10, cargo)
    for column in range(4):
        pen.rect(-37 + column * 14, -44, -35 + column * 14, -10, mix(cargo, (20, 20, 30), 0.16))
    pen.poly([(19, -36), (34, -36), (41, -22), (42, -8), (19, -8)], cab)
    pen.poly([(24, -33), (32.5, -33), (38.5, -21.5), (24, -21.5)], scene.glass)
    headlight(pen, 42, -12, scene)
    for x in (-32.0, -16.0, 30.0):
        wheel(pen, x, 7.0, scene)


def ambulance(pen: Canvas, scene: Scene, share: float) -> None:
    white, red, cross = scene.lit(WHITE), scene.lit((232, 90, 40)), scene.lit((20, 140, 110))
    pen.rounded(-40, -40, 16, -6, 3.0, white)
    pen.poly([(15, -33), (26, -33), (34, -21), (40, -18), (40, -6), (15, -6)], white)
    pen.poly([(18, -30), (25, -30), (32, -19.5), (18, -19.5)], scene.glass)
    pen.rect(-40, -14.5, 40, -9.5, red)
    pen.rect(-15.5, -36, -8.5, -17.5, cross)
    pen.rect(-21.5, -30.2, -2.5, -23.3, cross)
    blue_light(pen, 8, -40, scene, share)
    headlight(pen, 40, -13, scene)
    for x in (-22.0, 24.0):
        wheel(pen, x, 7.5, scene)


def fire_engine(pen: Canvas, scene: Scene, share: float) -> None:
    red, steel = scene.lit((206, 32, 36)), scene.lit((206, 210, 218))
    pen.rounded(-44, -34, 18, -6, 2.0, red)
    pen.poly([(18, -38), (40, -38), (44, -22), (44, -6), (18, -6)], red)
    pen.poly([(23, -35), (37.5, -35), (41.5, -21.5), (23, -21.5)], scene.glass)
    for column in range(3):
        pen.rect(-39 + column * 18, -26, -25 + column * 18, -12, steel)
        for line in range(3):
            pen.rect(-39 + column * 18, -23.5 + line * 4, -25 + column * 18, -22.5 + line * 4, mix(steel, BLACK, 0.35))
    for y in (-44.0, -38.0):
        pen.rect(-50, y, 14, y + 1.8, steel)
    for column in range(8):
        pen.rect(-48 + column * 8, -44, -46.4 + column * 8, -37, steel)
    pen.rect(-44, -10, 44, -7.6, (250, 210, 60))
    blue_light(pen, 29, -38, scene, share)
    headlight(pen, 44, -13, scene)
    for x in (-28.0, 30.0):
        wheel(pen, x, 7.5, scene)


def police_car(pen: Canvas, scene: Scene, share: float) -> None:
    white, blue = scene.lit(WHITE), scene.lit((30, 70, 170))
    pen.poly([(-21, -15), (-13, -28), (9, -28), (20, -15)], white)
    pen.poly([(-16, -16), (-10.5, -25.5), (-2, -25.5), (-2, -16)], scene.glass)
    pen.poly([(0.5, -16), (0.5, -25.5), (8, -25.5), (16, -16)], mix(scene.glass, (255, 255, 255), 0.35))
    pen.rounded(-31, -17, 33, -5, 4.0, white)
    pen.rect(-31, -13.5, 33, -7, blue)
    blue_light(pen, -2, -28, scene, share)
    headlight(pen, 33, -13, scene)
    for x in (-17.0, 18.0):
        wheel(pen, x, 6.5, scene)


def tractor(pen: Canvas, scene: Scene, share: float) -> None:
    body = scene.paint
    pen.rounded(-2, -28, 32, -12, 3.0, body)
    pen.rect(4, -25, 30, -22.5, mix(body, BLACK, 0.4))
    pen.rect(20, -42, 22.5, -28, BLACK)
    pen.rect(-22, -50, 2, -47, body)
    pen.poly([(-19, -47), (-1, -47), (2, -27), (-21, -27)], scene.glass)
    pen.rect(-11, -47, -9.4, -27, body)
    pen.disc(-9.8, -36, 3.4, (214, 168, 130))
    pen.rect(-14, -32.5, -6, -24, scene.lit((70, 100, 160)))
    pen.poly([(-24, -27), (4, -27), (4, -14), (-24, -14)], body)
    pen.disc(-13, -16, 17, body)
    wheel(pen, -13, 15.5, scene)
    wheel(pen, 24, 9.0, scene)
    for lug in range(8):
        angle = _TAU * lug / 8 + share * 6.0
        pen.disc(-13 + 13 * np.cos(angle), -15.5 + 13 * np.sin(angle), 1.6, mix(BLACK, (255, 255, 255), 0.3))
    headlight(pen, 32, -23, scene)


def cyclist(pen: Canvas, scene: Scene, share: float) -> None:
    frame, skin, shirt = BLACK, (206, 156, 118), scene.paint
    for x in (-16.0, 16.0):
        pen.ring(x, -11, 10, 2.2, frame)
        pen.stroke((x - 9, -11), (x + 9, -11), 0.9, scene.lit((170, 176, 186)))
        pen.stroke((x, -20), (x, -2), 0.9, scene.lit((170, 176, 186)))
    red = scene.lit((200, 60, 50))
    for a, b in (
        ((-16, -11), (-5, -26)),
        ((-16, -11), (0, -11)),
        ((0, -11), (-5, -26)),
        ((0, -11), (12, -26)),
        ((-5, -24), (12, -26)),
    ):
        pen.stroke(a, b, 2.0, red)
    pen.stroke((16, -11), (11, -31), 2.0, red)
    pen.stroke((11, -31), (16, -32), 2.0, frame)
    turn = _TAU * (share * 2.0 + scene.phase)
    foot = (4.5 * np.cos(turn), -11 + 4.5 * np.sin(turn))
    knee = (5.5, -22 + 2 * np.sin(turn))
    pen.path([(-5, -29), knee, foot], 4.2, scene.lit((50, 60, 90)))
    pen.poly([(-9, -30), (-2, -28), (8, -43), (1, -47)], shirt)
    pen.path([(4, -43), (9, -36), (13, -32)], 3.2, shirt)
    pen.disc(7, -50, 5.0, scene.lit(skin))
    pen.poly([(1, -51), (4, -56.5), (10, -56.5), (13, -51)], scene.lit((240, 190, 50)))
    headlight(pen, 16, -27, scene)


def _passing(part: Canvas, scene: Scene, colour: Colour) -> None:
    part.poly([(-13, -9), (-8, -17), (6, -17), (12, -9)], scene.lit(colour))
    part.poly([(-9, -10), (-6.5, -15), (5, -15), (8.5, -10)], scene.glass)
    part.rounded(-19, -11, 20, -3, 2.5, scene.lit(colour))
    for at in (-11.0, 11.0):
        wheel(part, at, 4.0, scene)


_TRAFFIC: tuple[Colour, ...] = ((214, 50, 50), (50, 100, 210), (244, 208, 60), (240, 240, 244), (60, 160, 90))


def highway(canvas: Canvas, scene: Scene, share: float) -> None:
    """Two lanes of cars that go opposite ways, with a rail between them; it fills the lower half of the picture."""
    grey, light = scene.ambient((92, 96, 108)), scene.ambient((240, 240, 230))
    canvas.rect(0, 70, 192, 112, grey)
    canvas.rect(0, 69, 192, 71, light)
    canvas.rect(0, 89.5, 192, 91, scene.ambient((190, 196, 204)))
    for post in range(8):
        canvas.rect(post * 25 + 6, 88, post * 25 + 8, 93, scene.ambient((190, 196, 204)))
    for mark in range(6):
        canvas.rect(mark * 34 + 6, 79.6, mark * 34 + 20, 80.8, light)
        canvas.rect(mark * 34 + 6, 101, mark * 34 + 20, 102.4, light)
    way = (share - 0.5) * scene.speed * 192
    for lane, (y, sign, zoom) in enumerate(((87.0, -1, 0.85), (108.0, 1, 1.25))):
        for number in range(4):
            x = (number * 64.0 + 30 * lane + scene.phase * 64 + sign * way) % 256 - 32
            colour = _TRAFFIC[(number * 2 + lane + scene.layout) % 5]
            _passing(canvas.at(x, y, zoom, flip=sign < 0), scene, colour)


def road_works(pen: Canvas, scene: Scene, share: float) -> None:
    """An excavator whose arm goes up and down, cones and a barrier."""
    yellow = scene.lit((246, 186, 40))
    pen.rounded(-40, -9, 0, 0, 4.5, BLACK)
    for x in (-35.0, -20.0, -5.0):
        pen.disc(x, -4.5, 3.0, scene.lit((120, 124, 132)))
    pen.rect(-38, -20, -4, -9, yellow)
    pen.poly([(-22, -38), (-8, -38), (-4, -20), (-22, -20)], yellow)
    pen.poly([(-19, -35), (-10, -35), (-7.5, -22), (-19, -22)], scene.glass)
    swing = 7.0 * np.sin(_TAU * (share * (0.4 + scene.speed) + scene.phase))
    elbow, tip = (16.0, -46 - swing * 0.6), (34.0, -20 - swing)
    pen.path([(-6, -20), elbow], 5.0, yellow)
    pen.path([elbow, tip], 4.0, yellow)
    pen.poly([(tip[0] - 5, tip[1]), (tip[0] + 5, tip[1]), (tip[0] + 3, tip[1] + 9), (tip[0] - 7, tip[1] + 8)], BLACK)
    pen.poly([(22, 0), (52, 0), (42, -9), (33, -11)], scene.lit((130, 96, 70)))
    for x in (-58.0, -48.0, 60.0):
        pen.poly([(x - 5, 0), (x + 5, 0), (x + 1, -15), (x - 1, -15)], scene.lit((240, 100, 30)))
        pen.poly([(x - 3, -6), (x + 3, -6), (x + 2, -10), (x - 2, -10)], scene.lit(WHITE))


THINGS = {
    "bus": Thing(bus, foot=104, ways=SIDEWAYS, ground="road", coloured=True, weight=2.2),
    "car": Thing(car, foot=104, ways=SIDEWAYS, ground="road", coloured=True, weight=1.8),
    "truck": Thing(truck, foot=104, ways=SIDEWAYS, ground="road", coloured=True, weight=1.5),
    "ambulance": Thing(ambulance, foot=104, ways=SIDEWAYS, ground="road", rates=_BLUE_LIGHT, weight=1.4),
    "fire engine": Thing(fire_engine, foot=104, ways=SIDEWAYS, ground="road", rates=_BLUE_LIGHT, weight=1.2),
    "police car": Thing(police_car, foot=104, ways=SIDEWAYS, ground="road", rates=_BLUE_LIGHT),
    "tractor": Thing(
        tractor, ("fields", "hills", "village", "river"), 104, SIDEWAYS, "none", coloured=True, weight=1.4
    ),
    "cyclist": Thing(cyclist, foot=104, ways=SIDEWAYS, ground="road", coloured=True, rates=(2.0, 0.0), weight=1.2),
    "highway": Thing(highway, DRY, whole=True, ground="none"),
    "road works": Thing(road_works, OUTSIDE, 104, ground="road", rates=(0.4, 1.0)),
}
