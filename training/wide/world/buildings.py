"""Public buildings and works; they stand in the middle, and may stand behind another subject."""

from __future__ import annotations

import numpy as np

from training.wide.world.people import SHIRTS, cross, person
from training.wide.world.scene import DRY, OUTSIDE, SHORE, Scene, Thing
from training.wide.world.vehicles import BLACK, WHITE
from training.world.canvas import Canvas, Colour, mix

_TAU = 2.0 * np.pi


def pane(scene: Scene, day: Colour = (150, 196, 226)) -> Colour:
    return (255, 214, 110) if scene.night else scene.lit(day)


def school(pen: Canvas, scene: Scene, share: float) -> None:
    """A long building with a bell tower and a clock; children go to it."""
    wall, roof = scene.lit((238, 190, 116)), scene.lit((170, 76, 62))
    pen.rect(-58, -38, 58, 0, wall)
    pen.poly([(-63, -37), (-55, -48), (55, -48), (63, -37)], roof)
    pen.rect(-13, -58, 13, 0, mix(wall, (255, 255, 255), 0.25))
    pen.poly([(-16, -57), (0, -72), (16, -57)], roof)
    pen.disc(0, -49, 6.4, scene.lit(WHITE))
    turn = _TAU * (share * 0.5 + scene.phase)
    pen.stroke((0, -49), (4.6 * np.sin(turn), -49 - 4.6 * np.cos(turn)), 1.3, BLACK)
    pen.stroke((0, -49), (0, -46), 1.5, BLACK)
    pen.rounded(-6.5, -21, 6.5, 0, 2.0, scene.lit((104, 70, 52)))
    for sign in (-1, 1):
        for column in range(2):
            x = sign * (25 + column * 21)
            pen.rect(x - 6.5, -30, x + 6.5, -14, scene.lit(WHITE))
            pen.rect(x - 5.3, -28.8, x - 0.5, -15.2, pane(scene))
            pen.rect(x + 0.5, -28.8, x + 5.3, -15.2, pane(scene))
    for number, place in enumerate((-30.0, 24.0, 38.0)):
        stride = 3.5 * np.sin(_TAU * (share * 2.0 + scene.phase + number * 0.3))
        part = pen.at(place, 6, 0.5)
        part.rounded(-12, -34, -5, -20, 2.0, scene.lit(SHIRTS[(number + 2) % 6]))
        person(part, scene, number + scene.layout, stride, (244, 244, 248), (40, 70, 140))


def hospital(pen: Canvas, scene: Scene, share: float) -> None:
    """A white block with rows of windows and a large green cross; its lamp blinks."""
    wall = scene.lit((240, 244, 246))
    pen.rect(-56, -46, -20, 0, mix(wall, (150, 180, 190), 0.3))
    pen.rect(20, -46, 56, 0, mix(wall, (150, 180, 190), 0.3))
    pen.rect(-22, -66, 22, 0, wall)
    pen.rect(-58, -48, 58, -45.5, scene.lit((110, 160, 170)))
    pen.rect(-24, -68, 24, -65.5, scene.lit((110, 160, 170)))
    for row in range(3):
        for x in (-50, -39, -28, 28, 39, 50):
            pen.rect(x - 3.6, -41 + row * 12, x + 3.6, -34 + row * 12, pane(scene))
    cross(pen.at(0, -50, 1.15), scene)
    for x in (-16, 16):
        pen.rect(x - 3.6, -32, x + 3.6, -25, pane(scene))
    pen.rect(-12, -19, 12, 0, scene.glass)
    pen.rect(-0.8, -19, 0.8, 0, scene.lit((90, 120, 130)))
    pen.poly([(-18, -19), (18, -19), (22, -23), (-22, -23)], scene.lit((20, 150, 110)))
    on = (share * (1.0 + scene.speed) + scene.phase) % 1.0 < 0.5
    pen.disc(0, -71, 2.8, (255, 90, 70) if on else (110, 50, 60))


