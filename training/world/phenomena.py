"""The things that happen in place: weather, fire, water, energy, trees and flags."""

from __future__ import annotations

import numpy as np

from training.world.canvas import HEIGHT, WIDTH, Canvas, Colour, mix
from training.world.landscapes import ambient
from training.world.scenes import Scene
from training.world.subjects import lit, paint, travelled

_TAU = 2.0 * np.pi


def draw_sun(canvas: Canvas, scene: Scene, share: float) -> None:
    """The sun goes up or down in the sky; the landscape in front of it is drawn later, over it."""
    _, dy = travelled(scene, share)
    pen = canvas.at(scene.position * WIDTH, 34.0 + dy)
    warm: Colour = (255, 214, 60) if scene.time_of_day == "day" else (255, 108, 52)
    pen.disc(0, 0, 19.0, mix(warm, (255, 250, 210), 0.3), alpha=0.35)
    pen.disc(0, 0, 12.0, warm)


def draw_wind_turbines(canvas: Canvas, scene: Scene, share: float) -> None:
    white = lit((250, 250, 252), scene.time_of_day)
    shade = mix(white, (60, 80, 110), 0.22)
    shift = (scene.position - 0.5) * 60
    # Less than a sixth of a turn between frames keeps the direction of turning clear with three blades.
    turn = _TAU * (scene.phase + share * (0.35 + 2.0 * (scene.speed - 0.3)))
    for index, (x, y, zoom) in enumerate(((26.0, 32.0, 0.85), (64.0, 26.0, 1.1), (103.0, 34.0, 0.8))):
        pen = canvas.at(x + shift, y, zoom)
        pen.poly([(-1.3, 0), (1.3, 0), (2.4, 48), (-2.4, 48)], shade)
        for blade in range(3):
            angle = turn + _TAU * (blade / 3 + index * 0.13)
            _blade(pen, angle, white)
        pen.disc(0, 0, 2.4, mix(white, (60, 80, 110), 0.4))


def _blade(pen: Canvas, angle: float, colour: Colour) -> None:
    along, across = np.array([np.sin(angle), -np.cos(angle)]), np.array([np.cos(angle), np.sin(angle)])
    outline = ((0.0, -1.2), (6.0, -2.4), (22.0, -0.7), (22.0, 0.7), (6.0, 1.2), (0.0, 1.2))
    pen.poly(np.stack([along * r + across * w for r, w in outline]), colour)


def draw_solar_panels(canvas: Canvas, scene: Scene, share: float) -> None:
    """Three large tilted panels; a glint of the sun runs over them from left to right."""
    glint = (share * (0.6 + scene.speed) + scene.phase) % 1.0
    for column in range(3):
        x = WIDTH / 2 + (column - 1) * 43.0 + (scene.position - 0.5) * 40
        _panel(canvas.at(x, 57.0), glint, scene)


def _panel(pen: Canvas, glint: float, scene: Scene) -> None:
    frame, cell = lit((222, 228, 236), scene.time_of_day), lit((30, 66, 152), scene.time_of_day)
    post = lit((104, 110, 122), scene.time_of_day)
    pen.rect(-2.0, 8, 2.0, 20, post)
    pen.rect(-7.0, 18.5, 7.0, 20.5, post)

    def inside(u: float, v: float, margin: float = 1.4) -> tuple[float, float]:
        lean = 5.0 * (1.0 - 2.0 * v)
        return (u - 0.5) * (38.0 - 2 * margin) + lean, (v - 0.5) * (26.0 - 2 * margin)

    pen.poly([inside(u, v, 0.0) for u, v in ((0, 0), (1, 0), (1, 1), (0, 1))], frame)
    for column in range(3):
        for line in range(2):
            u, v = column / 3 + 0.02, line / 2 + 0.03
            pen.poly([inside(u, v), inside(u + 0.293, v), inside(u + 0.293, v + 0.44), inside(u, v + 0.44)], cell)
    start = glint * 1.4 - 0.25
    low, high = float(np.clip(start, 0, 1)), float(np.clip(start + 0.17, 0, 1))
    if high > low:
        pen.poly([inside(low, 0), inside(high, 0), inside(high, 1), inside(low, 1)], (255, 250, 214), 0.75)


