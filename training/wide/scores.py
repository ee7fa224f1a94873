"""What the judge sees in clips of pib-mini 2, with 95 % intervals, and how much moving things waver.

Clips are made from complete captions of scenes that no training has seen, and kept under the model's fingerprint: started
again, the evaluation goes on where it stopped. ``python -m training.wide.scores --captions 400``
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from training.evaluation.steadiness import moving_error
from training.wide import recogniser, vae
from training.wide.clips import Maker
from training.wide.export import FOLDER, NAME
from training.wide.world.captions import caption
from training.wide.world.registry import THINGS, sample_scene
from training.wide.world.render import FRAMES, render_truth
from training.wide.world.scene import SIDEWAYS, Scene
from videogen.models.loading import fingerprint
from videogen.models.motion_planner import HEADINGS, Planner

SEED = 880_000_000


def held_out_scene(number: int) -> tuple[Scene, str]:
    """Scene `number` of the evaluation, and a caption that says everything about it."""
    rng = np.random.default_rng(SEED + number)
    scene = sample_scene(rng)
    return scene, caption(scene, rng, complete=True)


def generated(models: Path, count: int) -> np.ndarray:
    """All clips, N×T×H×W×3, made where they are not there yet."""
    place = vae.RUN / "evaluation" / fingerprint(models / NAME)
    place.mkdir(parents=True, exist_ok=True)
    missing = [number for number in range(count) if not (place / f"{number:04d}.npy").exists()]
    maker = Maker(models) if missing else None
    for number in missing:
        assert maker is not None
        temporary = place / f".{number:04d}.tmp.npy"
        np.save(temporary, maker([held_out_scene(number)[1]], [SEED + number])[0])
        temporary.rename(place / f"{number:04d}.npy")
    return np.stack([np.load(place / f"{number:04d}.npy") for number in range(count)])


def interval(right: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (E. B. Wilson 1927)."""
    if count == 0:
        return 0.0, 1.0
    share, base = right / count, 1 + z * z / count
    middle = (share + z * z / (2 * count)) / base
    reach = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / base
    return middle - reach, middle + reach


@torch.no_grad()
def judged(clips: np.ndarray, scenes: list[Scene]) -> dict[str, dict[str, float]]:
    """By attribute: the share of clips in which the judge sees what the caption says, its interval, and the number."""
    judge = recogniser.load("judge")
    answers = [judge(recogniser.look([*part])).attributes for part in np.array_split(clips, max(1, len(clips) // 16))]
    found = {}
    labels = recogniser.truth(scenes)
    both = labels["second"] != recogniser.CLASSES["second"].index(recogniser.ALONE)
    seen = {name: torch.cat([answer[name] for answer in answers]).argmax(1) for name in labels}
    right = {name: (seen[name] == labels[name], labels[name] >= 0) for name in labels}
    right["both subjects"] = (right["subject"][0] & right["second"][0], both)
    for name, (hit, there) in right.items():
        hits, count = int(hit[there].sum()), int(there.sum())
        low, high = interval(hits, count)
        found[name] = {"share": hits / max(count, 1), "low": low, "high": high, "clips": count}
    return found


def planned(scene: Scene, values: torch.Tensor) -> Scene:
    """The scene as the planner decided it: where the model was told to draw each frame."""
    return replace(
        scene,
        direction=HEADINGS[int(values[0, 5])],
        speed=abs(float(values[-1, 0] - values[0, 0])),
        position=float(values[:, 0].mean()),
        layout=int(values[0, 2]) // 2,
        mirrored=bool(int(values[0, 2]) % 2),
        phase=float(values[0, 3]),
    )


def steadiness(clips: np.ndarray, models: Path) -> dict[str, float]:
    """Error inside moving subjects along their true way, generated and real, and their ratio (see `training.evaluation.steadiness`)."""
    maker, planner = Maker(models), Planner.load(models / NAME / "planner")
    made, real = [], []
    for number, clip in enumerate(clips):
        scene, text = held_out_scene(number)
        if scene.direction not in SIDEWAYS or THINGS[scene.subject].whole:
            continue
        values = planner.values(maker.family.encode_text([text])[0], FRAMES, SEED + number)
        if HEADINGS[int(values[0, 5])] not in SIDEWAYS:
            continue
        frames, truths = render_truth(planned(scene, values))
        boxes, motion = [truth.boxes.get(scene.subject) for truth in truths], [truth.motion for truth in truths]
        pair = moving_error(clip, boxes, motion), moving_error(frames, boxes, motion)
        if pair[0] is not None and pair[1] is not None:
            made.append(pair[0])
            real.append(pair[1])
    return {
        "clips": len(made),
        "generated": float(np.mean(made)),
        "real": float(np.mean(real)),
        "ratio": float(np.mean(made) / np.mean(real)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--captions", type=int, default=400)
    parser.add_argument("--threads", type=int, default=1)
    o = parser.parse_args()
    torch.set_num_threads(o.threads)
    clips = generated(o.folder, o.captions)
    scenes = [held_out_scene(number)[0] for number in range(o.captions)]
    found = {
        "captions": o.captions,
        "judge_on_real_clips": recogniser.accuracy(recogniser.load("judge"), 512),
        "judge_on_generated_clips": judged(clips, scenes),
        "moving_error": steadiness(clips, o.folder),
    }
    (o.folder / NAME / "scores.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
