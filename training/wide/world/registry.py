"""All subjects of the wide world, and random scenes of them."""

from __future__ import annotations

import numpy as np

from training.wide.world import buildings, energy, hazards, nature, people, symbols, travellers, vehicles
from training.wide.world.scene import COLOURS, LAYOUTS, Scene, Thing

THINGS: dict[str, Thing] = {
    **vehicles.THINGS,
    **travellers.THINGS,
    **people.THINGS,
    **buildings.THINGS,
    **energy.THINGS,
    **symbols.THINGS,
    **hazards.THINGS,
    **nature.THINGS,
}
SUBJECTS = tuple(THINGS)
PARTNERS = tuple(name for name, thing in THINGS.items() if thing.partner)
_TOGETHER = 0.3
_RAINY = 0.14


def partners_of(subject: str, setting: str) -> tuple[str, ...]:
    """What may stand behind `subject` in `setting`."""
    thing = THINGS[subject]
    if thing.whole or thing.partner or setting == "interior" or thing.ground in ("water", "viaduct"):
        return ()
    return tuple(name for name in PARTNERS if setting in THINGS[name].settings)


def sample_scene(
    rng: np.random.Generator,
    subject: str | None = None,
    setting: str | None = None,
    time_of_day: str | None = None,
    direction: str | None = None,
    second: str | None = None,
) -> Scene:
    """A random scene; whatever is given is kept, and ignored where the subject cannot have it."""
    if subject is None:
        weights = np.array([thing.weight for thing in THINGS.values()])
        subject = SUBJECTS[int(rng.choice(len(SUBJECTS), p=weights / weights.sum()))]
    thing = THINGS[subject]

    def choose(options: tuple[str, ...], given: str | None = None) -> str:
        picked = options[int(rng.integers(len(options)))]
        return given if given in options else picked

    place = choose(thing.settings, setting)
    time = choose(thing.times, time_of_day)
    others = partners_of(subject, place)
    together = rng.uniform() < _TOGETHER or second is not None
    behind = choose(others, second) if others and together else None
    return Scene(
        subject=subject,
        second=behind,
        setting=place,
        time_of_day=time,
        rain=bool(rng.uniform() < _RAINY) and thing.wet and place != "interior",
        colour=choose(COLOURS) if thing.coloured else None,
        direction=choose(thing.ways, direction) if thing.ways else None,
        speed=float(rng.uniform(0.3, 0.5)),
        position=float(rng.uniform(0.42, 0.58)),
        layout=int(rng.integers(LAYOUTS)),
        mirrored=bool(rng.integers(2)),
        phase=float(rng.uniform()),
    )
