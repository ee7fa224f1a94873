"""Energy, networks and water supply; they stay in place and turn, glint, blink or run."""

from __future__ import annotations

import numpy as np

from training.wide.world.scene import DRY, OUTSIDE, Scene, Thing
from training.wide.world.vehicles import BLACK, WHITE
from training.world.canvas import Canvas, mix

_TAU = 2.0 * np.pi


def wind_turbines(canvas: Canvas, scene: Scene, share: float) -> None:
    white = scene.lit((250, 250, 252))
    # Less than a sixth of a turn between frames keeps the direction of turning clear with three blades.
    turn = _TAU * (scene.phase + share * (0.35 + 2.0 * (scene.speed - 0.3)))
    shift = (scene.position - 0.5) * 80
    for index, (x, y, zoom) in enumerate(((38.0, 44.0, 0.9), (96.0, 38.0, 1.15), (156.0, 46.0, 0.85))):
        pen = canvas.at(x + shift, y, zoom)
        pen.poly([(-1.5, 0), (1.5, 0), (3.0, 56), (-3.0, 56)], mix(white, (60, 80, 110), 0.22))
        for blade in range(3):
            angle = turn + _TAU * (blade / 3 + index * 0.13)
            along, across = np.array([np.sin(angle), -np.cos(angle)]), np.array([np.cos(angle), np.sin(angle)])
            outline = ((0.0, -1.4), (7.0, -3.0), (31.0, -0.9), (31.0, 0.9), (7.0, 1.4), (0.0, 1.4))
            pen.poly(np.stack([along * r + across * w for r, w in outline]), white)
        pen.disc(0, 0, 3.0, mix(white, (60, 80, 110), 0.4))


def solar_panels(canvas: Canvas, scene: Scene, share: float) -> None:
    """Three large tilted panels; a glint of the sun runs over them from left to right."""
    glint = (share * (0.6 + scene.speed) + scene.phase) % 1.0
    for column in range(3):
        x = 96 + (column - 1) * 62.0 + (scene.position - 0.5) * 40
        _panel(canvas.at(x, 84.0, 1.4), glint, scene)


def _panel(pen: Canvas, glint: float, scene: Scene) -> None:
    frame, cell = scene.lit((222, 228, 236)), scene.lit((30, 66, 152))
    post = scene.lit((104, 110, 122))
    pen.rect(-2.0, 8, 2.0, 18, post)
    pen.rect(-7.0, 16.5, 7.0, 18.5, post)

    def inside(u: float, v: float, margin: float = 1.2) -> tuple[float, float]:
        lean = 5.0 * (1.0 - 2.0 * v)
        return (u - 0.5) * (38.0 - 2 * margin) + lean, (v - 0.5) * (26.0 - 2 * margin)

    pen.poly([inside(u, v, 0.0) for u, v in ((0, 0), (1, 0), (1, 1), (0, 1))], frame)
    for column in range(4):
        for line in range(3):
            u, v = column / 4 + 0.015, line / 3 + 0.02
            pen.poly([inside(u, v), inside(u + 0.22, v), inside(u + 0.22, v + 0.29), inside(u, v + 0.29)], cell)
    start = glint * 1.4 - 0.25
    low, high = float(np.clip(start, 0, 1)), float(np.clip(start + 0.17, 0, 1))
    if high > low:
        pen.poly([inside(low, 0), inside(high, 0), inside(high, 1), inside(low, 1)], (255, 250, 214), 0.75)


def power_line(canvas: Canvas, scene: Scene, share: float) -> None:
    """Two lattice towers with wires; birds' balls travel as sparks along them."""
    steel = scene.lit((150, 158, 172) if scene.night else (96, 104, 120))
    wire = scene.lit((120, 126, 140) if scene.night else (50, 54, 64))
    places = ((44.0, 98.0, 1.25), (146.0, 92.0, 1.0))
    ends = []
    for x, foot, zoom in places:
        pen = canvas.at(x, foot, zoom)
        for sign in (-1, 1):
            pen.stroke((sign * 11, 0), (sign * 2.0, -68), 2.0, steel)
        for step in range(4):
            low, high = 11 - step * 2.3, 11 - (step + 1) * 2.3
            y0, y1 = -step * 15.0, -(step + 1) * 15.0
            pen.stroke((-low, y0), (high, y1), 1.3, steel)
            pen.stroke((low, y0), (-high, y1), 1.3, steel)
        for arm, reach in ((-44, 16), (-56, 22), (-67, 14)):
            pen.stroke((-reach, arm), (reach, arm), 2.0, steel)
            for sign in (-1, 1):
                pen.stroke((sign * reach, arm), (sign * reach, arm + 5), 1.6, scene.lit((180, 90, 60)))
        ends.append(
            [
                (x + sign * reach * zoom, foot + (arm + 5) * zoom)
                for arm, reach in ((-44, 16), (-56, 22), (-67, 14))
                for sign in (-1, 1)
            ]
        )
    for a, b in zip(*ends, strict=True):
        for start, end in ((a, b), ((a[0] - 102, a[1] + 4), a), (b, (b[0] + 90, b[1] - 2))):
            xs = np.linspace(0.0, 1.0, 9)
            points = [
                (start[0] + (end[0] - start[0]) * s, start[1] + (end[1] - start[1]) * s + 9 * s * (1 - s) * 2)
                for s in xs
            ]
            canvas.path([(float(x), float(y)) for x, y in points], 1.1, wire)
    for number in range(3):
        run = (share * (0.6 + scene.speed) + scene.phase + number / 3) % 1.0
        a, b = ends[0][number * 2], ends[1][number * 2]
        x, y = a[0] + (b[0] - a[0]) * run, a[1] + (b[1] - a[1]) * run + 18 * run * (1 - run)
        canvas.poly([(x - 4, y), (x, y - 5), (x + 4, y), (x, y + 5)], (255, 236, 90))


