"""The built settings: city, village, port, and a room (class or clinic, as the subject needs it)."""

from __future__ import annotations

from training.wide.world.backdrops import HORIZON, SKY, pine, ridge, sea, tree
from training.wide.world.scene import HEIGHT, WIDTH, Scene
from training.world.canvas import Canvas, Colour, mix

# Heights in storeys, in blocks of 24 units; chosen by eye, so that each skyline has a rhythm.
_SKYLINES = (
    (5, 3, 6, 2, 4, 7, 3, 5),
    (2, 6, 4, 3, 7, 2, 5, 4),
    (4, 2, 5, 7, 3, 4, 2, 6),
    (6, 4, 2, 5, 3, 2, 7, 3),
)
_FACADES: tuple[Colour, ...] = ((196, 144, 116), (150, 158, 176), (214, 186, 140), (132, 142, 166))
_WALLS: tuple[Colour, ...] = ((244, 226, 190), (232, 196, 150), (226, 214, 204), (206, 222, 214))
_ROOFS: tuple[Colour, ...] = ((186, 84, 60), (160, 98, 66), (148, 74, 66), (120, 92, 88))
_CARGO: tuple[Colour, ...] = ((214, 78, 60), (58, 116, 176), (232, 172, 60), (84, 152, 104), (150, 100, 160))


def lamp(scene: Scene, day: Colour = (214, 236, 248)) -> Colour:
    """A window pane of the background."""
    return {"day": day, "sunset": (255, 214, 120), "night": (255, 218, 110)}[scene.time_of_day]


def city(canvas: Canvas, scene: Scene) -> None:
    back = (30, 38, 84) if scene.night else scene.ambient((160, 176, 204))
    for block in range(9):
        height = 21.0 + 7.0 * ((block * 3 + scene.layout * 2) % 4)
        canvas.rect(block * 24 - 12, 74 - height - 8, block * 24 + 10, 88, back)
    for block, storeys in enumerate(_SKYLINES[scene.layout]):
        _tower(canvas, block, storeys, scene)
    canvas.rect(0, 85.0, WIDTH, HEIGHT, scene.ambient((128, 136, 132)))
    canvas.rect(0, 84.0, WIDTH, 87.0, scene.ambient((190, 192, 186)))


def _tower(canvas: Canvas, block: int, storeys: int, scene: Scene) -> None:
    left, pitch = block * 24.0, 7.6
    top = 85.0 - 4.0 - storeys * pitch
    facade = scene.ambient(_FACADES[(block + scene.layout) % 4])
    canvas.rect(left, top, left + 24, 86, facade)
    canvas.rect(left, top, left + 24, top + 2.2, mix(facade, (255, 255, 255), 0.25))
    canvas.rect(left + 21.5, top, left + 24, 86, mix(facade, (20, 24, 50), 0.2))
    dark = mix(facade, (20, 24, 50), 0.45)
    for row in range(storeys):
        for column in range(3):
            on = scene.time_of_day == "day" or (block * 5 + row * 3 + column * 4 + scene.layout) % 5 < 3
            x, y = left + 2.2 + column * 6.6, top + 4.4 + row * pitch
            canvas.rect(x, y, x + 4.2, y + 4.6, lamp(scene) if on else dark)


def cottage(pen: Canvas, scene: Scene, number: int) -> None:
    """A small house about 30 units wide and 26 high, its foot in the middle."""
    wall, roof = scene.ambient(_WALLS[number % 4]), scene.ambient(_ROOFS[(number + 1) % 4])
    pen.rect(8, -24, 11.5, -16, mix(wall, (90, 70, 70), 0.4))
    pen.rect(-13, -14, 13, 0, wall)
    pen.poly([(-16.5, -13), (-9, -25), (9, -25), (16.5, -13)], roof)
    pen.rect(-16.5, -13.6, 16.5, -12.4, mix(roof, (20, 10, 20), 0.3))
    pen.rect(-9.5, -10, -4, -4.5, lamp(scene, (150, 196, 226)))
    pen.rect(5, -10, 10.5, -4.5, lamp(scene, (150, 196, 226)))
    pen.rect(-2, -9, 3, 0, scene.ambient((120, 78, 54)))


def village(canvas: Canvas, scene: Scene) -> None:
    ridge(canvas, 60.0, 4.0, 1.0, scene.layout / 4, scene.ambient((128, 178, 108)))
    for place in range(4):
        x = (30.0 + 49 * place + 12 * scene.layout) % WIDTH
        tree(canvas.at(x, 74, 0.95), scene)
    ridge(canvas, 72.0, 1.5, 1.2, scene.layout / 4, scene.ambient((108, 166, 92)))
    for place in range(5):
        x = 6.0 + 45 * place + 4 * ((place + scene.layout) % 3)
        cottage(canvas.at(x, 85 - 3 * ((place + scene.layout) % 2), 1.08), scene, place + scene.layout)
    canvas.rect(0, 85, WIDTH, HEIGHT, scene.ambient((122, 172, 96)))
    canvas.poly([(60, 85), (84, 85), (124, HEIGHT), (40, HEIGHT)], scene.ambient((222, 196, 150)))
    for place in range(13):
        x = place * 16.0 - 3
        if not 50 < x < 96:
            canvas.rounded(x + 4, 83.5, x + 6.6, 92, 1.0, scene.ambient((240, 236, 226)))
            canvas.rect(x - 3, 86, x + 13, 87.6, scene.ambient((240, 236, 226)))


