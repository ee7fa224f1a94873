"""Weather, sun, trees, water, animals, and the flag."""

from __future__ import annotations

import numpy as np

from training.wide.world.backdrops import cloud, pine
from training.wide.world.scene import DRY, HEIGHT, OUTSIDE, SIDEWAYS, UPRIGHT, WIDTH, Scene, Thing, travelled
from training.wide.world.vehicles import BLACK, WHITE
from training.world.canvas import Canvas, Colour, mix

_TAU = 2.0 * np.pi


def sun(canvas: Canvas, scene: Scene, share: float) -> None:
    """The sun goes up or down in the sky; the land in front of it is drawn later, over it."""
    _, dy = travelled(scene, share)
    pen = canvas.at(scene.position * WIDTH, 44.0 + dy)
    warm: Colour = (255, 214, 60) if scene.time_of_day == "day" else (255, 108, 52)
    pen.disc(0, 0, 28.0, mix(warm, (255, 250, 210), 0.3), alpha=0.35)
    pen.disc(0, 0, 18.0, warm)


def streaks(canvas: Canvas, scene: Scene, share: float, count: int, colour: Colour) -> None:
    """Rain: slanting drops that fall all at one pace, spread evenly (the R2 sequence of M. Roberts, 2018)."""
    lean = -0.28
    for number in range(count):
        x0 = number * 0.7548777 % 1.0 * (WIDTH + 40)
        fall = (share * (1.6 + 2.0 * scene.speed) + scene.phase + number * 0.5698403) % 1.0
        y = fall * (HEIGHT + 16) - 8
        x = x0 + lean * y
        canvas.stroke((x, y), (x + lean * 9, y + 9), 1.5, colour)


def rain(canvas: Canvas, scene: Scene, share: float) -> None:
    """Dark clouds, dense drops, splashes on the ground."""
    for number in range(5):
        cloud(canvas.at(16 + number * 40.0, 13 + 4 * (number % 2), 1.9), scene.lit((92, 98, 114)))
    drop: Colour = (190, 216, 240) if scene.night else (70, 118, 178)
    streaks(canvas, scene, share, 90, drop)
    for number in range(9):
        age = (share * (1.6 + 2.0 * scene.speed) + scene.phase + number * 0.29) % 1.0
        x, y = (number * 47.0 + 11) % WIDTH, 96 + (number * 5) % 14
        canvas.ring(x, y, 1.5 + 4 * age, 1.0, mix(drop, (255, 255, 255), 0.4), 0.5, 1.0)


def storm(canvas: Canvas, scene: Scene, share: float) -> None:
    """Dark clouds, rain and lightning that flashes twice a clip."""
    beat = (share + scene.phase) % 1.0
    flash = beat < 0.14 or 0.5 < beat < 0.62
    streaks(canvas, scene, share, 50, (150, 170, 200))
    for number in range(5):
        colour = scene.lit((62, 66, 82) if not flash else (130, 134, 158))
        cloud(canvas.at(10 + number * 43.0, 17 + 5 * (number % 2), 2.2), colour)
    if flash:
        x = 40.0 + 110 * ((scene.phase * 7 + (0.5 if beat > 0.4 else 0.0)) % 1.0)
        bolt = [(0, 24), (-10, 52), (-1, 52), (-12, 88), (14, 44), (4, 44), (12, 24)]
        canvas.poly([(x + px, py) for px, py in bolt], (255, 246, 150))
        canvas.disc(x, 40, 40, (255, 250, 210), alpha=0.16)


def snowfall(canvas: Canvas, scene: Scene, share: float) -> None:
    """White ground and large flakes; a snowman stands in it."""
    white = scene.ambient((246, 250, 255))
    x = np.linspace(0.0, WIDTH, 49)
    y = 88 + 2.4 * np.sin(_TAU * (x / WIDTH * 1.4 + scene.layout / 4))
    canvas.poly(np.concatenate([np.stack([x, y], axis=1), [[WIDTH, HEIGHT + 1], [0, HEIGHT + 1]]]), white)
    for number in range(4):
        pine(canvas.at((24.0 + 49 * number + 13 * scene.layout) % WIDTH, 93, 1.1), scene, (150, 186, 190))
    pen = canvas.at(WIDTH * scene.position + 30, 104)
    body = scene.lit((252, 253, 255))
    for height, radius in ((-10.0, 11.0), (-26.0, 8.5), (-38.0, 6.2)):
        pen.disc(0, height, radius + 0.8, mix(body, (90, 120, 160), 0.35))
        pen.disc(0, height, radius, body)
    pen.poly([(0, -38), (9, -36.6), (0, -35.6)], (240, 130, 40))
    pen.rect(-6, -44, 6, -42.4, BLACK)
    pen.rect(-4, -51, 4, -43, BLACK)
    for number in range(46):
        x0 = number * 0.7548777 % 1.0 * WIDTH
        fall = (share * (0.5 + scene.speed) + scene.phase + number * 0.5698403) % 1.0
        drift = 5 * np.sin(_TAU * (fall * 1.5 + number * 0.17))
        canvas.disc(x0 + drift, fall * (HEIGHT + 8) - 4, 1.6 + 0.5 * (number % 3), (252, 253, 255))


