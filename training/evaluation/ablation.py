"""What mixed noise brings to motion.

Two motion stages of equal training, one with mixed noise and one with independent noise, are each sampled with both.

    python -m training.motion --share 0 --name motion_independent --minutes 48
    python -m training.evaluation.ablation
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from diffusers import UNetMotionModel

from training import motion
from training.export import FOLDER, RECOMMENDED
from training.latents import newest_autoencoder
from training.learning import diffusion
from training.learning.loop import RUNS, load_checkpoint
from training.learning.text import TextEncoder
from training.planner import load as load_planner
from training.planner import unconditional
from training.scores import SEED, held_out_scene, mean_warp_error
from training.vae import to_frames
from training.world.render import FRAMES, render_clip
from videogen.quality.metrics.distribution import frechet_video_distance
from videogen.quality.relevance.embedded_encoder import EmbeddedEncoder

SHARES = {"mixed": diffusion.LAMBDA, "independent": 0.0}
CHECKPOINTS = {"mixed": RUNS / "motion.pt", "independent": RUNS / "motion_independent.pt"}
TOGETHER = 4


def network(path: Path, steps: int | None) -> tuple[UNetMotionModel, int]:
    """The averaged weights of a checkpoint, and its steps.

    Raises:
        FileNotFoundError: there is none. ValueError: it was trained for another number of steps than `steps`.
    """
    state = load_checkpoint(path)
    if state is None:
        raise FileNotFoundError(f"{path} is missing: see the head of training/evaluation/ablation.py")
    if steps is not None and abs(state["step"] - steps) > 0.1 * steps:
        raise ValueError(f"{path} has {state['step']} steps, the other {steps}: train both equally long")
    model = motion.build()
    model.load_state_dict({**state["model"], **state["average"]["values"]})
    return model.eval(), int(state["step"])


def sampled(model: UNetMotionModel, share: float, count: int, steps: int, scale: float) -> np.ndarray:
    """Clips of the evaluation's captions, N×T×H×W×3 uint8."""
    encoder, vae, planner = TextEncoder(), newest_autoencoder(), load_planner()
    assert vae is not None
    clips = []
    for start in range(0, count, TOGETHER):
        numbers = range(start, min(start + TOGETHER, count))
        noise = [diffusion.mixed_noise(1, FRAMES, share, torch.Generator().manual_seed(SEED + n)) for n in numbers]
        text = encoder([held_out_scene(number)[1] for number in numbers])
        plans = torch.stack([planner.tokens(said, FRAMES, SEED + n) for said, n in zip(text, numbers, strict=True)])
        states = torch.cat([text[:, None].expand(-1, FRAMES, -1, -1), plans], dim=2)
        latents = diffusion.sample(
            model, torch.cat(noise).permute(0, 2, 1, 3, 4), states, unconditional(encoder), steps=steps, scale=scale
        )
        with torch.no_grad():
            clips += [to_frames(vae.decode(clip.permute(1, 0, 2, 3)).sample) for clip in latents]
    return np.stack(clips)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captions", type=int, default=96)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    eye = EmbeddedEncoder(FOLDER / "video_encoder")
    real = np.stack([render_clip(held_out_scene(20_000 + number)[0]) for number in range(options.captions)])
    found, trained = [], None
    for training in SHARES:
        model, trained = network(CHECKPOINTS[training], trained)
        for sampling, share in SHARES.items():
            clips = sampled(model, share, options.captions, RECOMMENDED["steps"], RECOMMENDED["guidance_scale"])
            distance = frechet_video_distance(eye.features(clips), eye.features(real), name=eye.name)
            row = {
                "trained_with": training,
                "sampled_with": sampling,
                "training_steps": trained,
                "frechet_video_distance": round(distance.value, 4),
                "standard_error": round(distance.standard_error, 4),
                "warp_error": round(mean_warp_error(clips), 5),
            }
            print(json.dumps(row), flush=True)
            found.append(row)
    result = {"captions": options.captions, "real_warp_error": round(mean_warp_error(real), 5), "rows": found}
    (FOLDER / "noise_ablation.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