def port(canvas: Canvas, scene: Scene) -> None:
    sea(canvas, scene, HORIZON - 2, 92)
    canvas.rect(0, 58.5, WIDTH, 63, scene.ambient((126, 146, 150)))
    for place in range(3):
        _crane(canvas.at((30.0 + 62 * place + 11 * scene.layout) % WIDTH, 63), scene)
    for place in range(10):
        x = (4.0 + 20 * place + 7 * scene.layout) % WIDTH
        for level in range(1 + (place * 2 + scene.layout) % 3):
            colour = scene.ambient(_CARGO[(place + level * 2 + scene.layout) % 5])
            canvas.rect(x, 57.6 - 5.4 * level, x + 13, 62.6 - 5.4 * level, colour)
    canvas.rect(0, 90, WIDTH, HEIGHT, scene.ambient((150, 150, 150)))
    canvas.rect(0, 89, WIDTH, 91.5, scene.ambient((206, 204, 196)))
    for place in range(5):
        x = 16.0 + 40 * place
        canvas.rounded(x, 84.5, x + 5, 90, 1.6, scene.ambient((70, 74, 84)))


def _crane(pen: Canvas, scene: Scene) -> None:
    steel = scene.ambient((222, 120, 60))
    for x in (-6, 6):
        pen.stroke((x * 1.4, 0), (x * 0.7, -30), 2.0, steel)
    pen.stroke((-9, -14), (9, -14), 1.6, steel)
    pen.rect(-14, -32, 24, -29.4, steel)
    pen.stroke((-4, -32), (-1, -40), 1.6, steel)
    pen.stroke((-1, -40), (22, -31), 1.2, steel)


def interior(canvas: Canvas, scene: Scene) -> None:
    """A wall, a floor, a window to the sky; things on the wall by the layout."""
    wall: Colour = ((236, 224, 200), (206, 226, 226), (224, 216, 232), (226, 232, 208))[scene.layout]
    canvas.rect(0, 0, WIDTH, HEIGHT, scene.ambient(wall))
    canvas.rect(0, 84, WIDTH, HEIGHT, scene.ambient((196, 158, 118)))
    for place in range(9):
        x = place * 26.0 - 8
        canvas.poly(
            [(x, 84), (x + 1.5, 84), (x * 1.3 - 27, HEIGHT), (x * 1.3 - 30, HEIGHT)], scene.ambient((178, 140, 102))
        )
    canvas.rect(0, 81.5, WIDTH, 84.5, scene.ambient(mix(wall, (90, 80, 90), 0.35)))
    _window(canvas.at(10, 14), scene)
    if scene.layout % 2:
        _cabinet(canvas.at(158, 84), scene)
    else:
        _shelf(canvas.at(150, 26), scene)
    canvas.rect(108, 0, 110, 8, scene.ambient((120, 120, 130)))
    canvas.poly([(98, 14), (120, 14), (114, 7), (104, 7)], scene.ambient((250, 214, 110)))


def _window(pen: Canvas, scene: Scene) -> None:
    top, bottom = SKY[scene.time_of_day]
    grey: Colour = (128, 136, 150)
    frame = scene.ambient((250, 250, 250))
    pen.rect(0, 0, 40, 46, frame)
    for part in range(7):
        colour = mix(top, bottom, part / 6)
        pen.rect(3, 3 + part * 5.72, 37, 8.9 + part * 5.72, mix(colour, grey, 0.6) if scene.rain else colour)
    pen.disc(13, 43, 12, mix((80, 150, 80), (14, 20, 58), 0.6 if scene.night else 0.0), ry=8)
    pen.disc(29, 43, 11, mix((100, 166, 90), (14, 20, 58), 0.6 if scene.night else 0.0), ry=6)
    pen.rect(-3, 43, 43, 47, frame)
    pen.rect(18.8, 3, 21.2, 43, frame)
    pen.rect(3, 22, 37, 24.2, frame)


def _cabinet(pen: Canvas, scene: Scene) -> None:
    wood = scene.ambient((226, 232, 236))
    pen.rect(-16, -48, 18, 0, wood)
    pen.rect(-16, -48, 18, -46, scene.ambient((160, 176, 184)))
    for shelf in range(3):
        y = -34.0 + 15 * shelf
        pen.rect(-13, y - 9, 15, y, scene.ambient((176, 206, 216)))
        for item in range(4):
            colour: Colour = ((214, 78, 60), (58, 136, 176), (240, 190, 70), (84, 162, 104))[(item + shelf) % 4]
            pen.rect(-11 + item * 6.6, y - 6, -7 + item * 6.6, y, scene.ambient(colour))


def _shelf(pen: Canvas, scene: Scene) -> None:
    pen.rect(-18, 16, 34, 18.5, scene.ambient((150, 106, 72)))
    for item in range(7):
        colour: Colour = ((196, 70, 60), (64, 110, 170), (232, 180, 70), (80, 150, 100), (140, 96, 150))[item % 5]
        height = 11.0 + 3 * (item % 3)
        pen.rect(-15 + item * 5.4, 16 - height, -10.8 + item * 5.4, 16, scene.ambient(colour))
    pen.poly([(25, 16), (32, 16), (33, 9), (24, 9)], scene.ambient((196, 110, 80)))
    pine(pen.at(28.5, 10, 0.35), scene)
