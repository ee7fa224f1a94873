"""What warnings warn of, on land and at sea."""

from __future__ import annotations

import numpy as np

from training.wide.world.backdrops import pine
from training.wide.world.built import cottage
from training.wide.world.scene import DRY, HEIGHT, OUTSIDE, UPRIGHT, WIDTH, Scene, Thing
from training.wide.world.vehicles import BLACK, WHITE
from training.world.canvas import Canvas, Colour, mix

_TAU = 2.0 * np.pi


def house(pen: Canvas, scene: Scene, burning: bool = False) -> None:
    """A house 66 wide and 62 high, its foot in the middle."""
    wall, roof = scene.lit((240, 220, 186)), scene.lit((176, 62, 54))
    pane: Colour = (255, 196, 70) if burning or scene.night else scene.lit((150, 196, 226))
    pen.rect(-27, -36, 27, 0, wall)
    pen.rect(14, -60, 21, -44, mix(wall, (90, 60, 60), 0.5))
    pen.poly([(-33, -34), (0, -62), (33, -34)], roof)
    for x in (-20.0, 8.0):
        pen.rect(x, -28, x + 12, -15, scene.lit(WHITE))
        pen.rect(x + 1.2, -26.8, x + 10.8, -16.2, pane)
        pen.rect(x + 5.4, -27, x + 6.6, -16, scene.lit(WHITE))
    pen.rect(-5, -18, 5, 0, scene.lit((110, 70, 50)))


def flame(pen: Canvas, height: float, flicker: float) -> None:
    """A flame of `height`, its foot at the origin; `flicker` −1 … 1 leans it."""
    lean = flicker * height * 0.16
    for colour, part in (((232, 70, 30), 1.0), ((250, 150, 40), 0.7), ((255, 232, 120), 0.4)):
        h, w = height * part, height * 0.3 * part
        tip = (lean * part, -h)
        pen.poly(
            [
                (-w, 0),
                (-w * 1.1, -h * 0.3),
                (-w * 0.4 + lean * 0.3, -h * 0.62),
                tip,
                (w * 0.6 + lean * 0.3, -h * 0.5),
                (w * 1.1, -h * 0.25),
                (w, 0),
            ],
            colour,
        )


def smoke(pen: Canvas, scene: Scene, share: float, reach: float, colour: Colour = (70, 70, 78)) -> None:
    for puff in range(5):
        age = (puff / 5 + share * (0.6 + scene.speed) + scene.phase) % 1.0
        pen.disc(age * reach * 0.35, -age * reach, 5 + age * 11, scene.lit(colour), alpha=0.8 - 0.6 * age)


def burning_house(pen: Canvas, scene: Scene, share: float) -> None:
    smoke(pen.at(0, -50), scene, share, 52)
    house(pen, scene, burning=True)
    for number, (x, y, height) in enumerate(
        ((-22.0, -34.0, 26.0), (0.0, -48.0, 32.0), (20.0, -36.0, 26.0), (-14.0, -14.0, 20.0), (14.0, -14.0, 20.0))
    ):
        beat = np.sin(_TAU * (share * (0.6 + 3.0 * scene.speed) + scene.phase + number * 0.37))
        flame(pen.at(x, y), height * (1 + 0.15 * beat), float(beat))


def forest_fire(canvas: Canvas, scene: Scene, share: float) -> None:
    for number in range(4):
        smoke(canvas.at(24 + number * 46.0, 52), scene, share + number * 0.13, 44, (96, 84, 84))
    for number in range(9):
        x, y = 8.0 + number * 22.0, 96.0 + 6 * (number % 2)
        burnt = number % 3 == 0
        pine(canvas.at(x, y, 1.9), scene, (52, 44, 42) if burnt else (44, 112, 66))
    for number in range(11):
        beat = np.sin(_TAU * (share * (0.6 + 3.0 * scene.speed) + scene.phase + number * 0.31))
        flame(
            canvas.at(2.0 + number * 18.6, 108 - 4 * (number % 2)),
            (17 + 7 * ((number * 3) % 4)) * (1 + 0.15 * beat),
            float(beat),
        )