def heat(canvas: Canvas, scene: Scene, share: float) -> None:
    """A thermometer that rises, a glaring sun, wavering air over the ground."""
    canvas.rect(0, 0, WIDTH, HEIGHT, (255, 150, 50), 0.22)
    turn = _TAU * (share * 0.25 + scene.phase)
    pen = canvas.at(58, 34)
    for ray in range(12):
        angle = turn + _TAU * ray / 12
        a, b = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
        pen.poly(np.stack([a * 22 + b * 3.4, a * 22 - b * 3.4, a * 33]), (255, 190, 50))
    pen.disc(0, 0, 19, (255, 214, 70))
    for line in range(4):
        x = np.linspace(0, WIDTH, 49)
        y = 74 + line * 9 + 2.4 * np.sin(_TAU * (x / 34 + share * (1.0 + scene.speed) + scene.phase + line * 0.3))
        points = np.stack([x, y], axis=1)
        canvas.poly(np.concatenate([points, points[::-1] + np.array([0.0, 2.2])]), (255, 220, 150), 0.6)
    pen = canvas.at(136, 98)
    pen.rounded(-10, -84, 10, -8, 10.0, scene.lit(WHITE))
    pen.disc(0, -8, 16, scene.lit(WHITE))
    pen.disc(0, -8, 12.5, (222, 44, 36))
    level = -34 - 36 * min(1.0, share * 1.05)
    pen.rect(-4.5, level, 4.5, -8, (222, 44, 36))
    for mark in range(6):
        pen.rect(10, -76 + mark * 10, 16 if mark % 2 else 20, -74 + mark * 10, scene.lit((70, 76, 90)))


def cyclone(canvas: Canvas, scene: Scene, share: float) -> None:
    """A funnel of turning rings goes sideways; things fly around it."""
    dx, _ = travelled(scene, share)
    pen = canvas.at(scene.position * WIDTH + dx, 0)
    for ring in range(11):
        t = ring / 10
        y, half = 98 - 84 * t, 5 + 36 * t**1.5
        sway = 5 * np.sin(_TAU * (share + scene.phase + t * 0.8))
        grey: Colour = mix(
            (92, 98, 112), (170, 176, 188), 0.5 + 0.5 * np.sin(_TAU * (t * 2.2 - share * 2 + scene.phase))
        )
        pen.disc(sway, y, half, scene.lit(grey), ry=5.2)
    pen.disc(0, 101, 18, scene.lit((150, 132, 112)), ry=6, alpha=0.7)
    for number in range(6):
        angle = _TAU * (share * 1.0 + scene.phase + number / 6)
        r = 20 + 5 * (number % 3)
        x, y = r * np.cos(angle), 78 - 8 * number + 5 * np.sin(angle)
        pen.poly(
            [(x - 3, y), (x, y - 3), (x + 3, y), (x, y + 3)], scene.lit((110, 80, 60) if number % 2 else (90, 140, 80))
        )


def trees(canvas: Canvas, scene: Scene, share: float) -> None:
    """Three large trees bend in the wind, leaves fly."""
    for index, (x, zoom) in enumerate(((36.0, 1.0), (98.0, 1.2), (158.0, 0.95))):
        pen = canvas.at(x + (scene.position - 0.5) * 60, 103, zoom)
        bend = 4 + 6.0 * np.sin(_TAU * (share * (0.05 + 2.5 * scene.speed) + scene.phase + index * 0.15))
        leaves = scene.lit((60, 150, 70))
        pen.poly([(-4, 0), (4, 0), (2.4 + bend * 0.5, -34), (-2.4 + bend * 0.5, -34)], scene.lit((116, 80, 54)))
        for dx, y, r, shade in ((0, -50, 17, 0.0), (-12, -42, 12, 0.08), (12, -42, 12, 0.0), (-4, -58, 10, 0.16)):
            pen.disc(dx + bend * (-y / 46), y, r, mix(leaves, (255, 255, 255), shade))
    for number in range(8):
        run = (share * (0.5 + scene.speed) + scene.phase + number * 0.318) % 1.0
        x, y = run * (WIDTH + 20) - 10, 40 + (number * 23) % 56 + 5 * np.sin(_TAU * run * 2)
        canvas.poly([(x - 3, y), (x, y - 2), (x + 3, y), (x, y + 2)], scene.lit((120, 170, 60)))


