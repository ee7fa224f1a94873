"""People: each is a head, a body, two legs and arms; what they hold and wear says who they are."""

from __future__ import annotations

import numpy as np

from training.wide.world.scene import DRY, OUTSIDE, SIDEWAYS, Scene, Thing
from training.wide.world.vehicles import BLACK, WHITE
from training.world.canvas import Canvas, Colour, mix

_TAU = 2.0 * np.pi
SKINS: tuple[Colour, ...] = ((226, 178, 140), (150, 104, 76), (196, 146, 108), (112, 76, 56))
SHIRTS: tuple[Colour, ...] = (
    (212, 72, 62),
    (60, 112, 190),
    (240, 186, 60),
    (78, 158, 104),
    (150, 92, 168),
    (236, 128, 60),
)
_HAIR: tuple[Colour, ...] = ((44, 32, 30), (92, 60, 38), (60, 60, 66))


def person(
    pen: Canvas,
    scene: Scene,
    number: int,
    step: float = 0.0,
    shirt: Colour | None = None,
    trousers: Colour = (62, 70, 96),
    arms: tuple[tuple[float, float], tuple[float, float]] = ((-9, -19), (9, -19)),
) -> None:
    """A person 46 units high, feet at the origin.

    Args:
        step: how far the feet are apart, −6 … 6.
        arms: where the hands are.
    """
    skin, colour = scene.lit(SKINS[number % 4]), scene.lit(shirt or SHIRTS[number % 6])
    legs = scene.lit(trousers)
    for sign in (-1, 1):
        foot = (sign * (2.8 + step), 0.0)
        pen.stroke((sign * 2.4, -19), foot, 5.0, legs, 4.2)
        pen.rounded(foot[0] - 2.6, -2.6, foot[0] + 3.6, 0, 1.2, BLACK)
    for hand, sign in zip(arms, (-1, 1), strict=True):
        pen.stroke((sign * 5.5, -33), hand, 4.0, colour)
        pen.disc(*hand, 2.3, skin)
    pen.rounded(-7, -36, 7, -17, 4.0, colour)
    pen.disc(0, -41.2, 5.4, skin)
    pen.poly(
        [(-5.6, -41), (-5, -45.2), (0, -47.4), (5, -45.2), (5.6, -41), (3, -43.4), (-3, -43.4)],
        scene.lit(_HAIR[number % 3]),
    )


def crowd(pen: Canvas, scene: Scene, share: float) -> None:
    for row in range(2):
        for number in range(5):
            x = -48 + number * 24.0 + (row * 12 - 6)
            stride = 5.0 * np.sin(_TAU * (share * 2.0 + scene.phase + number * 0.23 + row * 0.5))
            lift = abs(stride) * 0.2
            swing = ((-8 - stride * 0.5, -19.0), (8 - stride * 0.5, -19.0))
            person(pen.at(x, -13 + row * 13 - lift), scene, number * 2 + row * 3 + scene.layout, stride, arms=swing)


def children(pen: Canvas, scene: Scene, share: float) -> None:
    """Inside at their desks with the teacher at the board, outside walking with school bags."""
    if not scene.inside:
        for number in range(4):
            stride = 5.0 * np.sin(_TAU * (share * 2.0 + scene.phase + number * 0.3))
            part = pen.at(-45 + number * 30.0, -abs(stride) * 0.2, 0.82)
            part.rounded(-13, -34, -5, -19, 2.0, scene.lit(SHIRTS[(number + 3) % 6]))
            person(part, scene, number + scene.layout, stride, (244, 244, 248), (40, 70, 140))
        return
    board = pen.at(0, -40)
    board.rect(-46, -46, 34, -8, scene.ambient((140, 98, 66)))
    board.rect(-43, -43, 31, -11, scene.ambient((42, 96, 78)))
    for line, length in enumerate((30.0, 44.0, 22.0)):
        board.rect(-36, -37 + line * 8, -36 + length, -35 + line * 8, scene.ambient((226, 236, 228)))
    wave = 4.0 * np.sin(_TAU * (share * 1.5 + scene.phase))
    person(pen.at(48, -20), scene, 1 + scene.layout, 0, (150, 92, 168), arms=((-14, -36 + wave), (9, -19)))
    for number in range(3):
        part = pen.at(-58 + number * 34.0, 0)
        raised = (10.0, -42 + wave) if number == 1 else (8.0, -22.0)
        person(
            part.at(0, 4, 0.86),
            scene,
            number * 3 + scene.layout,
            0,
            (244, 244, 248),
            (40, 70, 140),
            ((-8, -22), raised),
        )
        part.rect(-13, -16, 13, -12.5, scene.ambient((190, 136, 84)))
        for x in (-11.0, 9.0):
            part.rect(x, -12.5, x + 2.2, 4, scene.ambient((120, 124, 132)))
        part.poly([(-7, -16), (0, -17.5), (7, -16), (0, -15)], scene.ambient((250, 250, 250)))