def factory(pen: Canvas, scene: Scene, share: float) -> None:
    """A saw-toothed roof and two chimneys that smoke."""
    wall, brick = scene.lit((176, 182, 192)), scene.lit((184, 92, 70))
    for x in (30.0, 48.0):
        for puff in range(4):
            age = (puff / 4 + share * (0.6 + scene.speed) + scene.phase) % 1.0
            pen.disc(x + age * 20, -72 - age * 26, 4 + age * 8, scene.lit((206, 208, 214)), alpha=0.85 - 0.6 * age)
        pen.poly([(x - 6, 0), (x + 6, 0), (x + 4, -70), (x - 4, -70)], brick)
        pen.rect(x - 4.4, -66, x + 4.4, -61, scene.lit(WHITE))
    for tooth in range(3):
        x = -60 + tooth * 27.0
        pen.poly([(x, -30), (x, -46), (x + 27, -30)], scene.lit((130, 138, 152)))
        pen.poly([(x, -30), (x, -44), (x + 4, -42), (x + 4, -30)], pane(scene))
    pen.rect(-60, -31, 60, 0, wall)
    for column in range(4):
        pen.rect(-54 + column * 17, -24, -43 + column * 17, -13, pane(scene))
    pen.rect(18, -20, 36, 0, scene.lit((90, 98, 112)))
    for line in range(4):
        pen.rect(18, -18 + line * 4.5, 36, -17 + line * 4.5, scene.lit((120, 128, 142)))


def parliament(pen: Canvas, scene: Scene, share: float) -> None:
    """Steps, columns, a pediment and a dome with a plain pennant; no real building."""
    stone = scene.lit((238, 226, 202))
    shade = mix(stone, (110, 96, 100), 0.35)
    for step in range(3):
        pen.rect(-62 + step * 3, -3 * (step + 1), 62 - step * 3, -3 * step, mix(stone, (110, 96, 100), 0.12 * step))
    pen.rect(-54, -38, 54, -9, shade)
    for column in range(8):
        x = -49 + column * 14.0
        pen.rect(x - 3.2, -36, x + 3.2, -9, stone)
        pen.rect(x - 4.4, -11, x + 4.4, -9, stone)
        pen.rect(x - 4.4, -38, x + 4.4, -36, stone)
    pen.rect(-58, -43, 58, -38, stone)
    pen.poly([(-26, -43), (0, -54), (26, -43)], mix(stone, (255, 255, 255), 0.25))
    pen.rect(-17, -58, 17, -50, shade)
    angles = np.linspace(np.pi, 2 * np.pi, 25)
    pen.poly(np.stack([17 * np.cos(angles), -58 + 17 * np.sin(angles)], axis=1), scene.lit((96, 150, 136)))
    pen.rect(-2.4, -80, 2.4, -74, stone)
    pen.stroke((0, -80), (0, -92), 1.4, BLACK)
    sway = 1.6 * np.sin(_TAU * (share * (1.0 + scene.speed) + scene.phase))
    pen.poly([(0, -92), (15, -89 + sway), (0, -85)], scene.lit((240, 150, 40)))
    pen.rect(-5, -26, 5, -9, scene.lit((110, 74, 56)))


def bridge(canvas: Canvas, scene: Scene, share: float) -> None:
    """A suspension bridge over the whole width, cars on its deck."""
    steel, road = scene.lit((206, 74, 56)), scene.lit((112, 116, 128))
    for x in (48.0, 144.0):
        canvas.rect(x - 4, 30, x + 4, 104, steel)
        canvas.rect(x - 6, 28, x + 6, 32, steel)
        canvas.rect(x - 9, 98, x + 9, 106, scene.lit((170, 166, 160)))
    for left, right in ((-48.0, 48.0), (48.0, 144.0), (144.0, 240.0)):
        xs = np.linspace(left, right, 17)
        sag = 32 + 34 * (1 - ((xs - (left + right) / 2) / 48.0) ** 2)
        canvas.path([(float(x), float(y)) for x, y in zip(xs, sag, strict=True)], 2.2, steel)
        for x, y in zip(xs[1:-1:2], sag[1:-1:2], strict=True):
            canvas.stroke((float(x), float(y)), (float(x), 74.0), 1.2, mix(steel, (255, 255, 255), 0.25))
    canvas.rect(0, 73, 192, 80, road)
    canvas.rect(0, 79, 192, 82, steel)
    way = (share - 0.5) * scene.speed * 192
    for number in range(4):
        x = (number * 56.0 + scene.phase * 56 + way) % 224 - 16
        car = canvas.at(x, 73)
        colour = scene.lit(SHIRTS[(number + scene.layout) % 6])
        car.poly([(-7, -5), (-4, -9.5), (4, -9.5), (7, -5)], scene.glass)
        car.rounded(-11, -6, 11, -1.2, 1.6, colour)
        for at in (-6.0, 6.0):
            car.disc(at, -1.5, 2.2, BLACK)