def flood(canvas: Canvas, scene: Scene, share: float) -> None:
    """Grey-blue water rises or falls at a house that stands in it."""
    place = 0.3 + 0.4 * scene.phase
    house(canvas.at(WIDTH * place, 106.0), scene)
    cottage(canvas.at(WIDTH * ((place + 0.42) % 1.0), 100.0, 1.3), scene, scene.layout)
    way = (share - 0.5) * (scene.speed * 100.0) * (1 if scene.direction == "rising" else -1)
    level = 84.0 - way
    x = np.linspace(0.0, WIDTH, 49)
    drift = share * 0.8
    y = level + 1.8 * np.sin(_TAU * (x / 60.0 + drift))
    water, crest = scene.ambient((84, 124, 140)), scene.ambient((206, 226, 234))
    bottom = [[WIDTH, HEIGHT + 1], [0.0, HEIGHT + 1]]
    canvas.poly(np.concatenate([np.stack([x, y], axis=1), bottom]), crest)
    canvas.poly(np.concatenate([np.stack([x, y + 2.6], axis=1), bottom]), water)
    for row in range(3):
        for step in range(-1, 4):
            left, top = (step + 0.5 * (row % 2) + drift * 0.6) * 70.0, level + 10.0 + 12.0 * row
            canvas.rounded(left, top, left + 28, top + 2.2, 1.1, mix(water, crest, 0.45))


def tsunami(canvas: Canvas, scene: Scene, share: float) -> None:
    """A curling wave comes from the sea upon houses on the shore."""
    sea, deep, foam = scene.lit((38, 120, 178)), scene.lit((22, 84, 142)), scene.lit((236, 246, 250))
    for number in range(3):
        cottage(canvas.at(112.0 + 30 * number, 100.0, 1.1), scene, number + scene.layout)
    x0 = 30.0 + 64.0 * scene.speed * 2 * share
    canvas.poly(
        [
            (-60, 112),
            (-60, 70),
            (x0 - 60, 62),
            (x0 - 24, 46),
            (x0 + 2, 26),
            (x0 + 28, 21),
            (x0 + 46, 28),
            (x0 + 54, 42),
            (x0 + 42, 37),
            (x0 + 28, 38),
            (x0 + 22, 52),
            (x0 + 30, 76),
            (x0 + 52, 98),
            (x0 + 84, 112),
        ],
        sea,
    )
    canvas.poly(
        [
            (x0 + 28, 38),
            (x0 + 22, 52),
            (x0 + 30, 76),
            (x0 + 52, 98),
            (x0 + 84, 112),
            (x0 + 30, 112),
            (x0 + 8, 80),
            (x0 + 8, 54),
        ],
        deep,
    )
    for number in range(3):
        a = 10.0 * number
        canvas.path(
            [(x0 - 46 + a, 84 + a * 0.6), (x0 - 18 + a * 0.7, 66 + a), (x0 - 4 + a * 0.4, 44 + a)],
            2.0,
            mix(sea, foam, 0.5),
        )
    for number in range(9):
        t = number / 8
        x, y = x0 - 2 + 56 * t, 27 - 14 * np.sin(np.pi * t) * 0.6 + 17 * max(0.0, t - 0.5) * 2
        bob = 1.5 * np.sin(_TAU * (share * 3 + number * 0.3 + scene.phase))
        canvas.disc(x, y + bob, 5.6 - 1.6 * abs(t - 0.6), foam)
    for number in range(6):
        canvas.disc(
            x0 + 44 + number * 8, 108 - 1.5 * number + 1.5 * np.sin(_TAU * (share * 3 + number * 0.4)), 6.5, foam
        )


