"""The backgrounds: sky by time of day, and four landscapes in a few fixed layouts each.

Few, bold and repeated shapes: what a small model can learn, and a person can recognise at 128×80.
"""

from __future__ import annotations

import numpy as np

from training.world.canvas import HEIGHT, WIDTH, Canvas, Colour, mix
from training.world.scenes import Scene

HORIZON = 50.0
ROAD_TOP = 63.0

_SKY: dict[str, tuple[Colour, Colour]] = {
    "day": ((74, 158, 230), (190, 228, 250)),
    "sunset": ((92, 62, 138), (252, 156, 92)),
    "night": ((12, 18, 52), (42, 54, 110)),
}
_AMBIENT: dict[str, tuple[Colour, float]] = {
    "day": ((255, 255, 255), 0.0),
    "sunset": ((150, 70, 90), 0.38),
    "night": ((14, 20, 58), 0.66),
}
_GLOOM: Colour = (96, 104, 120)

# Tops of the front buildings in storeys, in blocks of 16 units; chosen by eye, so that each skyline has a rhythm.
_SKYLINES = (
    (5, 3, 6, 2, 4, 7, 3, 5),
    (2, 6, 4, 3, 7, 2, 5, 4),
    (4, 2, 5, 7, 3, 4, 2, 6),
    (6, 4, 2, 5, 3, 2, 7, 3),
)
_FACADES: tuple[Colour, ...] = ((196, 144, 116), (150, 158, 176), (214, 186, 140), (132, 142, 166))


def ambient(colour: Colour, time_of_day: str) -> Colour:
    """A background colour in the light of the time of day."""
    light, share = _AMBIENT[time_of_day]
    return mix(colour, light, share)


def draw_sky(canvas: Canvas, scene: Scene) -> None:
    """The sky, down to the horizon."""
    _sky(_view(canvas, scene), scene)


def draw_land(canvas: Canvas, scene: Scene) -> None:
    """The landscape and, where the subject needs it, road, rails or water."""
    view = _view(canvas, scene)
    {"city": _city, "hills": _hills, "coast": _coast, "fields": _fields}[scene.landscape](view, scene)
    _stage(canvas, scene)


def _view(canvas: Canvas, scene: Scene) -> Canvas:
    return canvas.at(WIDTH, 0.0, flip=True) if scene.mirrored else canvas


def _sky(canvas: Canvas, scene: Scene) -> None:
    top, bottom = _SKY[scene.time_of_day]
    if scene.subject in ("rain", "storm", "cyclone"):
        share = {"rain": 0.55, "storm": 0.72, "cyclone": 0.45}[scene.subject]
        grey = ambient(_GLOOM, scene.time_of_day)
        top, bottom = mix(top, mix(grey, (40, 44, 60), 0.4), share), mix(bottom, grey, share)
    canvas.gradient(top, bottom, 0.0, HORIZON + 8)
    if scene.subject in ("rain", "storm", "cyclone"):
        return
    if scene.time_of_day == "night":
        _night_sky(canvas, scene.layout)
    else:
        _clouds(canvas, scene)


def _night_sky(canvas: Canvas, layout: int) -> None:
    x, y = 20.0 + 4 * (layout % 2), 14.0
    canvas.disc(x, y, 6.5, (246, 240, 208))
    canvas.disc(x + 3.2, y - 1.6, 5.4, (17, 23, 59))
    for step in range(7):
        star_x = 40.0 + 12.0 * step + 4 * ((step * 5 + layout) % 3)
        star_y = 6.0 + 5.0 * ((step * 2 + layout) % 5)
        r = 1.1 + 0.4 * (step % 2)
        points = [(star_x, star_y - r), (star_x + r, star_y), (star_x, star_y + r), (star_x - r, star_y)]
        canvas.poly(points, (236, 238, 220))


def _clouds(canvas: Canvas, scene: Scene) -> None:
    colour: Colour = (255, 255, 255) if scene.time_of_day == "day" else (236, 140, 128)
    for x, y, zoom in ((24.0 + 6 * scene.layout, 13.0, 1.0), (94.0 + 5 * (scene.layout % 3), 22.0, 0.75)):
        cloud(canvas.at(x, y, zoom), colour)