def farmer(pen: Canvas, scene: Scene, share: float) -> None:
    """A man with a straw hat who works with a hoe among green plants."""
    for number in range(7):
        if number != 3:
            plant(pen.at(-66 + number * 22.0, 3), scene, 1.0)
    swing = np.sin(_TAU * (share * (1.0 + scene.speed) + scene.phase))
    head = (26.0, -8 - 16 * max(swing, -0.4))
    person(pen, scene, 2 + scene.layout, 4.0, (86, 128, 190), (120, 92, 66), ((4, -26), (13, -27)))
    pen.stroke((-4, -30), head, 2.4, scene.lit((150, 104, 62)))
    pen.poly(
        [(head[0] - 2, head[1] - 2), (head[0] + 5, head[1] + 1), (head[0] + 1, head[1] + 9)], scene.lit((120, 126, 136))
    )
    pen.disc(0, -44.5, 11.5, scene.lit((232, 196, 104)), ry=2.6)
    pen.poly([(-6, -45), (-4.5, -51), (4.5, -51), (6, -45)], scene.lit((232, 196, 104)))
    pen.rect(-5.9, -46.6, 5.9, -44.8, scene.lit((150, 80, 50)))


def plant(pen: Canvas, scene: Scene, green: float) -> None:
    """A crop plant about 18 units high; `green` 0 is dry."""
    colour = scene.lit(mix((168, 128, 66), (70, 156, 66), green))
    for lean in (-6, -3, 0, 3, 6):
        pen.stroke((lean * 0.2, 0), (lean, -17 + abs(lean)), 2.0, colour, 0.8)


def doctor(pen: Canvas, scene: Scene, share: float) -> None:
    """A doctor in a white coat with a syringe gives a vaccination to a sitting patient."""
    pen.rect(14, -18, 46, -14, scene.ambient((120, 160, 180)))
    for x in (16.0, 42.0):
        pen.rect(x, -14, x + 2.4, 0, scene.ambient((120, 124, 132)))
    sit = pen.at(30, 0)
    sit.stroke((0, -17), (-12, -16), 6.0, scene.lit((62, 70, 96)))
    sit.stroke((-12, -16), (-12, 0), 5.0, scene.lit((62, 70, 96)))
    sit.rounded(-7, -36, 7, -15, 4.0, scene.lit((240, 186, 60)))
    sit.stroke((-4, -32), (-9, -19), 4.6, scene.lit(SKINS[(1 + scene.layout) % 4]))
    sit.disc(0, -41.2, 5.6, scene.lit(SKINS[(1 + scene.layout) % 4]))
    sit.poly([(-5.8, -42), (-3, -47.2), (4, -47), (6, -41), (3, -43.4)], scene.lit((44, 32, 30)))
    push = 1.5 + 2.5 * np.sin(_TAU * (share * (0.5 + scene.speed) + scene.phase))
    hand = (18.0 + push * 0.6, -29.0)
    doc = pen.at(-16, 0, 1.08)
    person(doc, scene, scene.layout, 1.0, WHITE, (90, 130, 150), ((-8, -18), hand))
    doc.rect(-7, -20, 7, -10, scene.lit(WHITE))
    doc.path([(-3.5, -35), (-2.5, -28), (2, -28), (3.5, -35)], 1.3, scene.lit((60, 90, 120)))
    syringe(doc.at(hand[0], hand[1], 0.5), scene, 0.5)
    cross(pen.at(-52, -52), scene)


def syringe(pen: Canvas, scene: Scene, filled: float) -> None:
    """Lying along x with its needle to the right, about 40 units long."""
    pen.rect(-24, -7, -21, 7, scene.lit((90, 100, 116)))
    pen.rect(-22, -1.4, 0, 1.4, scene.lit((90, 100, 116)))
    pen.rounded(-8, -5, 22, 5, 1.5, scene.lit((224, 240, 248)))
    pen.rect(-6 + 26 * (1 - filled), -3.6, 20.5, 3.6, scene.lit((70, 160, 220)))
    pen.stroke((22, 0), (40, 0), 2.0, scene.lit((120, 130, 146)), 0.8)


def cross(pen: Canvas, scene: Scene) -> None:
    """A green cross of health care (not the protected red one)."""
    pen.rounded(-11, -11, 11, 11, 2.5, scene.lit(WHITE))
    pen.rect(-2.8, -8, 2.8, 8, scene.lit((20, 150, 110)))
    pen.rect(-8, -2.8, 8, 2.8, scene.lit((20, 150, 110)))