def landslide(canvas: Canvas, scene: Scene, share: float) -> None:
    """A slope whose earth, stones and trees slide down upon a road."""
    soil, dark = scene.lit((156, 106, 66)), scene.lit((112, 76, 50))
    canvas.rect(0, 92, WIDTH, HEIGHT, scene.ambient((104, 108, 118)))
    canvas.poly([(0, 12), (40, 22), (120, 92), (120, 112), (0, 112)], scene.ambient((88, 142, 74)))
    canvas.poly([(8, 14), (52, 33), (122, 96), (150, 106), (40, 112), (14, 60)], soil)
    for number in range(4):
        canvas.path(
            [(16 + number * 9, 26 + number * 9), (44 + number * 12, 62 + number * 6), (90 + number * 10, 100 + number)],
            2.0,
            dark,
        )
    for number in range(14):
        run = (share * (0.35 + scene.speed) + scene.phase + (number * 0.618) % 1.0) % 1.0
        x = 18 + 128 * run + 9 * ((number * 7) % 5 - 2) * 0.6
        y = 26 + 78 * min(1.0, run * 1.12) + 6 * ((number * 3) % 4 - 1.5) - 7 * abs(np.sin(_TAU * run * 2))
        r = 3.2 + 1.5 * (number % 3)
        rock = scene.lit((138, 128, 120) if number % 2 else (118, 84, 58))
        turn = _TAU * (run * 2 + number * 0.2)
        canvas.poly(
            [
                (x + r * (1 + 0.2 * (k % 2)) * np.cos(turn + _TAU * k / 6), y + r * np.sin(turn + _TAU * k / 6))
                for k in range(6)
            ],
            rock,
        )
    for number in range(3):
        run = 0.2 + 0.3 * number + 0.12 * share
        part = canvas.at(20 + 110 * run, 30 + 66 * run)
        part.stroke((0, 0), (13, -17), 2.6, scene.lit((104, 72, 50)))
        part.disc(17, -21, 9.0, scene.lit((62, 130, 66)))
    _warning(canvas.at(168, 104), scene)


def _warning(pen: Canvas, scene: Scene) -> None:
    pen.rect(-1.4, -22, 1.4, 0, scene.lit((110, 116, 126)))
    pen.poly([(-13, -20), (13, -20), (0, -43)], scene.lit((220, 50, 40)))
    pen.poly([(-8.4, -22.6), (8.4, -22.6), (0, -37.6)], scene.lit((252, 226, 90)))
    pen.poly([(-1.3, -33), (1.3, -33), (0.8, -27), (-0.8, -27)], BLACK)
    pen.disc(0, -25, 1.2, BLACK)


def drought(canvas: Canvas, scene: Scene, share: float) -> None:
    """Cracked earth, a bare tree, dry plants, a hot sun."""
    if scene.time_of_day != "night":
        beat = 1.5 * np.sin(_TAU * (share * (0.5 + scene.speed) + scene.phase))
        canvas.disc(150, 24, 19 + beat, (255, 240, 170), alpha=0.4)
        canvas.disc(150, 24, 12.5, (255, 206, 70))
    earth, crack = scene.ambient((206, 158, 100)), scene.ambient((128, 86, 54))
    canvas.rect(0, 66, WIDTH, HEIGHT, earth)
    for row, y in enumerate((72.0, 80.0, 91.0, 105.0)):
        pitch = 13.0 + 6 * row
        for column in range(-1, 16):
            x = column * pitch + (pitch / 2) * (row % 2) + 5 * scene.layout
            reach = 4.0 + 2.2 * row
            canvas.stroke((x, y), (x + pitch * 0.5, y + reach * 0.5), 1.0 + 0.3 * row, crack)
            canvas.stroke((x + pitch * 0.5, y + reach * 0.5), (x + pitch, y), 1.0 + 0.3 * row, crack)
            canvas.stroke(
                (x + pitch * 0.5, y + reach * 0.5), (x + pitch * 0.55, y + reach * 1.7), 1.0 + 0.3 * row, crack
            )
    wood = scene.lit((104, 76, 60))
    pen = canvas.at(52, 100)
    pen.poly([(-4.5, 0), (4.5, 0), (2.6, -34), (-2.6, -34)], wood)
    sway = 1.5 * np.sin(_TAU * (share * (0.5 + scene.speed) + scene.phase))
    for side, up, start in ((-26, -58, -30), (-12, -68, -34), (12, -66, -34), (28, -54, -26), (-30, -40, -22)):
        pen.stroke((0, start), (side + sway, up), 3.2, wood, 1.2)
        pen.stroke((side * 0.55, start + (up - start) * 0.55), (side * 0.5 + 8 + sway, up + 2), 1.8, wood, 0.9)
    for number in range(4):
        x = 104 + 24.0 * number
        for lean in (-7, 0, 7):
            canvas.path([(x, 106), (x + lean * 0.5, 97), (x + lean * 1.3 + sway, 101)], 1.8, scene.lit((170, 124, 56)))


