"""Can the quality metrics tell good from bad? Spoils clips of the procedural world in known ways and measures.

Per kind of fault: the area under the ROC curve (AUC) of the metric meant for it and of the overall score, intact
clips against spoiled ones. From the same clips come the limits in videogen/quality/thresholds.py, by the rule in
`RULE`.

    python -m benchmarks.quality.calibration [--clips-per-subject 2] [--every 1] [--apply]

Measured values are kept in quality_calibration_values.json; delete it after changing a metric.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import PROJECT, RESULTS, description
from training.world.render import FRAMES_PER_SECOND, SUBJECTS, Scene, caption, render_clip, sample_scene
from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import Frames
from videogen.media.encoding import Encoding, write_mp4
from videogen.media.interpolation import interpolate
from videogen.quality.assessor import QualityAssessor
from videogen.quality.relevance.encoders import encoder_for
from videogen.quality.reporting.report import QualityReport, overall_score
from videogen.quality.reporting.verdict import levels_for, metrics_for
from videogen.quality.thresholds import LEVELS, Levels
from videogen.super_resolution.processor import build_processor
from videogen.super_resolution.steps import run_frame_steps

Clip = NDArray[np.uint8]
Random = np.random.Generator

SIZE, FPS, FRAMES, NATIVE_FRAMES = (640, 400), 24, 48, 16
RULE = (
    "For a metric with the kinds of fault it is meant for: q is the 2nd percentile of the intact clips at their "
    "worse end, m the median of the spoiled clips of its hardest kind. good (utility 1) = median of the intact; "
    "threshold (utility 0.5) = q + (m - q) / 6; bad (utility 0) = m. Where m is not worse than q, it is put as "
    "far beyond q as the median of the intact lies before it."
)
# What each metric is meant to find. Limits that are not fitted come from standards and the specification.
MEANT_FOR: dict[str, tuple[str, ...]] = {
    "dynamic_degree": ("still",),
    "frozen_stretch": ("frozen", "still"),
    "motion_smoothness": ("shuffled",),
    "temporal_flickering": ("flicker",),
    "background_consistency": ("flicker",),
    "warp_error": ("boiling",),
    "continuity": ("switched",),
    "subject_consistency": ("switched",),
    "noise_level": ("noise",),
    "sharpness": ("blur",),
    "blockiness": ("blocks",),
    "exposure": ("burnt_out",),
    "completeness": ("half_drawn",),
    "black_stretch": ("black_stretch",),
    "temporal_coherence": ("flicker",),
    "text_relevance": ("wrong_prompt",),
}
# Stated; that of text relevance comes from benchmarks/quality/relevance_calibration.py: prompts of people are short.
_STATED = ("temporal_coherence", "frozen_stretch", "black_stretch", "text_relevance")
FITTED = tuple(name for name in MEANT_FOR if name not in _STATED)


def still(clip: Clip, random: Random) -> Clip:
    """One frame for the whole duration."""
    return np.repeat(clip[random.integers(len(clip))][None], len(clip), axis=0)


def frozen(clip: Clip, random: Random) -> Clip:
    """Motion stops for 40 to 80 % of the duration."""
    length = int(random.uniform(0.4, 0.8) * len(clip))
    start = int(random.integers(len(clip) - length))
    spoiled = clip.copy()
    spoiled[start : start + length] = clip[start]
    return spoiled


def shuffled(clip: Clip, random: Random) -> Clip:
    """All frames in random order."""
    return clip[random.permutation(len(clip))]


def flicker(clip: Clip, random: Random) -> Clip:
    """Brightness of every frame off by up to ±8 … ±20 %."""
    gains = 1.0 + random.uniform(0.08, 0.2) * random.uniform(-1.0, 1.0, len(clip))
    return np.clip(clip * gains[:, None, None, None], 0, 255).astype(np.uint8)


def boiling(clip: Clip, random: Random) -> Clip:
    """Every frame bent by its own smooth field of 2 to 4 pixels."""
    import cv2

    height, width = clip.shape[1:3]
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    strength = random.uniform(2.0, 4.0)

    def bent(frame: Clip) -> Clip:
        coarse = random.normal(0, strength, (height // 32 + 2, width // 32 + 2, 2)).astype(np.float32)
        field = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        moved = cv2.remap(
            frame, columns + field[..., 0], rows + field[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(moved, np.uint8)

    return np.stack([bent(frame) for frame in clip])


def switched(clip: Clip, random: Random) -> Clip:
    """After the middle it is another scene."""
    other = render_clip(sample_scene(random), SIZE, len(clip))
    middle = int(random.uniform(0.35, 0.65) * len(clip))
    return np.concatenate([clip[:middle], other[middle:]])


def noise(clip: Clip, random: Random) -> Clip:
    """Gaussian noise of 8 to 25 grey levels."""
    return np.clip(clip + random.normal(0, random.uniform(8, 25), clip.shape), 0, 255).astype(np.uint8)


def blur(clip: Clip, random: Random) -> Clip:
    """Gaussian blur of 2 to 5 pixels."""
    import cv2

    sigma = random.uniform(2.0, 5.0)
    return np.stack([np.asarray(cv2.GaussianBlur(frame, (0, 0), sigma), np.uint8) for frame in clip])


def blocks(clip: Clip, random: Random) -> Clip:
    """JPEG of quality 3 to 12."""
    import cv2

    quality = int(random.integers(3, 13))

    def coded(frame: Clip) -> Clip:
        return np.asarray(
            cv2.imdecode(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1), np.uint8
        )

    return np.stack([coded(frame) for frame in clip])


def burnt_out(clip: Clip, random: Random) -> Clip:
    """Exposed for 2.5 to 4 times as long."""
    bright: Clip = np.clip(clip * random.uniform(2.5, 4.0), 0, 255).astype(np.uint8)
    return bright


def half_drawn(clip: Clip, random: Random) -> Clip:
    """40 to 70 % of the picture, from one edge on, is a blank colour."""
    spoiled = clip.copy()
    share, colour = random.uniform(0.4, 0.7), random.integers(0, 256, 3)
    if random.uniform() < 0.5:
        spoiled[:, int((1 - share) * clip.shape[1]) :] = colour
    else:
        spoiled[:, :, int((1 - share) * clip.shape[2]) :] = colour
    return spoiled


def black_stretch(clip: Clip, random: Random) -> Clip:
    """0.4 to 1 s of black."""
    length = int(random.uniform(0.4, 1.0) * FPS)
    start = int(random.integers(len(clip) - length))
    spoiled = clip.copy()
    spoiled[start : start + length] = random.integers(0, 12)
    return spoiled


FAULTS: dict[str, Callable[[Clip, Random], Clip]] = {
    fault.__name__: fault
    for fault in (
        still, frozen, shuffled, flicker, boiling, switched,
        noise, blur, blocks, burnt_out, half_drawn, black_stretch,
    )
}  # fmt: skip


WRONG_PROMPT = "wrong_prompt"
KINDS: dict[str, str] = {
    **{name: fault.__doc__ or "" for name, fault in FAULTS.items()},
    WRONG_PROMPT: "An intact clip beside the prompt of another subject.",
}


def _places(per_subject: int, every: int) -> list[tuple[int, str, int]]:
    """Number and name of the subject, and which of its clips."""
    return [
        (number, subject, repeat) for number, subject in enumerate(SUBJECTS[::every]) for repeat in range(per_subject)
    ]


def _scene(number: int, subject: str, repeat: int) -> Scene:
    return sample_scene(np.random.default_rng([7, number, repeat]), subject=subject)


def prompts(per_subject: int, every: int = 1) -> list[str]:
    """A complete caption for each of `intact_clips`."""
    scenes = [_scene(*place) for place in _places(per_subject, every)]
    return [caption(scene, np.random.default_rng([13, number]), complete=True) for number, scene in enumerate(scenes)]


def intact_clips(per_subject: int, every: int = 1) -> list[Clip]:
    """Every (n-th) subject: a third of the clips at the full rate, a third at the native rate and interpolated, and a
    third through the embedded model's autoencoder and upscaler, as delivered.
    """
    clips = []
    for number, subject, repeat in _places(per_subject, every):
        scene, way = _scene(number, subject, repeat), (number + repeat) % 3
        if way == 0:
            clips.append(render_clip(scene, SIZE, FRAMES))
            continue
        few = render_clip(scene, SIZE, NATIVE_FRAMES) if way == 1 else delivered(render_clip(scene))
        clips.append(np.stack(list(interpolate(few, FRAMES, "motion"))))
    return clips


def delivered(clip: Clip) -> Clip:
    """A native clip after encoding and decoding by the embedded model's autoencoder, and all frame steps to
    `SIZE`.
    """
    import torch
    from diffusers import AutoencoderKL

    config = VideoGenConfig().updated({"processing.resolution": SIZE})
    models = PROJECT / "models" / "pib-mini"
    autoencoder = AutoencoderKL.from_pretrained(models / "vae").eval()
    pictures = torch.from_numpy(clip.copy()).permute(0, 3, 1, 2).float() / 127.5 - 1.0
    with torch.inference_mode():
        decoded = autoencoder.decode(autoencoder.encode(pictures).latent_dist.mode()).sample
    native = ((decoded.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()
    processor = build_processor(config, models / "upscaler", "cpu")
    frames: Clip = run_frame_steps(Frames(native, float(FRAMES_PER_SECOND)), config, processor).frames.numpy()
    return frames


def assessed(clip: Clip, prompt: str, folder: Path, assessor: QualityAssessor) -> QualityReport:
    """The clip's report after encoding it the way videos are delivered."""
    path = folder / "clip.mp4"
    write_mp4(path, list(clip), Encoding(SIZE, Fraction(FPS)))
    return assessor.assess_video(path, prompt)


