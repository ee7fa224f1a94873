"""Sky and the open settings: hills, coast, fields and river, in a few fixed layouts each.

Few, bold and repeated shapes: what a small model can learn, and a person can recognise at 192×112.
"""

from __future__ import annotations

import numpy as np

from training.wide.world.scene import HEIGHT, WIDTH, Scene
from training.world.canvas import Canvas, Colour, mix

HORIZON = 62.0
SHORE = 86.0
"""Where the ground in front begins."""
SKY: dict[str, tuple[Colour, Colour]] = {
    "day": ((74, 158, 230), (196, 230, 250)),
    "sunset": ((92, 62, 138), (252, 156, 92)),
    "night": ((12, 18, 52), (42, 54, 110)),
}
_GLOOM: Colour = (96, 104, 120)
_OVERCAST = {"rain": 0.55, "storm": 0.72, "cyclone": 0.45, "snowfall": 0.4, "tsunami": 0.3}


def sky(canvas: Canvas, scene: Scene) -> None:
    """The sky, down to the horizon."""
    top, bottom = SKY[scene.time_of_day]
    share = max(_OVERCAST.get(scene.subject, 0.0), 0.5 if scene.rain else 0.0)
    if share:
        grey = scene.ambient(_GLOOM)
        top, bottom = mix(top, mix(grey, (40, 44, 60), 0.4), share), mix(bottom, grey, share)
    canvas.gradient(top, bottom, 0.0, HORIZON + 12)
    if share:
        _overcast(canvas, scene)
    elif scene.night:
        _stars(canvas, scene.layout)
    else:
        colour: Colour = (255, 255, 255) if scene.time_of_day == "day" else (236, 140, 128)
        for x, y, zoom in ((34.0 + 9 * scene.layout, 19.0, 1.3), (140.0 + 8 * (scene.layout % 3), 30.0, 1.0)):
            cloud(canvas.at(x, y, zoom), colour)


def _overcast(canvas: Canvas, scene: Scene) -> None:
    grey = mix(scene.ambient(_GLOOM), (60, 64, 78), 0.35)
    for place in range(6):
        x = place * 38.0 + 6.0 * scene.layout
        cloud(canvas.at(x, 9.0 + 5 * (place % 2), 1.6), mix(grey, (255, 255, 255), 0.06 * (place % 2)))


def _stars(canvas: Canvas, layout: int) -> None:
    x, y = 28.0 + 6 * (layout % 2), 19.0
    canvas.disc(x, y, 9.0, (246, 240, 208))
    canvas.disc(x + 4.4, y - 2.2, 7.6, (17, 23, 59))
    for step in range(11):
        star_x = 52.0 + 12.5 * step + 4 * ((step * 5 + layout) % 3)
        star_y = 7.0 + 7.0 * ((step * 2 + layout) % 5)
        r = 1.2 + 0.5 * (step % 2)
        canvas.poly(
            [(star_x, star_y - r), (star_x + r, star_y), (star_x, star_y + r), (star_x - r, star_y)], (236, 238, 220)
        )


def cloud(pen: Canvas, colour: Colour) -> None:
    """A flat-bottomed cloud about 26 units wide."""
    pen.disc(-6.0, -2.0, 5.0, colour)
    pen.disc(1.5, -4.0, 6.5, colour)
    pen.disc(8.0, -1.5, 4.2, colour)
    pen.rounded(-13.0, -1.5, 13.5, 3.2, 2.3, colour)


def ridge(canvas: Canvas, base: float, swing: float, waves: float, shift: float, colour: Colour) -> None:
    """Everything below a wavy line."""
    x = np.linspace(0.0, WIDTH, 65)
    y = base - swing * np.sin(2 * np.pi * (waves * x / WIDTH + shift))
    canvas.poly(np.concatenate([np.stack([x, y], axis=1), [[WIDTH, HEIGHT], [0.0, HEIGHT]]]), colour)


def pine(pen: Canvas, scene: Scene, colour: Colour = (44, 112, 66)) -> None:
    """A fir about 30 units high, its foot at the origin."""
    pen.rect(-1.6, -6, 1.6, 0, scene.ambient((110, 76, 52)))
    for step in range(3):
        top, half = -30.0 + 8 * step, 6.0 + 2.2 * step
        pen.poly(
            [(0, top), (half, top + 12), (-half, top + 12)],
            mix(scene.ambient(colour), (255, 255, 255), 0.05 * (2 - step)),
        )


def tree(pen: Canvas, scene: Scene, colour: Colour = (66, 146, 72)) -> None:
    """A round tree about 30 units high, its foot at the origin."""
    leaves = scene.ambient(colour)
    pen.poly([(-1.8, 0), (1.8, 0), (1.2, -14), (-1.2, -14)], scene.ambient((116, 80, 54)))
    pen.disc(0, -19, 9.5, leaves)
    pen.disc(-5, -15, 6.0, leaves)
    pen.disc(5.5, -15, 6.0, leaves)
    pen.disc(-2.5, -22, 4.5, mix(leaves, (255, 255, 255), 0.14))