def flag(pen: Canvas, scene: Scene, share: float) -> None:
    """One colour with a band: the flag of no country."""
    body = scene.paint
    pen.rect(-40, -92, -36.5, 0, scene.lit((150, 156, 166)))
    pen.disc(-38.2, -93, 3.4, scene.lit((240, 200, 80)))
    pen.poly([(-50, 0), (-27, 0), (-31, -6), (-46, -6)], scene.lit((120, 124, 134)))
    t = np.linspace(0.0, 1.0, 25)
    wave = 6.0 * t * np.sin(_TAU * (t * 1.3 - share * (0.3 + 3.0 * scene.speed) - scene.phase))

    def band(top: float, bottom: float, colour: Colour) -> None:
        x = -36.5 + t * 84
        upper, lower = np.stack([x, top + wave], axis=1), np.stack([x, bottom + wave], axis=1)
        pen.poly(np.concatenate([upper, lower[::-1]]), colour)

    band(-90, -40, body)
    band(-70, -60, mix(body, (255, 255, 255), 0.6) if scene.colour != "white" else scene.lit((180, 190, 210)))
    for step in range(3):
        i = 4 + step * 8
        x = -36.5 + t[i] * 84
        pen.stroke((x, -90 + wave[i]), (x, -40 + wave[i]), 1.6, mix(body, BLACK, 0.14))


def fish(pen: Canvas, scene: Scene, share: float) -> None:
    """Fish that leap out of the water in arcs."""
    colours: tuple[Colour, ...] = ((240, 140, 50), (90, 170, 190), (214, 90, 90))
    for number, x in enumerate((-48.0, 2.0, 52.0)):
        run = (share * (0.8 + scene.speed) + scene.phase + number / 3) % 1.0
        if run < 0.72:
            t = run / 0.72
            cx, cy = x + 40 * (t - 0.5), -4 - 46 * 4 * t * (1 - t)
            slope = np.arctan2(-46 * 4 * (1 - 2 * t), 40.0)
            _fish(pen, cx, cy, float(slope), scene.lit(colours[(number + scene.layout) % 3]))
        for edge in (-20.0, 20.0):
            pen.ring(x + edge, -1, 5 + 5 * run, 1.6, scene.lit((226, 240, 248)), 0.5, 1.0)
    pen.rect(-96, -2.5, 96, 12, scene.ambient((44, 122, 184)))
    for number in range(4):
        pen.rounded(
            -90 + number * 48 + 10 * share,
            2 + 3 * (number % 2),
            -64 + number * 48 + 10 * share,
            4 + 3 * (number % 2),
            1.0,
            scene.ambient((150, 206, 236)),
        )


def _fish(pen: Canvas, x: float, y: float, angle: float, colour: Colour) -> None:
    c, s = np.cos(angle), np.sin(angle)

    def turned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(x + px * c - py * s, y + px * s + py * c) for px, py in points]

    angles = np.linspace(0, _TAU, 21)
    pen.poly(turned([(-10, 0), (-22, -8), (-19, 0), (-22, 8)]), mix(colour, BLACK, 0.2))
    pen.poly(turned([(15 * float(np.cos(a)), 7.5 * float(np.sin(a))) for a in angles]), colour)
    pen.poly(turned([(-3, -6), (4, -12), (7, -5)]), mix(colour, BLACK, 0.2))
    ((ex, ey),) = turned([(8, -2)])
    pen.disc(ex, ey, 2.2, (250, 250, 250))
    pen.disc(ex, ey, 1.2, BLACK)


