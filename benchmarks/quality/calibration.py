"""Can the quality metrics tell good from bad? Spoils clips of the procedural world in known ways and measures.

Per kind of fault: the area under the ROC curve (AUC) of the metric meant for it and of the overall score, intact
clips against spoiled ones. From the same clips come the limits in videogen/quality/thresholds.py, by the rule in
`RULE` of fitting.py.

    python -m benchmarks.quality.calibration [--clips-per-subject 2] [--every 1] [--apply]

Measured values are kept in quality_calibration_values.json; delete it after changing a metric.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import PROJECT, RESULTS, description
from benchmarks.quality.faults import FAULTS, FPS, SIZE, Clip
from benchmarks.quality.fitting import RULE, apply_levels, auc, fitted
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

FRAMES, NATIVE_FRAMES = 48, 16
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
    """Clips without faults, of every (n-th) subject.

    A third of the clips are at the full rate, a third at the native rate and interpolated, and a third went through the
    embedded model's autoencoder and upscaler, as delivered.
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
    """A native clip after the embedded model's autoencoder and all frame steps to `SIZE`."""
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


Values = dict[str, dict[str, list[float]]]


def measured(per_subject: int, every: int, store: Path) -> Values:
    """Return kind → metric → values; the kind "intact" is the undamaged clips.

    What `store` holds already is not measured again.
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


def plot(values: Values, result: dict[str, Any], path: Path) -> None:
    """Draw one panel per kind of fault, and last the overall score.

    A panel shows the meant metric, intact clips beside spoiled ones, with its limit.
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