def auc(intact: list[float], spoiled: list[float], higher_is_better: bool) -> float:
    """Probability that an intact clip has the better value (ties count half)."""
    from sklearn.metrics import roc_auc_score

    labels = [1] * len(intact) + [0] * len(spoiled)
    sign = 1.0 if higher_is_better else -1.0
    return float(roc_auc_score(labels, [sign * value for value in intact + spoiled]))


def fitted(levels: Levels, intact: list[float], kinds: list[list[float]]) -> Levels:
    """Levels by `RULE`."""
    middle = float(np.median(intact))
    hardest = min((float(np.median(values)) for values in kinds), key=lambda median: abs(median - middle))
    edge = float(np.percentile(intact, 2 if levels.direction == "at least" else 98))
    if (hardest >= edge) == (levels.direction == "at least"):
        hardest = 2 * edge - middle
    return Levels(levels.direction, edge + (hardest - edge) / 6.0, middle, hardest)


Values = dict[str, dict[str, list[float]]]


def measured(per_subject: int, every: int, store: Path) -> Values:
    """kind → metric → values; kind "intact" is the undamaged clips. What `store` holds already is not measured
    again.
    """
    config = VideoGenConfig()
    assessor = QualityAssessor(config, encoder=encoder_for(config))
    values: Values = json.loads(store.read_text(encoding="utf-8")) if store.exists() else {}
    missing = [kind for kind in ("intact", *KINDS) if kind not in values]
    clips, said = (intact_clips(per_subject, every), prompts(per_subject, every)) if missing else ([], [])
    with tempfile.TemporaryDirectory() as folder:
        for kind in missing:
            started = time.perf_counter()
            found: dict[str, list[float]] = {}
            for number, clip in enumerate(clips):
                random = np.random.default_rng([11, number])
                # The caption of the clip half a list away is of another subject.
                prompt = said[(number + len(said) // 2) % len(said)] if kind == WRONG_PROMPT else said[number]
                spoiled = FAULTS[kind](clip, random) if kind in FAULTS else clip
                report = assessed(spoiled, prompt, Path(folder), assessor)
                for result in report.metrics:
                    found.setdefault(result.name, []).append(np.nan if result.value is None else result.value)
            values[kind] = found
            store.write_text(json.dumps(values), encoding="utf-8")
            print(f"{kind}: {len(clips)} clips, {time.perf_counter() - started:.0f} s", flush=True)
    return values


def rated(found: dict[str, list[float]]) -> tuple[list[float], list[bool]]:
    """Scores and verdicts of the clips of one kind, by the levels in use, as `QualityAssessor` gives them."""
    quality = VideoGenConfig().quality
    weights = quality.weights[quality.content_type]
    rated_metrics = [replace(metric, levels=LEVELS[metric.name]) for metric in metrics_for(quality)]
    levels = {
        metric.name: levels_for(metric, quality)
        for metric in rated_metrics
        if weights[metric.name] > 0 and metric.name in found
    }
    scores, verdicts = [], []
    for number in range(len(found["sharpness"])):
        known = {name: found[name][number] for name in levels if np.isfinite(found[name][number])}
        utilities = {name: levels[name].utility(value) for name, value in known.items()}
        scores.append(overall_score(utilities, weights, checks_passed=True))
        verdicts.append(all(levels[name].passes(value) for name, value in known.items()))
    return scores, verdicts


def known(values: list[float]) -> list[float]:
    """Those that could be measured."""
    return [value for value in values if np.isfinite(value)]


def evaluate(values: Values) -> dict[str, Any]:
    """AUCs, limits by the rule, and how many clips pass."""
    intact = values["intact"]
    scores, verdicts = rated(intact)
    kinds = {}
    for kind in KINDS:
        spoiled_scores, spoiled_verdicts = rated(values[kind])
        kinds[kind] = {
            "fault": KINDS[kind],
            "auc_of_metric": {
                name: auc(known(intact[name]), known(values[kind][name]), LEVELS[name].direction == "at least")
                for name, faults in MEANT_FOR.items()
                if kind in faults
            },
            "auc_of_score": auc(scores, spoiled_scores, True),
            "passed_share": float(np.mean(spoiled_verdicts)),
        }
    return {
        "rule": RULE,
        "clips": len(scores),
        "size": SIZE,
        "frames": FRAMES,
        "machine": description(),
        "intact_passed_share": float(np.mean(verdicts)),
        "kinds": kinds,
        "fitted_levels": {name: asdict(levels) for name, levels in fitted_levels(values).items()},
        "levels_in_use": {name: asdict(LEVELS[name]) for name in MEANT_FOR},
    }


def fitted_levels(values: Values) -> dict[str, Levels]:
    """Levels by `RULE` for the metrics that have a fault of their own."""
    return {
        name: fitted(
            LEVELS[name], known(values["intact"][name]), [known(values[kind][name]) for kind in MEANT_FOR[name]]
        )
        for name in FITTED
    }


def apply_levels(levels: dict[str, Levels], source: Path) -> None:
    """Write them into the table of thresholds.py, to four digits, and use them from here on."""
    text = source.read_text(encoding="utf-8")
    for name, new in levels.items():
        threshold, good, bad = (float(f"{part:.4g}") for part in (new.threshold, new.good, new.bad))
        line = f'"{name}": Levels("{new.direction}", {threshold}, {good}, {bad})'
        text = re.sub(rf'"{name}": Levels\([^)]*\)', line, text)
        LEVELS[name] = Levels(new.direction, threshold, good, bad)
    source.write_text(text, encoding="utf-8")


def plot(values: Values, result: dict[str, Any], path: Path) -> None:
    """One panel per kind of fault: the meant metric, intact beside spoiled, with its limit; last the overall
    score.
    """
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    panels = [(kind, name) for kind, entry in result["kinds"].items() for name in entry["auc_of_metric"]]
    columns = 5
    rows = -(-(len(panels) + 1) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(3.4 * columns, 2.9 * rows), layout="constrained")
    random = np.random.default_rng(0)
    for axis, (kind, name) in zip(axes.flat, panels, strict=False):
        for place, which in enumerate(("intact", kind)):
            shown = values[which][name]
            axis.plot(place + random.uniform(-0.2, 0.2, len(shown)), shown, "o", ms=3, alpha=0.6)
        axis.axhline(result["levels_in_use"][name]["threshold"], color="crimson", lw=1)
        area = result["kinds"][kind]["auc_of_metric"][name]
        axis.set_title(f"{name}: AUC {area:.3f}", fontsize=9)
        axis.set_xticks([0, 1], ["intact", kind.replace("_", " ")], fontsize=8)
        axis.tick_params(axis="y", labelsize=7)
    axis = axes.flat[len(panels)]
    names = ["intact", *result["kinds"]]
    axis.boxplot([rated(values[kind])[0] for kind in names], orientation="horizontal")
    axis.set_yticks(range(1, len(names) + 1), [name.replace("_", " ") for name in names], fontsize=6)
    axis.set_title("overall score", fontsize=9)
    for unused in axes.flat[len(panels) + 1 :]:
        unused.set_visible(False)
    figure.savefig(path, dpi=80)
    plt.close(figure)


def main() -> None:
    """Measure, judge, write quality_calibration.json and .png, and print the levels for thresholds.py."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips-per-subject", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="take every n-th subject only")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--apply", action="store_true", help="write the fitted levels into thresholds.py first")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    values = measured(arguments.clips_per_subject, arguments.every, arguments.out / "quality_calibration_values.json")
    if arguments.apply:
        apply_levels(fitted_levels(values), PROJECT / "videogen" / "quality" / "thresholds.py")
    result = evaluate(values)
    (arguments.out / "quality_calibration.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    plot(values, result, arguments.out / "quality_calibration.png")
    for kind, entry in result["kinds"].items():
        areas = ", ".join(f"{name} {area:.3f}" for name, area in entry["auc_of_metric"].items())
        print(f"{kind:15s} {areas}; score {entry['auc_of_score']:.3f}; passed {entry['passed_share']:.0%}")
    print(f"intact passed {result['intact_passed_share']:.0%}")
    for name, levels in result["fitted_levels"].items():
        numbers = ", ".join(f"{levels[part]:.4g}" for part in ("threshold", "good", "bad"))
        print(f'"{name}": Levels("{levels["direction"]}", {numbers}),')


if __name__ == "__main__":
    main()