def earthquake(canvas: Canvas, scene: Scene, share: float) -> None:
    """Everything shakes: cracked buildings lean, the ground is torn."""
    shake = 2.6 * np.sin(_TAU * (share * 6.0 + scene.phase))
    crack = scene.lit((50, 40, 44))
    for number, (x, width, height, lean) in enumerate(
        ((40.0, 34.0, 58.0, -0.13), (92.0, 40.0, 72.0, 0.09), (148.0, 34.0, 52.0, 0.2))
    ):
        wall = scene.lit(((214, 176, 136), (178, 186, 200), (226, 204, 160))[number])
        sway = shake * (1 if number % 2 else -1)

        def at(
            u: float, v: float, x: float = x, w: float = width, h: float = height, k: float = lean, s: float = sway
        ) -> tuple[float, float]:
            return x + (u - 0.5) * w + v * (k * h + s), 96 - v * h

        canvas.poly([at(0, 0), at(1, 0), at(1, 1), at(0.62, 0.93), at(0.5, 1.02), at(0.3, 0.95), at(0, 1)], wall)
        for row in range(int(height // 14)):
            for column in range(3):
                u, v = 0.12 + 0.29 * column, 0.1 + row * 14 / height
                dv = 8 / height
                pane = scene.glass if (row + column + number) % 3 else mix(wall, BLACK, 0.6)
                canvas.poly([at(u, v), at(u + 0.18, v), at(u + 0.18, v + dv), at(u, v + dv)], pane)
        canvas.path(
            [at(0.5, 1.0), at(0.62, 0.8), at(0.4, 0.62), at(0.6, 0.4), at(0.45, 0.2), at(0.55, 0.0)], 2.2, crack
        )
    ground = scene.ambient((150, 128, 104))
    canvas.poly([(0, 95), (70, 97), (92, 101), (118, 96), (192, 94), (192, 112), (0, 112)], ground)
    canvas.poly([(60, 112), (74, 104), (68, 101), (90, 97), (97, 102), (88, 106), (104, 112)], crack)
    for number in range(7):
        fall = (share * 1.5 + scene.phase + number * 0.37) % 1.0
        x, y = 26.0 + 24 * number, 44 + 58 * fall * fall
        canvas.poly([(x - 3, y), (x + 1, y - 4), (x + 4, y + 1), (x, y + 4)], scene.lit((160, 150, 142)))
    for side in (14.0, 178.0):
        for wave in range(3):
            lift = shake * 0.5
            canvas.ring(
                side,
                56 + lift,
                6 + wave * 6,
                1.8,
                scene.lit((214, 70, 50)),
                -0.12 + (0.5 if side < 50 else 0.0),
                0.12 + (0.5 if side < 50 else 0.0),
            )


THINGS = {
    "burning house": Thing(burning_house, OUTSIDE, 104, rates=(0.6, 3.0), weight=1.2),
    "forest fire": Thing(
        forest_fire, ("hills", "fields", "river", "village"), whole=True, ground="none", rates=(0.6, 3.0)
    ),
    "flood": Thing(flood, OUTSIDE, whole=True, ways=UPRIGHT, ground="none", weight=1.5),
    "tsunami": Thing(tsunami, ("coast", "coast", "port"), whole=True, ground="none", rates=(3.0, 0.0), weight=1.3),
    "landslide": Thing(landslide, ("hills", "hills", "village", "river"), whole=True, ground="none", rates=(0.35, 1.0)),
    "drought": Thing(
        drought, ("fields", "fields", "village", "hills"), whole=True, ground="none", wet=False, rates=(0.5, 1.0)
    ),
    "earthquake": Thing(earthquake, DRY, whole=True, ground="none", rates=(6.0, 0.0), weight=1.2),
}
