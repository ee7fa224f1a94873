"""How much a moving thing changes from frame to frame, along its true way: wavering windows, wheels, faces.

Each frame's subject is laid upon the next one's, as far on as the truth says that it went; what remains is not motion.
``python -m training.evaluation.steadiness`` measures the model that ships against real clips of the same scenes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from training.clips import Maker
from training.export import FOLDER, RECOMMENDED
from training.published import FOLDER as PUBLISHED
from training.world.render import FRAMES, SIZE, caption, render_background, render_frame
from training.world.scenes import LANDSCAPES, TIMES, Scene, sample_scene
from training.world.subjects import travelled
from videogen.models.motion_planner import HEADINGS, Planner

Box = tuple[float, float, float, float]
SUBJECTS = ("bus", "train", "ambulance", "boat", "plane")
_RIM = 0.12
"""Share of a box's sides that is left out: there the background shows."""
_SEED = 871_000_000


def moving_error(
    clip: NDArray[np.uint8], boxes: Sequence[Box | None], motion: Sequence[tuple[float, float]]
) -> float | None:
    """Mean absolute difference (grey levels) between the subject and its place in the next frame.

    Args:
        clip: T×H×W×3.
        boxes: of the subject in each frame (left, top, right, bottom as shares of the picture), None where
            it is not seen.
        motion: how far it goes to the next frame, as shares of the width and of the height.

    Returns:
        None where no two neighbouring frames show enough of it.
    """
    height, width = clip.shape[1:3]
    errors = []
    for frame, after, box, (dx, dy) in zip(clip, clip[1:], boxes, motion, strict=False):
        if box is None:
            continue
        wide, high = (box[2] - box[0]) * _RIM, (box[3] - box[1]) * _RIM
        # Only what stays in the picture.
        left, right = max(box[0] + wide, -dx, 0.0), min(box[2] - wide, 1.0 - dx, 1.0)
        top, bottom = max(box[1] + high, -dy, 0.0), min(box[3] - high, 1.0 - dy, 1.0)
        x0, x1, y0, y1 = round(left * width), round(right * width), round(top * height), round(bottom * height)
        if x1 - x0 < 4 or y1 - y0 < 4:
            continue
        back = np.array([[1.0, 0.0, -dx * width], [0.0, 1.0, -dy * height]])
        there = cv2.warpAffine(after, back, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        difference = np.abs(there[y0:y1, x0:x1].astype(np.float32) - frame[y0:y1, x0:x1])
        errors.append(float(difference.mean()))
    return float(np.mean(errors)) if errors else None


def _boxes(scene: Scene) -> tuple[NDArray[np.uint8], list[Box | None]]:
    still, frames, boxes = render_background(scene).astype(np.int16), [], list[Box | None]()
    for index in range(FRAMES):
        frame = render_frame(scene, index)
        there = np.abs(frame - still).max(axis=2) > 24
        rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
        seen = len(rows) > 0
        boxes.append(
            (columns[0] / SIZE[0], rows[0] / SIZE[1], (columns[-1] + 1) / SIZE[0], (rows[-1] + 1) / SIZE[1])
            if seen
            else None
        )
        frames.append(frame)
    return np.stack(frames), boxes


def _planned(scene: Scene, values: torch.Tensor) -> Scene:
    """The scene as the planner decided it: where the model was told to draw each frame."""
    way = float(values[-1, 0] - values[0, 0])
    return replace(
        scene,
        direction=HEADINGS[int(values[0, 5])],
        speed=abs(way),
        position=float(values[:, 0].mean()),
        layout=int(values[0, 2]) // 2,
        mirrored=bool(int(values[0, 2]) % 2),
        phase=float(values[0, 3]),
    )


def _motion(scene: Scene) -> list[tuple[float, float]]:
    places = [travelled(scene, index / (FRAMES - 1)) for index in range(FRAMES)]
    return [((b[0] - a[0]) / SIZE[0], (b[1] - a[1]) / SIZE[1]) for a, b in pairwise(places)]


def measure(count: int) -> dict[str, object]:
    """Of `count` clips of the published model, and of real clips with the same plans."""
    maker = Maker(FOLDER, int(RECOMMENDED["steps"]), float(RECOMMENDED["guidance_scale"]))
    family, planner = maker.synthesizer.model.family, Planner.load(PUBLISHED / "planner")
    made_errors, real_errors = [], []
    for number in range(count):
        rng = np.random.default_rng(_SEED + number)
        subject, time, place = SUBJECTS[number % 5], TIMES[number % 2], LANDSCAPES[number % 4]
        scene = sample_scene(rng, subject=subject, time_of_day=time, landscape=place)
        text, seed = caption(scene, rng, complete=True), _SEED + number
        planned = _planned(scene, planner.values(family.encode_text([text])[0], FRAMES, seed))
        real, boxes = _boxes(planned)
        motion = _motion(planned)
        made = maker([text], [seed])[0]
        pair = moving_error(made, boxes, motion), moving_error(real, boxes, motion)
        if pair[0] is not None and pair[1] is not None:
            made_errors.append(pair[0])
            real_errors.append(pair[1])
            print(f"{subject}: {pair[0]:.2f}, real {pair[1]:.2f}", flush=True)
    generated, real_mean = float(np.mean(made_errors)), float(np.mean(real_errors))
    return {"clips": len(made_errors), "generated": generated, "real": real_mean, "ratio": generated / real_mean}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    o = parser.parse_args()
    torch.set_num_threads(o.threads)
    print(json.dumps(measure(o.clips), indent=2))


if __name__ == "__main__":
    main()
