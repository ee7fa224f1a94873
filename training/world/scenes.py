"""What a clip shows: the closed vocabulary of the world, and the truth of one clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LANDSCAPES = ("city", "hills", "coast", "fields")
TIMES = ("day", "sunset", "night")
COLOURS = ("red", "blue", "green", "yellow", "white", "orange")
DIRECTIONS = ("left", "right", "rising", "falling")
LAYOUTS = 4

SIDEWAYS = ("left", "right")
UPRIGHT = ("rising", "falling")

# Which directions a subject can have; an empty entry means that it stays where it is.
SUBJECT_DIRECTIONS: dict[str, tuple[str, ...]] = {
    "bus": SIDEWAYS,
    "train": SIDEWAYS,
    "ambulance": SIDEWAYS,
    "boat": SIDEWAYS,
    "plane": SIDEWAYS,
    "balloon": DIRECTIONS,
    "sun": UPRIGHT,
    "flood": UPRIGHT,
    "wind turbines": (),
    "solar panels": (),
    "burning house": (),
    "rain": (),
    "storm": (),
    "cyclone": SIDEWAYS,
    "trees": (),
    "flag": (),
    "crowd": SIDEWAYS,
}
SUBJECTS = tuple(SUBJECT_DIRECTIONS)
COLOURED_SUBJECTS = ("bus", "train", "boat", "plane", "balloon", "flag")
DAYLIGHT_SUBJECTS = ("sun", "solar panels")

# Sampled more often: they have the most variants (colour × direction × place), so each needs more examples.
_WEIGHTS = {"bus": 2.4, "train": 1.8, "boat": 1.8, "plane": 1.8, "balloon": 2.0, "ambulance": 1.3, "flag": 1.2}


@dataclass(frozen=True)
class Scene:
    """The truth of one clip.

    `colour` is None for subjects without a colour of their own, `direction` is None for those that stay in place.
    `speed` is the share of the way a subject goes in a clip (0.3 slow … 0.5 fast) or, for subjects in place, how
    quickly they turn or sway. `position` is the middle of the way, as a share of the width (0 left … 1 right).
    `layout` picks one of a few backgrounds of the landscape, `mirrored` its mirror image, `phase` where periodic
    motion starts (0 … 1).
    """

    subject: str
    landscape: str
    time_of_day: str
    colour: str | None
    direction: str | None
    speed: float
    position: float
    layout: int
    mirrored: bool
    phase: float

    @property
    def fast(self) -> bool:
        return self.speed > 0.45

    @property
    def slow(self) -> bool:
        return self.speed < 0.35


def _choose(rng: np.random.Generator, options: tuple[str, ...]) -> str:
    return options[int(rng.integers(len(options)))]


def sample_scene(
    rng: np.random.Generator,
    subject: str | None = None,
    landscape: str | None = None,
    time_of_day: str | None = None,
    colour: str | None = None,
    direction: str | None = None,
) -> Scene:
    """A random scene; whatever is given is kept, and ignored where the subject cannot have it."""
    if subject is None:
        weights = np.array([_WEIGHTS.get(name, 1.0) for name in SUBJECTS])
        subject = SUBJECTS[int(rng.choice(len(SUBJECTS), p=weights / weights.sum()))]
    times = TIMES[:2] if subject in DAYLIGHT_SUBJECTS else TIMES
    ways = SUBJECT_DIRECTIONS[subject]
    picked = (
        _choose(rng, LANDSCAPES),
        _choose(rng, times),
        _choose(rng, COLOURS),
        _choose(rng, ways or ("none",)),
    )
    return Scene(
        subject=subject,
        landscape=landscape or picked[0],
        time_of_day=time_of_day if time_of_day and time_of_day in times else picked[1],
        colour=(colour or picked[2]) if subject in COLOURED_SUBJECTS else None,
        direction=(direction if direction in ways else picked[3]) if ways else None,
        speed=float(rng.uniform(0.3, 0.5)),
        position=float(rng.uniform(0.42, 0.58)),
        layout=int(rng.integers(LAYOUTS)),
        mirrored=bool(rng.integers(2)),
        phase=float(rng.uniform()),
    )
