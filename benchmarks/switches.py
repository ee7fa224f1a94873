"""The switches of noise and sampling on 64 prompts and more, by the product's own quality report; goes on where it stopped.

    python -m benchmarks.switches --minutes 60          work for an hour, on what is missing
    python -m benchmarks.switches --report              the table of what there is, without new work

Every variant makes the same prompts (captions of the model's world that no training has seen) from the same seeds. Each
clip is one line of ``benchmarks/runs/switches/<profile>-<revision>.jsonl``, so that the work may be interrupted, and shared out by
`--part 0/2` and `--part 1/2`. A variant is compared with the defaults clip by clip: mean difference of the score and of
each metric, with a 95 % bootstrap interval. Only a whole measurement becomes ``benchmarks/results/switches.json``, and only
after one does what is on by default change.

Frames are judged at the model's own size, without label and captions: the report's checks of the file are left out.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import RESULTS, description
from videogen.config.config import PROJECT_ROOT, VideoGenConfig

PROMPTS = 64
RUNS = PROJECT_ROOT / "benchmarks" / "runs" / "switches"
BASE = "defaults"
VARIANTS: dict[str, dict[str, Any]] = {
    BASE: {},
    "adaptive steps off": {"synthesis.adaptive_steps": False},
    "critical density 1": {"synthesis.critical_density": 1.0},
    "momentum 0.2": {"synthesis.momentum": 0.2},
    "refinement 0.3": {"synthesis.refinement_strength": 0.3},
    "feature emphasis 0.5": {"synthesis.feature_emphasis": 0.5},
    "temporal consistency 0.3": {"synthesis.temporal_consistency": 0.3},
    "stochasticity 0.5": {"synthesis.stochasticity": 0.5},
    "stochasticity 0.5, base share to 0": {"synthesis.stochasticity": 0.5, "synthesis.final_base_share": 0.0},
    "stochasticity 0.5, base share to 1": {"synthesis.stochasticity": 0.5, "synthesis.final_base_share": 1.0},
    "motion scale 1.25": {"noise.motion_scale": 1.25},
    "keyword emphasis off": {"synthesis.keyword_emphasis": False},
}


def measured(path: Path) -> dict[tuple[str, int], dict[str, Any]]:
    """(variant, number of the prompt) → its line; a line that a killed process left half written is skipped."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        found[row["variant"], row["prompt"]] = row
    return found


def missing(done: dict[tuple[str, int], Any], prompts: int, part: tuple[int, int]) -> Iterator[tuple[str, int]]:
    """What is left to do, prompt by prompt, so that what there is compares all variants on the same prompts."""
    for prompt in range(part[0], prompts, part[1]):
        yield from ((variant, prompt) for variant in VARIANTS if (variant, prompt) not in done)


def work(path: Path, profile: str, prompts: int, minutes: float, part: tuple[int, int]) -> None:
    """Measure what is missing until the time is up."""
    from training.scores import held_out_scene
    from videogen import LatentSynthesizer, QualityAssessor
    from videogen.media.frame_input import file_of

    until = time.monotonic() + 60.0 * minutes
    configs = {name: VideoGenConfig.defaults().updated({"model.profile": profile, **v}) for name, v in VARIANTS.items()}
    makers = {name: LatentSynthesizer(config) for name, config in configs.items()}
    # One model for all: only the settings differ.
    model = makers[BASE].model
    makers = {name: LatentSynthesizer(config, model) for name, config in configs.items()}
    assessor = QualityAssessor(configs[BASE])
    path.parent.mkdir(parents=True, exist_ok=True)
    for variant, prompt in missing(measured(path), prompts, part):
        if time.monotonic() > until:
            return
        caption, maker = held_out_scene(prompt)[1], makers[variant]
        started = time.perf_counter()
        latents = maker.generate_latents(maker.condition(caption), seeds=[prompt])[0]
        seconds = time.perf_counter() - started
        frames = maker.decode(latents)
        with file_of(frames.frames.numpy(), frames.fps) as file:
            report = assessor.assess_video(file, caption)
        row = {
            "variant": variant,
            "prompt": prompt,
            "caption": caption,
            "seconds": round(seconds, 3),
            "steps": latents.diagnostics["steps"],
            "score": report.score,
            **{f"metric_{name}": round(value, 5) for name, value in report.values().items()},
        }
        with path.open("a", encoding="utf-8") as file_of_rows:
            file_of_rows.write(json.dumps(row) + "\n")


def table(done: dict[tuple[str, int], dict[str, Any]]) -> list[dict[str, Any]]:
    """One row for each variant: on how many prompts, and its mean difference to the defaults in every number."""
    rows = []
    for variant in VARIANTS:
        pairs = [
            (row, done[BASE, prompt])
            for (name, prompt), row in done.items()
            if name == variant and (BASE, prompt) in done
        ]
        if not pairs:
            continue
        row: dict[str, Any] = {"variant": variant, "settings": VARIANTS[variant], "prompts": len(pairs)}
        row["seconds"] = round(float(np.mean([mine["seconds"] for mine, _ in pairs])), 2)
        row["score"] = round(float(np.mean([mine["score"] for mine, _ in pairs])), 4)
        for number in [key for key in pairs[0][0] if key == "score" or key.startswith("metric_")]:
            differences = np.array([m[number] - b[number] for m, b in pairs if number in m and number in b])
            if variant != BASE and len(differences):
                row[f"{number} against defaults"] = interval(differences)
        rows.append(row)
    return rows


def interval(differences: np.ndarray, draws: int = 2000) -> dict[str, float]:
    """Mean, and the 95 % interval of 2,000 bootstrap draws."""
    rng = np.random.default_rng(0)
    means = rng.choice(differences, (draws, len(differences))).mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return {"mean": round(float(differences.mean()), 5), "low": round(float(low), 5), "high": round(float(high), 5)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", default="pib-mini")
    parser.add_argument("--prompts", type=int, default=PROMPTS)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--part", default="0/1", help="which share of the prompts, such as 0/2")
    parser.add_argument("--report", action="store_true", help="no new work")
    parser.add_argument("--runs", type=Path, default=RUNS)
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    from videogen.models.loading import revision_of
    from videogen.models.profile import load_profile

    revision = revision_of(load_profile(options.profile, PROJECT_ROOT / "models"))
    path = options.runs / f"{options.profile}-{revision}.jsonl"
    if not options.report:
        first, _, of = options.part.partition("/")
        work(path, options.profile, options.prompts, options.minutes, (int(first), int(of)))
    done = measured(path)
    whole = all((variant, prompt) in done for variant in VARIANTS for prompt in range(options.prompts))
    rows = table(done)
    for row in rows:
        print(json.dumps({key: value for key, value in row.items() if not key.startswith("metric_")}), flush=True)
    print(f"{len(done)} of {len(VARIANTS) * options.prompts} clips" + ("" if whole else ": not whole yet"))
    content = {"machine": description(), "profile": options.profile, "revision": revision, "whole": whole, "rows": rows}
    # An unfinished measurement writes no result; its clips stay where they are.
    folder = options.results if whole else options.runs
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "switches.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
