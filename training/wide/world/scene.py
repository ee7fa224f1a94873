"""The truth of one clip, and what a thing of this world is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from training.world.canvas import Canvas, Colour, mix

WORLD = (192.0, 112.0)
"""One unit is one pixel of the native size."""
WIDTH, HEIGHT = WORLD
SETTINGS = ("city", "hills", "coast", "fields", "village", "river", "port", "interior")
TIMES = ("day", "sunset", "night")
COLOURS = ("red", "blue", "green", "yellow", "white", "orange")
SIDEWAYS = ("left", "right")
UPRIGHT = ("rising", "falling")
DIRECTIONS = SIDEWAYS + UPRIGHT
LAYOUTS = 4

DRY = ("city", "hills", "fields", "village")
SHORE = ("coast", "river", "port")
OUTSIDE = DRY + SHORE

PAINT: dict[str, Colour] = {
    "red": (222, 40, 44),
    "blue": (36, 92, 222),
    "green": (34, 158, 72),
    "yellow": (250, 212, 36),
    "white": (248, 248, 250),
    "orange": (248, 130, 26),
}
AMBIENT: dict[str, tuple[Colour, float]] = {
    "day": ((255, 255, 255), 0.0),
    "sunset": ((150, 70, 90), 0.38),
    "night": ((14, 20, 58), 0.66),
}
_LIGHT: dict[str, tuple[Colour, float]] = {
    "day": ((0, 0, 0), 0.0),
    "sunset": ((170, 80, 70), 0.1),
    "night": ((16, 22, 60), 0.22),
}
_WET: Colour = (92, 104, 122)


@dataclass(frozen=True)
class Scene:
    """Everything about a clip; the same scene gives the same pixels at any time.

    `second` is what stands behind the subject, if anything. `colour` is None for subjects without a colour of their own,
    `direction` is None for those that stay in place. `speed` is the share of the way a subject goes in a clip (0.3 slow …
    0.5 fast) or, for subjects in place, how quickly they turn or sway. `position` is the middle of the way, as a share
    of the width (0 left … 1 right). `layout` picks one of a few backgrounds of the setting, `mirrored` its mirror image,
    `phase` where periodic motion starts (0 … 1), `rain` whether it rains on all of it.
    """

    subject: str
    second: str | None
    setting: str
    time_of_day: str
    rain: bool
    colour: str | None
    direction: str | None
    speed: float
    position: float
    layout: int
    mirrored: bool
    phase: float

    @property
    def night(self) -> bool:
        return self.time_of_day == "night"

    @property
    def inside(self) -> bool:
        return self.setting == "interior"

    @property
    def tempo(self) -> str:
        return "slow" if self.speed < 0.35 else "fast" if self.speed > 0.45 else "medium"

    def ambient(self, colour: Colour) -> Colour:
        """A colour of the background in this scene's light."""
        if self.inside:
            return mix(colour, (60, 44, 70), 0.12) if self.night else colour
        light, share = AMBIENT[self.time_of_day]
        found = mix(colour, light, share)
        return mix(found, mix(_WET, light, share), 0.22) if self.rain else found

    def lit(self, colour: Colour) -> Colour:
        """A subject's colour in this scene's light; changed less than the background's, so that hues stay apart."""
        light, share = _LIGHT[self.time_of_day]
        return mix(colour, light, 0.0 if self.inside else share)

    @property
    def paint(self) -> Colour:
        return self.lit(PAINT[self.colour or "white"])

    @property
    def glass(self) -> Colour:
        return (255, 226, 130) if self.night and not self.inside else self.lit((176, 218, 240))


@dataclass(frozen=True)
class Thing:
    """One kind of subject.

    Args:
        draw: (pen, scene, share of the clip) paints it around its foot (0, 0), facing right; y is negative upwards.
        foot: how far down it stands, in units from the top of the world.
        ways: directions that it can have; none: it stays in its place.
        ground: what lies under it or behind it: "road", "rail", "viaduct", "water", "forest", "plain", or "none" for the
            setting's own ground.
        whole: it fills the picture: the pen's origin is the world's, neither mirrored nor moved.
        behind: the land is drawn over it (the sun).
        rates: (a, b): its rhythm has a + b · speed cycles a clip.
        partner: it can stand behind another subject.
        weight: how often it is drawn, compared with others.
    """

    draw: Callable[[Canvas, Scene, float], None]
    settings: tuple[str, ...] = OUTSIDE
    foot: float = 102.0
    ways: tuple[str, ...] = ()
    ground: str = "plain"
    coloured: bool = False
    whole: bool = False
    behind: bool = False
    times: tuple[str, ...] = TIMES
    wet: bool = True
    rates: tuple[float, float] = (0.0, 0.0)
    partner: bool = False
    weight: float = 1.0


def travelled(scene: Scene, share: float) -> tuple[float, float]:
    """Where a moving subject is, in units from the middle of its way: x to the right, y downwards."""
    way = (share - 0.5) * scene.speed
    vectors = {
        "left": (-WIDTH, 0.0),
        "right": (WIDTH, 0.0),
        "rising": (0.0, -WIDTH * 0.66),
        "falling": (0.0, WIDTH * 0.66),
    }
    dx, dy = vectors.get(scene.direction or "", (0.0, 0.0))
    return way * dx, way * dy