def hills(canvas: Canvas, scene: Scene) -> None:
    shift, peak = scene.layout / 4, 46.0 + 27 * scene.layout
    mountain = scene.ambient((132, 146, 176))
    snow = mix(mountain, (255, 255, 255), 0.75 if not scene.night else 0.35)
    canvas.poly([(peak - 50, 70), (peak, 28), (peak + 54, 70)], mountain)
    canvas.poly([(peak, 28), (peak + 54, 70), (peak + 14, 70)], mix(mountain, (40, 50, 90), 0.14))
    canvas.poly([(peak - 12, 38.2), (peak, 28), (peak + 13, 38.2), (peak + 4, 36), (peak - 4, 40)], snow)
    ridge(canvas, 60.0, 7.0, 1.5, shift, scene.ambient((122, 184, 98)))
    ridge(canvas, 72.0, 6.0, 1.0, shift + 0.4, scene.ambient((88, 158, 78)))
    for place in range(3):
        x = 24.0 + 62 * place + 10 * scene.layout
        pine(canvas.at(x % WIDTH, 80, 0.75), scene)
    ridge(canvas, 88.0, 2.5, 0.8, shift + 0.1, scene.ambient((66, 132, 64)))


def sea(canvas: Canvas, scene: Scene, top: float, bottom: float) -> None:
    """Water with light strips of foam."""
    near, deep = scene.ambient((54, 140, 196)), scene.ambient((28, 100, 168))
    canvas.gradient(mix(near, SKY[scene.time_of_day][1], 0.25), deep, top, bottom)
    for row in range(max(1, int((bottom - top) // 8))):
        y = top + 3.5 + 8 * row
        for place in range(3):
            x = (8.0 + 66 * place + 31 * row + 9 * scene.layout) % (WIDTH + 30) - 30
            canvas.rounded(x, y, x + 22, y + 1.8, 0.9, mix(near, (255, 255, 255), 0.3))


def coast(canvas: Canvas, scene: Scene) -> None:
    sea(canvas, scene, HORIZON - 2, 92)
    head = scene.ambient((120, 150, 110))
    canvas.poly([(134, 61), (146, 50 - scene.layout), (164, 44), (192, 41), (192, 61)], head)
    canvas.poly([(134, 61), (150, 56), (192, 54), (192, 61)], scene.ambient((150, 138, 120)))
    _lighthouse(canvas.at(168, 45), scene)
    ridge(canvas, 89.0, 1.8, 1.0, scene.layout / 4, scene.ambient((255, 255, 255)))
    ridge(canvas, 91.2, 1.8, 1.0, scene.layout / 4, scene.ambient((240, 214, 152)))


def _lighthouse(pen: Canvas, scene: Scene) -> None:
    white, red = scene.ambient((250, 248, 244)), scene.ambient((214, 60, 54))
    pen.poly([(-5, 2), (5, 2), (3.4, -24), (-3.4, -24)], white)
    pen.poly([(-4.5, -5), (4.5, -5), (4.0, -13), (-4.0, -13)], red)
    pen.rect(-3, -30, 3, -24, (255, 226, 120) if scene.time_of_day != "day" else (190, 220, 236))
    pen.poly([(-4.4, -30), (4.4, -30), (0, -35)], red)


def fields(canvas: Canvas, scene: Scene) -> None:
    ridge(canvas, 60.0, 2.2, 1.0, scene.layout / 4, scene.ambient((120, 160, 96)))
    canvas.rect(0, HORIZON, WIDTH, HEIGHT, scene.ambient((226, 196, 92)))
    dark, vanish = scene.ambient((198, 162, 68)), 60.0 + 24 * scene.layout
    for row in range(-6, 7):
        a, b = vanish + row * 54.0, vanish + row * 54.0 + 23.0
        near = (vanish + row * 13, HORIZON)
        canvas.poly([near, (near[0] + 5.0, HORIZON), (b, HEIGHT), (a, HEIGHT)], dark)
    _barn(canvas.at(27.0 + 33 * scene.layout, 67), scene)
    tree(canvas.at((110.0 + 33 * scene.layout) % WIDTH, 67, 0.7), scene)


def _barn(pen: Canvas, scene: Scene) -> None:
    wall = scene.ambient((190, 74, 62))
    pen.rect(-12, -16, 12, 0, wall)
    pen.poly([(-15, -15), (-9, -23), (9, -23), (15, -15)], scene.ambient((110, 78, 76)))
    pen.rect(-4.5, -10, 4.5, 0, scene.ambient((246, 236, 220)))
    pen.stroke((-4.5, -10), (4.5, 0), 1.2, wall)
    pen.stroke((4.5, -10), (-4.5, 0), 1.2, wall)


def river(canvas: Canvas, scene: Scene) -> None:
    ridge(canvas, 58.0, 4.0, 1.0, scene.layout / 4, scene.ambient((116, 170, 104)))
    ridge(canvas, 65.0, 1.5, 1.4, scene.layout / 4, scene.ambient((92, 160, 84)))
    for place in range(5):
        x = (12.0 + 42 * place + 13 * scene.layout) % WIDTH
        tree(canvas.at(x, 68 + 2 * (place % 2), 0.62), scene, (66, 146, 72) if place % 2 else (92, 158, 70))
    sea(canvas, scene, 70, 90)
    ridge(canvas, 70.5, 0.8, 2.0, scene.layout / 4, scene.ambient((92, 160, 84)))
    sea(canvas, scene, 73, 92)
    ridge(canvas, 90.0, 2.0, 1.2, scene.layout / 4, scene.ambient((150, 196, 104)))
    ridge(canvas, 92.0, 2.0, 1.2, scene.layout / 4, scene.ambient((104, 166, 84)))
    for place in range(4):
        x = (20.0 + 52 * place + 17 * scene.layout) % WIDTH
        for lean in (-3, 0, 3):
            canvas.stroke((x + lean, 93), (x + lean * 1.7, 82), 1.4, scene.ambient((70, 130, 60)))