def draw_flood(canvas: Canvas, scene: Scene, share: float) -> None:
    """Grey-blue water rises or falls at a house that stands in it."""
    _house(canvas.at(WIDTH * (0.3 + 0.4 * scene.phase), 74.0), scene)
    way = (share - 0.5) * (scene.speed * 80.0) * (1 if scene.direction == "rising" else -1)
    level = 58.0 - way
    x = np.linspace(0.0, WIDTH, 33)
    drift = share * 0.8
    y = level + 1.3 * np.sin(_TAU * (x / 42.0 + drift))
    water, crest = ambient((70, 112, 138), scene.time_of_day), ambient((206, 226, 234), scene.time_of_day)
    bottom = [[WIDTH, HEIGHT + 1], [0.0, HEIGHT + 1]]
    canvas.poly(np.concatenate([np.stack([x, y], axis=1), bottom]), crest)
    canvas.poly(np.concatenate([np.stack([x, y + 2.0], axis=1), bottom]), water)
    for row in range(2):
        for place in range(-1, 3):
            left, top = (place + 0.5 * row + drift * 0.6) * 56.0, level + 8.0 + 11.0 * row
            canvas.rect(left, top, left + 22, top + 1.8, mix(water, crest, 0.45))


def _house(pen: Canvas, scene: Scene, burning: bool = False) -> None:
    time = scene.time_of_day
    wall, roof = lit((240, 220, 186), time), lit((176, 62, 54), time)
    pane: Colour = (255, 196, 70) if burning or time == "night" else lit((150, 196, 226), time)
    pen.rect(-18, -24, 18, 0, wall)
    pen.poly([(-22, -23), (0, -42), (22, -23)], roof)
    pen.rect(-13.5, -19, -5.5, -10, pane)
    pen.rect(5.5, -19, 13.5, -10, pane)
    pen.rect(-3.4, -12, 3.4, 0, lit((110, 70, 50), time))


def draw_burning_house(canvas: Canvas, scene: Scene, share: float) -> None:
    x = WIDTH * (0.5 + (scene.position - 0.5) * 2.0)
    beat = _TAU * (share * (1.5 + 3 * (scene.speed - 0.3)) + scene.phase)
    smoke = mix((84, 84, 92), (150, 140, 150), 0.4 if scene.time_of_day != "night" else 0.0)
    for puff in range(5):
        age = (puff / 5 + share * (0.8 + scene.speed)) % 1.0
        canvas.disc(x + 5 + 16 * age, 34 - 34 * age, 6.0 + 9.0 * age, smoke, alpha=0.9 - 0.75 * age)
    _house(canvas.at(x, 75.0), scene, burning=True)
    for index, (dx, base, height) in enumerate(((-11.0, 52.0, 15.0), (0.0, 44.0, 22.0), (11.0, 52.0, 17.0))):
        size = height * (0.9 + 0.18 * float(np.sin(beat + index * 2.1)))
        lean = 2.6 * float(np.sin(beat * 0.7 + index * 1.3))
        _flame(canvas.at(x + dx, base), size, lean, (240, 84, 26))
        _flame(canvas.at(x + dx, base), size * 0.58, lean * 0.6, (255, 206, 64))


def _flame(pen: Canvas, size: float, lean: float, colour: Colour) -> None:
    outline = ((-0.28, 0.12), (-0.4, -0.2), (-0.22, -0.55), (0.05, -1.0), (0.24, -0.55), (0.4, -0.2), (0.28, 0.12))
    pen.poly([(x * size + lean * max(0.0, -y), y * size) for x, y in outline], colour)


def _gloomy_clouds(canvas: Canvas, scene: Scene, dark: float) -> None:
    colour = mix(ambient((124, 132, 146), scene.time_of_day), (28, 30, 46), dark)
    for step in range(7):
        x = step * 24.0 - 8 + 4 * (scene.layout % 3)
        canvas.disc(x, 9.0 + 3.0 * (step % 2), 15.0, colour, ry=10.0)
    canvas.rect(0, 0, WIDTH, 10.0, colour)


def _drops(canvas: Canvas, scene: Scene, share: float, slant: float, count: int) -> None:
    colour = (214, 236, 252) if scene.time_of_day != "night" else (150, 180, 224)
    for drop in range(count):
        column, row = drop % 8, drop // 8
        fall = (share * (1.6 + 2.0 * scene.speed) + row * 0.5 + (column * 3 % 8) / 8 + scene.phase) % 1.0
        y = 12.0 + fall * 72.0
        x = column * 17.0 + 4 - slant * (fall - 0.5) * 40 + row * 8
        canvas.stroke((x, y), (x - slant * 5.0, y + 9.0), 2.0, colour)


