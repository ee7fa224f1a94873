"""Shuffled and bent camera films: limits of `motion_consistency` and `change_growth` for the content type `footage`.

    python -m benchmarks.quality.footage_order FOLDER [--out benchmarks/results/footage_order.json]

FOLDER holds the films that `footage_calibration` names. The two metrics are measured on the frames as they are decoded, of
every shot as it is and spoiled in ways that change the order or the shape of its frames. The shots of `CHOOSING` choose the
limits by the rule of `fitting`, those of `CHECKING`, of other films, say how well they hold.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import RESULTS, description
from benchmarks.quality.faults import Clip, Random, boiling, shuffled
from benchmarks.quality.fitting import fitted
from benchmarks.quality.footage_calibration import CHECKING, CHOOSING, Shot, frames_of
from videogen.quality.measurement import in_windows, measure
from videogen.quality.metrics.order import ChangeGrowth, MotionConsistency
from videogen.quality.metrics.streams import MetricStream
from videogen.quality.thresholds import FOOTAGE, LEVELS, Levels

Values = dict[str, dict[str, dict[str, float | None]]]
"""Shot → kind → metric → value."""


def mixed_up(clip: Clip, random: Random) -> Clip:
    """Frames in random order within every four."""
    places = np.arange(len(clip))
    for start in range(0, len(clip), 4):
        places[start : start + 4] = random.permutation(places[start : start + 4])
    return np.asarray(clip[places])


KINDS: dict[str, Callable[[Clip, Random], Clip]] = {
    "intact": lambda clip, _: clip,
    "shuffled": shuffled,
    "mixed_up": mixed_up,
    "bent": boiling,
}
MEANT_FOR = {"motion_consistency": "shuffled", "change_growth": "bent"}


def measured(folder: Path, shots: tuple[Shot, ...]) -> Values:
    """Both metrics of every shot and kind."""
    values: Values = {}
    for number, shot in enumerate(shots):
        clip, fps = frames_of(folder, shot)
        values[str(shot)] = {}
        for kind, spoil in KINDS.items():
            streams: dict[str, MetricStream] = {
                "motion_consistency": MotionConsistency(),
                "change_growth": ChangeGrowth(),
            }
            frames = spoil(clip, np.random.default_rng([11, number]))
            found = measure(in_windows(frames), fps=fps, num_frames=len(frames), streams=streams).values
            values[str(shot)][kind] = {name: None if np.isnan(value) else value for name, value in found.items()}
        print(shot, values[str(shot)], flush=True)
    return values


def column(values: Values, kind: str, metric: str) -> list[float]:
    """The values of one kind, of the shots in which there is one."""
    return [value for shot in values.values() if (value := shot[kind][metric]) is not None]


def fitted_levels(values: Values) -> dict[str, Levels]:
    """Levels by the rule of `footage_calibration`."""
    return {
        name: fitted(LEVELS[name], column(values, "intact", name), [column(values, kind, name)])
        for name, kind in MEANT_FOR.items()
    }


def passing(values: Values, kind: str, levels: dict[str, Levels]) -> list[str]:
    """The shots that keep both limits in this kind."""
    return [
        shot
        for shot, kinds in values.items()
        if all((value := kinds[kind][name]) is None or level.passes(value) for name, level in levels.items())
    ]


def main() -> None:
    """Measure, fit and check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", type=Path, help="folder with the films of footage_calibration")
    parser.add_argument("--out", type=Path, default=RESULTS / "footage_order.json")
    arguments = parser.parse_args()
    values = measured(arguments.films, CHOOSING + CHECKING)
    sets = {name: {str(shot): values[str(shot)] for shot in shots} for name, shots in SETS.items()}
    levels = fitted_levels(sets["choosing"])
    result: dict[str, Any] = {
        "machine": description(),
        "fitted_levels": {name: asdict(level) for name, level in levels.items()},
        "passed": {name: {kind: passing(found, kind, levels) for kind in KINDS} for name, found in sets.items()},
        "values": values,
    }
    arguments.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(levels, {name: FOOTAGE[name] for name in levels})
    for name, kinds in result["passed"].items():
        print(name, {kind: f"{len(shots)} of {len(sets[name])}" for kind, shots in kinds.items()})


SETS = {"choosing": CHOOSING, "checking": CHECKING}

if __name__ == "__main__":
    main()