def satellite_dish(pen: Canvas, scene: Scene, share: float) -> None:
    """A large dish on a base; waves leave it towards the sky."""
    white, steel = scene.lit((244, 246, 250)), scene.lit((110, 118, 132))
    pen.poly([(-20, 0), (20, 0), (12, -10), (-12, -10)], steel)
    pen.poly([(-6, -8), (6, -8), (4, -34), (-4, -34)], scene.lit((150, 158, 170)))
    angle = -0.7
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    middle = np.array([2.0, -42.0])
    ts = np.linspace(-1.0, 1.0, 25)
    bowl = [middle + across * 34 * t + along * (12 * t * t - 8) for t in ts]
    rim = [middle + across * 34 * t + along * (4 + 4 * (1 - t * t)) for t in ts[::-1]]
    pen.poly(np.array(bowl + rim), white)
    pen.poly(
        np.array([middle + across * 33 * t + along * (5 * t * t + 1) for t in ts] + rim),
        mix(white, (80, 100, 130), 0.3),
    )
    tip = middle + along * 30
    for t in (-0.8, 0.8):
        pen.stroke(tuple(middle + across * 33 * t + along * 4), tuple(tip), 1.4, steel)
    pen.disc(float(tip[0]), float(tip[1]), 3.4, scene.lit((214, 60, 50)))
    waves(pen.at(float(tip[0]), float(tip[1])), scene, share, angle)


def waves(pen: Canvas, scene: Scene, share: float, angle: float) -> None:
    """Three arcs that go outwards in the direction `angle` (radians, from the right, clockwise)."""
    middle = angle / _TAU
    for number in range(3):
        age = (share * (0.6 + scene.speed) + scene.phase + number / 3) % 1.0
        colour = mix((255, 250, 200) if scene.night else (40, 110, 200), (130, 150, 190), 0.5 * age)
        pen.ring(0, 0, 9 + 24 * age, 2.6, colour, middle - 0.1, middle + 0.1)


def network_mast(pen: Canvas, scene: Scene, share: float) -> None:
    """A red and white lattice mast with antennas; waves go to both sides."""
    for step in range(6):
        low, high = 15 - step * 2.2, 15 - (step + 1) * 2.2
        y0, y1 = -step * 14.0, -(step + 1) * 14.0
        colour = scene.lit((214, 54, 48) if step % 2 == 0 else WHITE)
        for sign in (-1, 1):
            pen.stroke((sign * low, y0), (sign * high, y1), 2.4, colour)
        pen.stroke((-low, y0), (high, y1), 1.5, colour)
        pen.stroke((low, y0), (-high, y1), 1.5, colour)
        pen.stroke((-high, y1), (high, y1), 1.5, colour)
    pen.rect(-1.2, -96, 1.2, -84, scene.lit((90, 98, 112)))
    for x in (-8.0, 0.0, 8.0):
        pen.rounded(x - 2, -88, x + 2, -74, 1.2, scene.lit((236, 240, 246)))
    waves(pen.at(6, -84), scene, share, 0.0)
    waves(pen.at(-6, -84), scene, share, np.pi)


def water_tank(pen: Canvas, scene: Scene, share: float) -> None:
    """An elevated tank on four legs; a pipe fills a pot below."""
    body = scene.lit((96, 162, 206))
    for x in (-24.0, -9.0, 9.0, 24.0):
        pen.rect(x - 2, -48, x + 2, 0, scene.lit((160, 152, 146)))
    for y in (-32.0, -14.0):
        pen.rect(-26, y, 26, y + 2.2, scene.lit((140, 132, 128)))
    pen.rect(-34, -78, 34, -46, body)
    pen.poly([(-34, -78), (0, -92), (34, -78)], mix(body, (30, 50, 90), 0.35))
    pen.rect(-34, -70, 34, -67, mix(body, (255, 255, 255), 0.5))
    pen.poly([(-34, -46), (34, -46), (20, -40), (-20, -40)], mix(body, (30, 50, 90), 0.3))
    pen.poly([(0, -64), (6, -55), (5, -51.5), (0, -49.5), (-5, -51.5), (-6, -55)], scene.lit((236, 246, 252)))
    pen.path([(26, -46), (44, -46), (44, -26)], 3.4, scene.lit((90, 98, 112)))
    run = (share * (1.0 + 2 * scene.speed) + scene.phase) % 1.0
    pen.rect(42.6, -24, 45.4, -8, scene.lit((90, 180, 240)))
    pen.rect(42.2, -24 + run * 10, 45.8, -19 + run * 10, scene.lit((226, 244, 252)))
    pen.poly([(36, -10), (52, -10), (49, 0), (39, 0)], scene.lit((200, 110, 60)))