def dam(canvas: Canvas, scene: Scene, share: float) -> None:
    """A curved wall between hills with three jets of water, a lake above it."""
    concrete, water = scene.lit((196, 198, 196)), scene.lit((70, 146, 200))
    foam = scene.lit((228, 242, 250))
    canvas.rect(0, 40, 192, 56, mix(water, (255, 255, 255), 0.15))
    canvas.poly([(0, 20), (30, 34), (44, 112), (0, 112)], scene.ambient((86, 140, 82)))
    canvas.poly([(192, 20), (162, 34), (148, 112), (192, 112)], scene.ambient((74, 128, 76)))
    canvas.poly([(26, 52), (166, 52), (150, 100), (42, 100)], concrete)
    canvas.rect(24, 48, 168, 54, mix(concrete, (255, 255, 255), 0.4))
    for line in range(1, 4):
        canvas.rect(28 + line * 4, 54 + line * 11, 164 - line * 4, 55 + line * 11, mix(concrete, (90, 90, 100), 0.3))
    canvas.rect(30, 100, 162, 112, water)
    for number, x in enumerate((68.0, 96.0, 124.0)):
        canvas.rect(x - 6, 62, x + 6, 67, scene.lit((70, 78, 90)))
        canvas.poly([(x - 5, 66), (x + 5, 66), (x + 10, 103), (x - 10, 103)], foam)
        for streak in range(3):
            fall = (streak / 3 + share * (1.0 + 2 * scene.speed) + scene.phase + number * 0.21) % 1.0
            y = 68 + fall * 28
            canvas.rect(x - 5 + streak * 4, y, x - 2.6 + streak * 4, y + 8, mix(water, foam, 0.35))
        spread = 2.0 * np.sin(_TAU * (share * 3 + number * 0.3))
        canvas.disc(x, 104, 14 + spread, foam, ry=4.5)


def container_port(pen: Canvas, scene: Scene, share: float) -> None:
    """A gantry crane that sets a box on a pile."""
    steel, rail = scene.lit((236, 128, 40)), scene.lit((70, 76, 90))
    cargo: tuple[Colour, ...] = ((214, 62, 50), (46, 110, 186), (240, 178, 50), (70, 156, 100), (150, 92, 168))
    for column in range(4):
        for level in range((3, 1, 2, 2)[(column + scene.layout) % 4]):
            x, y = -58 + column * 29.0, -13.0 * level
            colour = scene.lit(cargo[(column + 2 * level + scene.layout) % 5])
            pen.rect(x, y - 13, x + 27, y, colour)
            for rib in range(5):
                pen.rect(x + 3 + rib * 5, y - 12, x + 4.2 + rib * 5, y - 1, mix(colour, BLACK, 0.2))
    for x in (-64.0, 60.0):
        pen.rect(x - 2.5, -80, x + 2.5, 0, steel)
        pen.rect(x - 8, -3, x + 8, 0, rail)
    pen.rect(-78, -84, 78, -77, steel)
    for part in range(12):
        x = -76 + part * 13.0
        pen.stroke((x, -77.5), (x + 6.5, -83.5), 1.2, mix(steel, BLACK, 0.35))
    way = np.sin(_TAU * (share * (0.3 + scene.speed) + scene.phase))
    x, hang = 40.0 * way, -58.0 + 6 * np.cos(_TAU * (share * (0.3 + scene.speed) + scene.phase))
    pen.rect(x - 9, -77, x + 9, -72, rail)
    for side in (-7, 7):
        pen.stroke((x + side, -72), (x + side, hang), 1.0, rail)
    pen.rect(x - 13, hang, x + 13, hang + 13, scene.lit(cargo[(scene.layout + 3) % 5]))


THINGS = {
    "school": Thing(school, (*DRY, "river"), 100, rates=(2.0, 0.0), partner=True, weight=1.2),
    "hospital": Thing(hospital, (*DRY, "coast", "port"), 100, rates=(1.0, 1.0), partner=True, weight=1.2),
    "factory": Thing(factory, OUTSIDE, 100, rates=(0.6, 1.0), partner=True),
    "parliament": Thing(parliament, ("city", "hills", "river"), 100, rates=(1.0, 1.0), partner=True),
    "bridge": Thing(bridge, ("river", "coast", "port", "city", "hills"), whole=True, ground="water"),
    "dam": Thing(dam, ("hills", "river", "fields"), whole=True, ground="none", rates=(1.0, 2.0)),
    "container port": Thing(container_port, ("port", "port", *SHORE), 102, rates=(0.3, 1.0)),
}