def cloud(pen: Canvas, colour: Colour) -> None:
    """A flat-bottomed cloud about 26 units wide."""
    pen.disc(-6.0, -2.0, 5.0, colour)
    pen.disc(1.5, -4.0, 6.5, colour)
    pen.disc(8.0, -1.5, 4.2, colour)
    pen.rounded(-13.0, -1.5, 13.5, 3.2, 2.3, colour)


def _city(canvas: Canvas, scene: Scene) -> None:
    time = scene.time_of_day
    back = ambient((160, 176, 204), time) if time != "night" else (30, 38, 84)
    for block in range(9):
        height = 14.0 + 5.0 * ((block * 3 + scene.layout * 2) % 4)
        canvas.rect(block * 16 - 8, 60 - height - 6, block * 16 + 7, 64, back)
    for block, storeys in enumerate(_SKYLINES[scene.layout]):
        _building(canvas, block, storeys, scene)
    canvas.rect(0, 62.0, WIDTH, HEIGHT, ambient((128, 136, 132), time))
    canvas.rect(0, 61.0, WIDTH, 63.0, ambient((190, 192, 186), time))


def _building(canvas: Canvas, block: int, storeys: int, scene: Scene) -> None:
    time = scene.time_of_day
    left, pitch = block * 16.0, 16.0 / 3
    top = 62.0 - 2.5 - storeys * pitch
    facade = ambient(_FACADES[(block + scene.layout) % 4], time)
    canvas.rect(left, top, left + 16, 64, facade)
    canvas.rect(left, top, left + 16, top + 1.6, mix(facade, (255, 255, 255), 0.22))
    lit: Colour = {"day": (222, 240, 250), "sunset": (255, 214, 120), "night": (255, 218, 110)}[time]
    dark = mix(facade, (20, 24, 50), 0.45)
    for row in range(storeys):
        for column in range(3):
            on = time == "day" or (block * 5 + row * 3 + column * 4 + scene.layout) % 5 < 3
            x, y = left + 1.3 + column * pitch, top + 2.8 + row * pitch
            canvas.rect(x, y, x + 3.0, y + 3.3, lit if on else dark)


def _ridge(canvas: Canvas, base: float, swing: float, waves: float, shift: float, colour: Colour) -> None:
    x = np.linspace(0.0, WIDTH, 49)
    y = base - swing * np.sin(2 * np.pi * (waves * x / WIDTH + shift))
    points = np.concatenate([np.stack([x, y], axis=1), [[WIDTH, HEIGHT], [0.0, HEIGHT]]])
    canvas.poly(points, colour)


def _hills(canvas: Canvas, scene: Scene) -> None:
    time, shift = scene.time_of_day, scene.layout / 4
    peak = 30.0 + 18 * scene.layout
    mountain = ambient((132, 146, 176), time)
    canvas.poly([(peak - 34, 56), (peak, 24), (peak + 36, 56)], mountain)
    canvas.poly([(peak - 8.5, 32), (peak, 24), (peak + 9, 32), (peak + 3, 30.5), (peak - 3, 33.5)], _snow(time))
    _ridge(canvas, 47.0, 5.0, 1.5, shift, ambient((112, 176, 92), time))
    _ridge(canvas, 56.0, 4.0, 1.0, shift + 0.4, ambient((82, 150, 74), time))
    _ridge(canvas, 67.0, 2.0, 0.8, shift + 0.1, ambient((62, 126, 62), time))


def _snow(time: str) -> Colour:
    return mix((250, 252, 255), _AMBIENT[time][0], _AMBIENT[time][1] * 0.8)