def helpers(pen: Canvas, scene: Scene, share: float) -> None:
    """Three rescue workers in orange with helmets carry a stretcher or sacks."""
    for number, x in enumerate((-36.0, 0.0, 36.0)):
        stride = 4.5 * np.sin(_TAU * (share * 2.0 + scene.phase + number * 0.3))
        part = pen.at(x, -abs(stride) * 0.2, 1.12)
        person(part, scene, number + scene.layout, stride, (240, 116, 30), (40, 60, 96), ((-6, -22), (11, -25)))
        part.rect(-7, -29, 7, -26.4, scene.lit((250, 240, 120)))
        part.poly([(-6.6, -42), (-5, -48), (5, -48), (6.6, -42)], scene.lit((250, 220, 70)))
        part.rect(-7.6, -43, 7.6, -41.4, scene.lit((250, 220, 70)))
        part.rounded(6, -34, 21, -24, 3.0, scene.lit((200, 168, 120)))
        part.rect(13, -34, 14.4, -24, scene.lit((150, 116, 76)))


def market(pen: Canvas, scene: Scene, share: float) -> None:
    """A stall with a striped awning, fruit in crates, a seller and a buyer."""
    for x in (-44.0, 42.0):
        pen.rect(x, -56, x + 2.6, 0, scene.lit((140, 100, 66)))
    person(pen.at(-8, -10), scene, 1 + scene.layout, 0, (78, 158, 104), arms=((-10, -24), (10, -26)))
    sway = 0.8 * np.sin(_TAU * (share * (0.6 + scene.speed) + scene.phase))
    for stripe in range(9):
        colour = scene.lit((214, 62, 54) if stripe % 2 else WHITE)
        x = -50 + stripe * 11.2
        pen.poly([(x * 0.86, -66), ((x + 11.2) * 0.86, -66), (x + 11.2, -50 + sway), (x, -50 + sway)], colour)
        pen.disc(x + 5.6, -50 + sway, 5.6, colour, ry=4)
    pen.rect(-46, -20, 46, 0, scene.lit((176, 126, 80)))
    pen.rect(-48, -22, 48, -18.5, scene.lit((204, 156, 104)))
    fruits: tuple[Colour, ...] = ((222, 60, 50), (246, 160, 40), (110, 176, 70), (246, 214, 70))
    for crate in range(4):
        for item in range(6):
            x = -40 + crate * 22.5 + (item % 3) * 5.4 + 2.7 * (item // 3)
            pen.disc(x, -23.6 - 3.8 * (item // 3), 3.0, scene.lit(fruits[(crate + scene.layout) % 4]))
    hand = (9.0, -24 + 3 * np.sin(_TAU * (share * (0.6 + scene.speed) + scene.phase)))
    person(pen.at(60, 2, 1.05, flip=True), scene, 3 + scene.layout, 2.0, (60, 112, 190), arms=((-9, -20), hand))


def relief_camp(pen: Canvas, scene: Scene, share: float) -> None:
    """White tents, people between them."""
    for x, y, zoom in ((-52.0, -12.0, 0.85), (52.0, -12.0, 0.85), (0.0, -4.0, 1.1)):
        _tent(pen.at(x, y, zoom), scene, share)
    for number, x in enumerate((-38.0, 36.0, 54.0)):
        stride = 2.5 * np.sin(_TAU * (share * 1.5 + scene.phase + number * 0.3))
        person(pen.at(x, 3, 0.85), scene, number + scene.layout, stride)


def _tent(pen: Canvas, scene: Scene, share: float) -> None:
    canvas, shade = scene.lit((246, 244, 236)), scene.lit((206, 208, 206))
    flap = 1.5 * np.sin(_TAU * (share * 1.5 + scene.phase))
    pen.poly([(-34, 0), (-10, -38), (34, -38), (46, 0)], shade)
    pen.poly([(-34, 0), (-10, -38), (16, 0)], canvas)
    pen.poly([(-14 + flap, 0), (-10, -26), (-3 + flap, 0)], scene.lit((70, 90, 120)))
    pen.rect(-10, -39.5, 34, -37, scene.lit((60, 130, 190)))
    pen.stroke((-34, 0), (-42, 3), 1.2, BLACK)
    pen.stroke((46, 0), (53, 3), 1.2, BLACK)


THINGS = {
    "crowd": Thing(crowd, OUTSIDE, 104, SIDEWAYS, rates=(2.0, 0.0), weight=1.5),
    "children": Thing(children, (*DRY, "interior", "interior"), 104, ground="plain", rates=(1.5, 0.0), weight=1.5),
    "farmer": Thing(
        farmer, ("fields", "fields", "hills", "village", "river"), 104, ground="none", rates=(1.0, 1.0), weight=1.2
    ),
    "doctor": Thing(doctor, ("interior",), 104, ground="none", rates=(0.5, 1.0), weight=1.2),
    "helpers": Thing(helpers, OUTSIDE, 104, SIDEWAYS, rates=(2.0, 0.0), weight=1.2),
    "market": Thing(market, ("city", "village", "port", "river"), 104, rates=(0.6, 1.0), partner=True),
    "relief camp": Thing(relief_camp, OUTSIDE, 104, rates=(1.5, 0.0)),
}