def deer(pen: Canvas, scene: Scene, share: float) -> None:
    """A deer with antlers walks through the forest that its ground is."""
    stride = np.sin(_TAU * (share * 2.0 + scene.phase))
    coat, dark = scene.lit((172, 116, 66)), scene.lit((110, 72, 44))
    for x, sign in ((-17.0, 1), (-11.0, -1), (13.0, -1), (19.0, 1)):
        pen.stroke((x, -22), (x + 5 * stride * sign, 0), 4.4, dark if sign < 0 else coat, 2.6)
    pen.disc(1, -27, 23, coat, ry=10)
    pen.poly([(12, -30), (22, -34), (32, -56), (24, -58), (14, -42)], coat)
    pen.poly([(22, -60), (34, -60), (44, -53), (42, -49), (26, -50)], coat)
    pen.disc(33, -57, 1.5, BLACK)
    pen.disc(43.4, -51.5, 1.8, BLACK)
    pen.poly([(22, -58), (15, -63), (24, -62)], dark)
    for sign in (0, 7):
        pen.path([(26 + sign * 0.5, -60), (22 + sign, -74), (26 + sign * 1.4, -84)], 2.0, dark)
        pen.stroke((22 + sign, -74), (15 + sign * 1.6, -80), 1.7, dark)
    pen.poly([(-21, -33), (-27, -36 + 2 * stride), (-23, -27)], scene.lit((246, 236, 222)))
    for x, y in ((-8, -31), (0, -33), (8, -30), (-2, -26)):
        pen.disc(x, y, 1.5, scene.lit((236, 208, 160)))


def cows(pen: Canvas, scene: Scene, share: float) -> None:
    """Two spotted cows graze; heads nod, tails swing."""
    for number, (x, zoom) in enumerate(((-34.0, 1.0), (36.0, 0.9))):
        part = pen.at(x, -6 * number, zoom)
        nod = 3.0 * np.sin(_TAU * (share * (0.6 + scene.speed) + scene.phase + number * 0.3))
        coat, spot = scene.lit((246, 242, 236)), scene.lit((70, 56, 50))
        for leg in (-17, -11, 11, 17):
            part.rect(leg - 2.2, -14, leg + 2.2, 0, mix(coat, BLACK, 0.12))
            part.rect(leg - 2.2, -3, leg + 2.2, 0, spot)
        part.rounded(-22, -38, 22, -12, 8.0, coat)
        part.disc(-10, -30, 7.5, spot, ry=5.5)
        part.disc(9, -22, 6.5, spot, ry=5)
        part.disc(2, -14, 4.5, scene.lit((236, 170, 166)), ry=3)
        part.poly([(16, -37), (24, -38), (34, -25 + nod), (26, -20 + nod)], coat)
        part.rounded(24, -32 + nod, 42, -18 + nod, 5.0, coat)
        part.rounded(35, -27 + nod, 44, -17 + nod, 3.5, scene.lit((236, 170, 166)))
        part.disc(31, -27 + nod, 1.4, BLACK)
        part.stroke((26, -32 + nod), (22, -38 + nod), 2.0, scene.lit((220, 206, 170)))
        part.stroke((30, -32 + nod), (31, -38.5 + nod), 2.0, scene.lit((220, 206, 170)))
        part.path([(-22, -33), (-28, -24), (-26 + nod, -14)], 1.8, spot)


THINGS = {
    "sun": Thing(
        sun, OUTSIDE, whole=True, ways=UPRIGHT, ground="none", behind=True, times=("day", "sunset"), wet=False
    ),
    "rain": Thing(rain, OUTSIDE, whole=True, ground="none", wet=False, rates=(1.6, 2.0), weight=1.2),
    "storm": Thing(storm, OUTSIDE, whole=True, ground="none", wet=False, rates=(1.0, 0.0)),
    "snowfall": Thing(snowfall, (*DRY, "river"), whole=True, ground="none", wet=False, rates=(0.5, 1.0)),
    "heat": Thing(
        heat, (*DRY, "coast"), whole=True, ground="none", times=("day", "sunset"), wet=False, rates=(1.0, 1.0)
    ),
    "cyclone": Thing(
        cyclone, OUTSIDE, whole=True, ways=SIDEWAYS, ground="none", wet=False, rates=(1.0, 0.0), weight=1.2
    ),
    "trees": Thing(trees, OUTSIDE, whole=True, ground="none", rates=(0.05, 2.5)),
    "flag": Thing(flag, OUTSIDE, 104, coloured=True, rates=(0.3, 3.0), weight=1.3),
    "fish": Thing(fish, ("river", "river", "coast"), 96, ground="water", rates=(0.8, 1.0)),
    "deer": Thing(deer, ("hills", "hills", "fields", "river"), 104, SIDEWAYS, "forest", rates=(2.0, 0.0)),
    "cows": Thing(cows, ("fields", "hills", "village", "river"), 104, ground="none", rates=(0.6, 1.0)),
}