def draw_rain(canvas: Canvas, scene: Scene, share: float) -> None:
    _drops(canvas, scene, share, 0.3, 16)
    _gloomy_clouds(canvas, scene, 0.1)


def draw_storm(canvas: Canvas, scene: Scene, share: float) -> None:
    """Dark clouds, slanting rain and one flash of lightning in a clip (half a flash a second)."""
    _drops(canvas, scene, share, 0.9, 16)
    x = scene.position * WIDTH * 1.6 - WIDTH * 0.3
    if (share + scene.phase) % 1.0 < 0.38:
        bolt = [(2, 14), (10, 14), (5, 30), (12, 30), (-6, 56), (0, 37), (-7, 37)]
        canvas.at(x, 0).poly(bolt, (255, 240, 120))
    _gloomy_clouds(canvas, scene, 0.5)


def draw_cyclone(canvas: Canvas, scene: Scene, share: float) -> None:
    """A funnel of turning bands between dark clouds and the ground, wandering sideways."""
    dx, _ = travelled(scene, share)
    middle = scene.position * WIDTH + dx
    dark, light = lit((92, 98, 116), scene.time_of_day), lit((150, 156, 172), scene.time_of_day)
    for band in range(9):
        depth = band / 8
        width = 33.0 * (1 - depth) ** 1.25 + 4.5
        sway = 4.0 * depth * np.sin(_TAU * (share + scene.phase + depth * 0.5))
        y = 16.0 + 58.0 * depth
        pen = canvas.at(middle + float(sway), y)
        pen.disc(0, 0, width, dark, ry=5.4)
        turn = _TAU * (share * 1.5 + scene.phase + band * 0.21)
        pen.disc(width * 0.45 * float(np.sin(turn)), 0.4, width * 0.45, light, ry=2.3)
    dust = ambient((170, 150, 124), scene.time_of_day)
    for puff in range(4):
        wobble = float(np.sin(_TAU * (share + puff * 0.25)))
        canvas.disc(middle + (puff - 1.5) * 7.5 + wobble * 2, 76.0, 5.5, dust, ry=4.0)
    _gloomy_clouds(canvas, scene, 0.35)


def draw_trees(canvas: Canvas, scene: Scene, share: float) -> None:
    """Three broad trees that bend in the wind."""
    wave = np.sin(_TAU * (share * (0.8 + 2.5 * (scene.speed - 0.3)) + scene.phase))
    trunk, crown = lit((112, 76, 50), scene.time_of_day), lit((44, 138, 60), scene.time_of_day)
    for index, (x, zoom) in enumerate(((24.0, 0.95), (66.0, 1.15), (106.0, 0.9))):
        bend = 5.0 + 5.0 * float(wave) + 0.8 * index
        pen = canvas.at(x + (scene.position - 0.5) * 40, 78.0, zoom)
        pen.poly([(-3, 0), (3, 0), (1.6 + bend * 0.6, -28), (-1.6 + bend * 0.6, -28)], trunk)
        for ox, oy, r, tone in ((-9, -33, 10, 0.0), (9, -33, 10, 0.12), (0, -43, 11.5, 0.06), (1, -34, 9, 0.1)):
            lift = bend * (-oy / 40.0)
            pen.disc(ox + lift, oy, r, mix(crown, (180, 220, 90), tone))


def draw_flag(canvas: Canvas, scene: Scene, share: float) -> None:
    """A large flag with a white band on a pole; waves run away from the pole."""
    left = scene.position * WIDTH - 24.0
    canvas.stroke((left - 1.4, 8), (left - 1.4, 79), 3.0, lit((190, 194, 204), scene.time_of_day))
    canvas.disc(left - 1.4, 7, 2.6, lit((244, 206, 90), scene.time_of_day))
    x = np.linspace(0.0, 54.0, 19)
    beat = share * (1.2 + 3.0 * (scene.speed - 0.3)) + scene.phase
    wave = 4.0 * (x / 54.0) ** 0.7 * np.sin(_TAU * (x / 40.0 - beat))
    band = lit((250, 250, 250) if scene.colour != "white" else (60, 96, 180), scene.time_of_day)
    for top, bottom, colour in ((11.0, 45.0, paint(scene)), (23.5, 32.5, band)):
        upper = np.stack([left + x, top + wave], axis=1)
        lower = np.stack([left + x, bottom + wave], axis=1)[::-1]
        canvas.poly(np.concatenate([upper, lower]), colour)
