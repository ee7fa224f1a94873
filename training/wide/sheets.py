"""Contact sheets of the wide world, for people to look at: ``python -m training.wide.sheets FOLDER``."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.sheets import save, tile
from training.wide.world.registry import PARTNERS, SUBJECTS, THINGS, sample_scene
from training.wide.world.render import render_frame
from training.wide.world.scene import SETTINGS, TIMES


def settings_sheet(seed: int = 0) -> NDArray[np.uint8]:
    """Every setting at every time of day, and in rain."""
    rows = []
    for setting in SETTINGS:
        found = [name for name, thing in THINGS.items() if setting in thing.settings]
        row = []
        for step in range(5):
            rng = np.random.default_rng(seed + step)
            row.append(render_frame(sample_scene(rng, found[step * 5 % len(found)], setting, TIMES[step % 3]), 6))
        rows.append(row)
    return tile(rows)


def subjects_sheet(names: tuple[str, ...], seed: int = 0, columns: int = 5) -> NDArray[np.uint8]:
    """A row a subject: random settings and times, the frames going through the clip."""
    rows = []
    for number, name in enumerate(names):
        row = []
        for step in range(columns):
            rng = np.random.default_rng(seed + 100 * number + step)
            settings = THINGS[name].settings
            scene = sample_scene(rng, name, settings[step % len(settings)], TIMES[(step + number) % 3])
            row.append(render_frame(scene, 3 * step + 1))
        rows.append(row)
    return tile(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    o = parser.parse_args()
    save(o.folder / "settings.png", settings_sheet(o.seed))
    for first in range(0, len(SUBJECTS), 9):
        save(o.folder / f"subjects_{first // 9}.png", subjects_sheet(SUBJECTS[first : first + 9], o.seed))
    print(f"{len(SUBJECTS)} subjects, {len(PARTNERS)} of them also as second, in {o.folder}")


if __name__ == "__main__":
    main()
