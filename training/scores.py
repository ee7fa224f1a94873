"""What the judge sees in generated clips, and how far they are from real ones: the numbers of the model card.

Clips are made from complete captions of scenes that no training has seen, by the product's own code, and kept in
training/runs/evaluation/ under the model's fingerprint: started again, the evaluation goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from training import recogniser
from training.clips import Maker
from training.export import FOLDER
from training.learning.loop import RUNS
from training.world.render import caption, render_clip
from training.world.scenes import Scene, sample_scene
from videogen.models.adapters import adapter_revision
from videogen.models.loading import fingerprint
from videogen.models.profile import load_profile
from videogen.quality.calculator import MetricsCalculator
from videogen.quality.metrics.distribution import frechet_video_distance
from videogen.quality.relevance.embedded_encoder import EmbeddedEncoder
from videogen.quality.relevance.video_network import prepared

SEED = 880_000_000
FEWEST_CLIPS = 128
"""Below twice as many clips as features, a Fréchet distance says more about their number than about the clips."""


def held_out_scene(number: int) -> tuple[Scene, str]:
    """Scene `number` of the evaluation, and a caption that says everything about it."""
    rng = np.random.default_rng(SEED + number)
    scene = sample_scene(rng)
    return scene, caption(scene, rng, complete=True)


def generated(folder: Path, count: int, steps: int, scale: float, name: str = "pib-mini") -> np.ndarray:
    """All clips, made where they are not there yet. name: of the profile that is measured."""
    profile = load_profile(name, FOLDER.parent)
    adapters = f"-{adapter_revision(profile)}" if profile.adapters else ""
    place = RUNS / "evaluation" / f"{fingerprint(folder)}{adapters}-{steps}-{scale:g}"
    place.mkdir(parents=True, exist_ok=True)
    missing = [number for number in range(count) if not (place / f"{number:04d}.npy").exists()]
    if missing:
        maker = Maker(folder, steps, scale, name=name)
        for number in missing:
            temporary = place / f".{number:04d}.tmp.npy"
            np.save(temporary, maker([held_out_scene(number)[1]], [SEED + number])[0])
            temporary.rename(place / f"{number:04d}.npy")
            if number % 4 == 3:
                print(f"{number + 1} of {count} clips", flush=True)
    return np.stack([np.load(place / f"{number:04d}.npy") for number in range(count)])


@torch.no_grad()
def judged(clips: np.ndarray, scenes: list[Scene]) -> dict[str, float]:
    """Share of clips in which the judge sees what the caption says, by attribute."""
    judge = recogniser.load("judge")
    answers = [
        judge(torch.stack([prepared(clip) for clip in part])).attributes
        for part in np.array_split(clips, max(1, len(clips) // 16))
    ]
    found = {}
    for name, labels in recogniser.truth(scenes).items():
        seen = torch.cat([answer[name] for answer in answers]).argmax(1)
        there = labels >= 0
        found[name] = float((seen == labels)[there].float().mean())
    return found


def shuffled(clips: np.ndarray) -> np.ndarray:
    """The same frames in a random order."""
    rng = np.random.default_rng(0)
    return np.stack([clip[rng.permutation(len(clip))] for clip in clips])


def distances(clips: np.ndarray, earlier: np.ndarray | None = None) -> dict[str, dict[str, float]]:
    """Fréchet video distances to held-out real clips, with those that frame them, and their bootstrap errors.

    Args:
        earlier: clips of the same captions by an earlier model.
    """
    encoder = EmbeddedEncoder(FOLDER / "video_encoder")
    count = len(clips)
    real = [render_clip(held_out_scene(10_000 + number)[0]) for number in range(2 * count)]
    one, other = encoder.features(np.stack(real[:count])), encoder.features(np.stack(real[count:]))

    def distance(features: np.ndarray) -> dict[str, float]:
        found = frechet_video_distance(features, one, name=encoder.name)
        return {"value": round(float(found.value), 4), "standard_error": round(float(found.standard_error), 4)}

    return {
        "generated_to_real": distance(encoder.features(clips)),
        **({} if earlier is None else {"earlier_model_to_real": distance(encoder.features(earlier))}),
        "real_to_real": distance(other),
        "real_with_shuffled_frames_to_real": distance(encoder.features(shuffled(np.stack(real[count:])))),
    }


def mean_warp_error(clips: np.ndarray) -> float:
    """How badly optical flow explains the next frame, on average over the clips (see `videogen.quality`)."""
    metrics = MetricsCalculator()
    return float(np.mean([metrics.compute_temporal_metrics(clip, 8.0)["warp_error"] for clip in clips]))


def evaluate(
    folder: Path, count: int, steps: int, scale: float, earlier: Path | None, name: str = "pib-mini"
) -> dict[str, Any]:
    """Every number, for `count` captions. name: of the profile that is measured."""
    clips = generated(folder, count, steps, scale, name)
    before = None if earlier is None else generated(earlier, count, steps, scale)
    scenes = [held_out_scene(number)[0] for number in range(count)]
    real = np.stack([render_clip(scene) for scene in scenes])
    return {
        "captions": count,
        "steps": steps,
        "guidance_scale": scale,
        "judge_on_real_clips": recogniser.accuracy(recogniser.load("judge"), 512),
        "judge_on_generated_clips": judged(clips, scenes),
        "frechet_video_distance": distances(clips, before) if count >= FEWEST_CLIPS else None,
        "warp_error": {
            "generated": mean_warp_error(clips),
            "real": mean_warp_error(real),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--earlier", type=Path, help="folder of an earlier export, to compare with")
    parser.add_argument("--captions", type=int, default=200)
    parser.add_argument(
        "--profile", default="pib-mini", help="or pib-mini-fast, which changes the same folder's weights"
    )
    parser.add_argument("--steps", type=int, help="default: the profile's")
    parser.add_argument("--guidance", type=float, help="default: the profile's")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    profile = load_profile(options.profile, FOLDER.parent)
    steps, scale = (
        options.steps or profile.steps,
        profile.guidance_scale if options.guidance is None else options.guidance,
    )
    found = evaluate(options.folder, options.captions, steps, scale, options.earlier, profile.name)
    place = options.folder if profile.name == FOLDER.name else FOLDER / "fast"
    (place / "scores.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