def _coast(canvas: Canvas, scene: Scene) -> None:
    time = scene.time_of_day
    sea, deep = ambient((54, 140, 196), time), ambient((28, 100, 168), time)
    canvas.gradient(mix(sea, _SKY[time][1], 0.25), deep, HORIZON - 4, 68)
    for index, y in enumerate((50.5, 56.0)):
        for place in range(2):
            x = 8.0 + 60 * place + 22 * index + 5 * scene.layout
            canvas.rect(x, y, x + 20, y + 1.3, mix(sea, (255, 255, 255), 0.3))
    head = ambient((120, 150, 110), time)
    canvas.poly([(92, 46.5), (100, 38 - scene.layout), (112, 33), (128, 31), (128, 46.5)], head)
    _lighthouse(canvas.at(113, 34), time)
    _ridge(canvas, 66.0, 1.4, 1.0, scene.layout / 4, ambient((255, 255, 255), time))
    _ridge(canvas, 67.6, 1.4, 1.0, scene.layout / 4, ambient((238, 212, 150), time))


def _lighthouse(pen: Canvas, time: str) -> None:
    white, red = ambient((250, 248, 244), time), ambient((214, 60, 54), time)
    pen.poly([(-3.2, 2), (3.2, 2), (2.2, -15), (-2.2, -15)], white)
    pen.poly([(-2.9, -3.5), (2.9, -3.5), (2.6, -8.5), (-2.6, -8.5)], red)
    pen.rect(-2.0, -19, 2.0, -15, (255, 226, 120) if time != "day" else (190, 220, 236))
    pen.poly([(-3, -19), (3, -19), (0, -22)], red)


def _fields(canvas: Canvas, scene: Scene) -> None:
    time = scene.time_of_day
    _ridge(canvas, 48.5, 1.5, 1.0, scene.layout / 4, ambient((120, 160, 96), time))
    canvas.rect(0, HORIZON, WIDTH, HEIGHT, ambient((226, 196, 92), time))
    dark, vanish = ambient((192, 154, 62), time), 40.0 + 16 * scene.layout
    for row in range(-5, 6):
        a, b = vanish + row * 40.0, vanish + row * 40.0 + 17.0
        canvas.poly([(vanish + row * 9, HORIZON), (vanish + row * 9 + 3.6, HORIZON), (b, HEIGHT), (a, HEIGHT)], dark)
    x = 18.0 + 22 * scene.layout
    barn = ambient((190, 74, 62), time)
    canvas.rect(x - 8, 43.5, x + 8, 54, barn)
    canvas.poly([(x - 10, 44), (x, 37), (x + 10, 44)], ambient((110, 78, 76), time))
    canvas.rect(x - 3, 47.5, x + 3, 54, ambient((246, 236, 220), time))


def _stage(canvas: Canvas, scene: Scene) -> None:
    """What the subject stands on, in front of the landscape."""
    time = scene.time_of_day
    if scene.subject in ("bus", "ambulance"):
        canvas.rect(0, ROAD_TOP, WIDTH, HEIGHT, ambient((92, 96, 108), time))
        canvas.rect(0, ROAD_TOP, WIDTH, ROAD_TOP + 1.4, ambient((206, 206, 200), time))
        for mark in range(4):
            canvas.rect(mark * 32 + 8, 76.2, mark * 32 + 24, 77.8, ambient((244, 240, 224), time))
    elif scene.subject == "train":
        canvas.rect(0, 69.0, WIDTH, HEIGHT, ambient((136, 120, 108), time))
        for sleeper in range(16):
            canvas.rect(sleeper * 8 + 2, 73.2, sleeper * 8 + 6, 76.5, ambient((88, 66, 56), time))
        canvas.rect(0, 71.5, WIDTH, 73.3, ambient((196, 200, 208), time))
    elif scene.subject == "boat":
        canvas.gradient(ambient((66, 156, 208), time), ambient((30, 96, 164), time), 60.0, HEIGHT)
        for place in range(4):
            x = place * 34.0 + 6 * scene.layout
            canvas.rect(x, 76.0, x + 14, 77.6, ambient((150, 206, 236), time))
    elif scene.subject == "crowd":
        canvas.rect(0, 62.0, WIDTH, HEIGHT, ambient((198, 186, 168), time))
        canvas.rect(0, 62.0, WIDTH, 63.4, ambient((150, 138, 124), time))
