"""From which text relevance on does a video show its prompt, where the prompt is as short as people's are?

Clips of the procedural world, each beside the shortest prompts that name what it shows (the subject; subject and colour;
subject and place), and beside those of the clip of another subject. The limit follows from `RULE` of fitting.py.

    python -m benchmarks.quality.relevance_calibration [--clips-per-subject 12] [--apply]
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

import numpy as np

from benchmarks.machine import PROJECT, RESULTS, description
from benchmarks.quality.fitting import RULE, apply_levels, auc, fitted
from training.world.phrases import COLOUR_WORDS, NOUNS, PLACES
from training.world.render import SUBJECTS, Scene, render_clip, sample_scene
from videogen.config.config import VideoGenConfig
from videogen.quality.relevance.alignment import subject_share, text_relevance
from videogen.quality.relevance.encoders import encoder_for
from videogen.quality.thresholds import LEVELS

Random = np.random.Generator


def main() -> None:
    """Measure, and write relevance_calibration.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips-per-subject", type=int, default=12)
    parser.add_argument("--apply", action="store_true", help="write the limit into thresholds.py")
    options = parser.parse_args()
    machine, values = description(), measured(options.clips_per_subject)
    levels = fitted(LEVELS["text_relevance"], values["own"], [values["another"]])
    if options.apply:
        apply_levels({"text_relevance": levels}, PROJECT / "videogen" / "quality" / "thresholds.py")
    limit, seen = levels.threshold, LEVELS["subject_seen"].threshold
    result: dict[str, Any] = {
        "machine": machine,
        "rule": RULE,
        "prompts": len(values["own"]),
        "text_relevance": asdict(levels),
        "auc": auc(values["own"], values["another"], True),
        "own_prompts_pass": share(values["own"], limit),
        "prompts_of_another_subject_pass": share(values["another"], limit),
        "own_subject_is_seen": share(values["own_subject"], seen),
        "another_subject_is_seen": share(values["another_subject"], seen),
        "lowest_own": np.percentile(values["own"], [0, 1, 2, 5, 50]).round(3).tolist(),
    }
    (RESULTS / "relevance_calibration.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


def measured(per_subject: int) -> dict[str, list[float]]:
    """Relevance and share of the subject, for prompts of the clip itself ("own") and of another subject's."""
    encoder, random = encoder_for(VideoGenConfig()), np.random.default_rng(29)
    assert encoder is not None
    scenes = [sample_scene(random, subject=subject) for subject in SUBJECTS for _ in range(per_subject)]
    values: dict[str, list[float]] = {"own": [], "another": [], "own_subject": [], "another_subject": []}
    for number, scene in enumerate(scenes):
        clip = render_clip(scene)
        other = scenes[(number + len(scenes) // 2) % len(scenes)]
        for which, of in (("own", scene), ("another", other)):
            relevance = text_relevance(encoder, clip, short_prompt(of, random)).relevance
            seen = subject_share(encoder, clip, (of.subject,))
            assert relevance is not None
            assert seen is not None
            values[which].append(relevance)
            values[f"{which}_subject"].append(seen)
    return values


def short_prompt(scene: Scene, random: Random) -> str:
    """The subject alone, or with its colour, or with its place."""
    noun = NOUNS[scene.subject][int(random.integers(len(NOUNS[scene.subject])))]
    kind = int(random.integers(3))
    if kind == 1 and scene.colour is not None:
        return f"{COLOUR_WORDS[scene.colour][0]} {noun}"
    if kind == 2:
        return f"{noun} {PLACES[scene.landscape][1]}"
    return noun


def share(values: list[float], limit: float) -> float:
    """How many reach the limit."""
    return float(np.mean(np.array(values) >= limit))


if __name__ == "__main__":
    main()