def water_tap(pen: Canvas, scene: Scene, share: float) -> None:
    """A large tap over a bucket; water runs, the bucket fills."""
    metal = scene.lit((176, 186, 200))
    dark = mix(metal, BLACK, 0.35)
    pen.rect(-44, -66, -36, 0, dark)
    pen.path([(-40, -64), (2, -64), (10, -58), (10, -48)], 10.0, metal)
    pen.rect(4, -51, 16, -46, dark)
    pen.rect(-16, -80, -11, -66, dark)
    pen.rounded(-26, -85, -1, -79, 3.0, scene.lit((214, 60, 50)))
    water, shine = scene.lit((70, 160, 226)), scene.lit((220, 242, 252))
    pen.rect(6, -46, 14, -18, water)
    for drop in range(3):
        fall = (drop / 3 + share * (1.5 + 2 * scene.speed) + scene.phase) % 1.0
        pen.rect(7.6, -46 + fall * 24, 10, -42 + fall * 24, shine)
    level = -6 - 20 * share
    pen.poly([(-12, -30), (36, -30), (31, 0), (-7, 0)], scene.lit((226, 230, 236)))
    pen.poly([(-12 + 0.16 * (30 + level), level), (36 - 0.16 * (30 + level), level), (30, -2), (-6, -2)], water)
    pen.ring(12, -30, 24, 1.8, dark, 0.5, 1.0)


def recycling(pen: Canvas, scene: Scene, share: float) -> None:
    """Three coloured bins; things fall into them."""
    for number, colour in enumerate(((52, 150, 80), (46, 108, 190), (240, 190, 50))):
        part = pen.at(-42 + number * 42.0, 0)
        paint = scene.lit(colour)
        fall = (share * (0.8 + scene.speed) + scene.phase + number / 3) % 1.0
        y = -84 + fall * 40
        if number == 0:
            part.rounded(-3.5, y - 4, 3.5, y + 12, 2.0, scene.lit((140, 200, 170)))
            part.rect(-1.6, y - 9, 1.6, y - 3, scene.lit((140, 200, 170)))
        elif number == 1:
            part.poly([(-7, y), (6, y - 3), (8, y + 8), (-5, y + 10)], scene.lit((250, 250, 244)))
        else:
            part.rounded(-4.5, y - 5, 4.5, y + 8, 1.5, scene.lit((190, 200, 210)))
        part.poly([(-17, -44), (17, -44), (14, 0), (-14, 0)], paint)
        part.rounded(-19, -49, 19, -43, 2.0, mix(paint, BLACK, 0.3))
        for turn in range(3):
            start = turn / 3 + 0.05
            part.ring(0, -22, 8.5, 3.0, scene.lit(WHITE), start, start + 0.22)
            angle = _TAU * (start + 0.23)
            tip = np.array([8.5 * np.cos(angle), -22 + 8.5 * np.sin(angle)])
            along, across = np.array([-np.sin(angle), np.cos(angle)]), np.array([np.cos(angle), np.sin(angle)])
            part.poly(np.stack([tip + across * 4.2, tip - across * 4.2, tip + along * 5.2]), scene.lit(WHITE))


THINGS = {
    "wind turbines": Thing(wind_turbines, OUTSIDE, whole=True, ground="none", rates=(-0.25, 2.0), weight=1.2),
    "solar panels": Thing(
        solar_panels, OUTSIDE, whole=True, ground="plain", times=("day", "sunset"), wet=False, rates=(0.6, 1.0)
    ),
    "power line": Thing(power_line, OUTSIDE, whole=True, ground="none", rates=(0.6, 1.0)),
    "satellite dish": Thing(satellite_dish, OUTSIDE, 102, rates=(0.6, 1.0), partner=True),
    "network mast": Thing(network_mast, OUTSIDE, 102, rates=(0.6, 1.0), partner=True),
    "water tank": Thing(
        water_tank, ("village", "fields", "city", "hills", "river"), 102, rates=(1.0, 2.0), partner=True
    ),
    "water tap": Thing(water_tap, (*DRY, "river", "interior"), 104, rates=(1.5, 2.0)),
    "recycling": Thing(recycling, ("city", "village", "port", "fields"), 104, rates=(0.8, 1.0)),
}
