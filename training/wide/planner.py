"""The planner of pib-mini 2: what a caption of the wide world says about subject, direction and speed."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.learning.loop import Log, load_checkpoint, save_checkpoint
from training.learning.text import TextEncoder
from training.planner import fit, store
from training.wide import vae
from training.wide.latents import MAX_TOKENS
from training.wide.world.captions import caption
from training.wide.world.plans import PLACES, RATES, SPEEDS
from training.wide.world.registry import SUBJECTS, sample_scene
from training.wide.world.render import FRAMES
from training.wide.world.scene import DIRECTIONS, Scene
from videogen.models.motion_planner import HEADINGS, STANDING, Planner

FOLDER = vae.RUN / "planner"
KEPT = Path(__file__).resolve().parents[1] / "checkpoints" / "wide_planner"
"""The copy that the repository keeps."""
CAPTION_SEED, HELD_OUT_SEED = 4_000_000, 990_000_000
HEADS = {"subject": list(SUBJECTS), "direction": [*DIRECTIONS, STANDING], "speed": list(SPEEDS)}


def labels(scene: Scene) -> list[int]:
    """Class numbers of the heads."""
    said = {"subject": scene.subject, "direction": scene.direction or STANDING, "speed": scene.tempo}
    return [words.index(said[name]) for name, words in HEADS.items()]


def read_captions(encoder: TextEncoder, count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Token states N×28×384 of captions, each of another scene, and N×3 class numbers; kept on disk once made."""
    rng = np.random.default_rng(seed)
    scenes = [sample_scene(rng) for _ in range(count)]
    texts = [caption(scene, rng, complete=bool(rng.integers(2))) for scene in scenes]
    # Other words are other captions.
    path = vae.RUN / f"planner_captions_{hashlib.sha256(repr(texts).encode()).hexdigest()[:16]}.pt"
    if kept := load_checkpoint(path):
        return kept["states"].float(), kept["wanted"]
    states, wanted = encoder(texts, batch=64), torch.tensor([labels(scene) for scene in scenes])
    save_checkpoint(path, {"states": states.half(), "wanted": wanted})
    return states, wanted


def train(count: int, steps: int, seed: int) -> None:
    states, wanted = read_captions(TextEncoder(MAX_TOKENS), count, CAPTION_SEED)
    network = fit(states, wanted, HEADS, steps, seed, Log(vae.RUN / "planner.jsonl"))
    for folder in (FOLDER, KEPT):
        store(network, folder, heads=HEADS, rates=RATES, speeds=SPEEDS, places=PLACES, frames=FRAMES)


def load() -> Planner:
    """The trained planner; the repository's copy where none has been trained here."""
    return Planner.load(FOLDER if FOLDER.exists() else KEPT)


def measure(planner: Planner, count: int) -> dict[str, float]:
    """Shares of complete captions of unseen scenes whose subject is read, and whose direction is planned, right."""
    rng, encoder = np.random.default_rng(HELD_OUT_SEED), TextEncoder(MAX_TOKENS)
    scenes = [sample_scene(rng) for _ in range(count)]
    states = encoder([caption(scene, rng, complete=True) for scene in scenes], batch=64)
    subject = direction = moving = 0
    for number, (scene, text) in enumerate(zip(scenes, states, strict=True)):
        odds = planner.probabilities(text)["subject"]
        subject += planner.heads["subject"][int(odds.argmax())] == scene.subject
        if scene.direction is not None:
            moving += 1
            planned = planner.values(text, FRAMES, HELD_OUT_SEED + number)
            direction += HEADINGS[int(planned[0, 5])] == scene.direction
    return {"captions": count, "subject": subject / count, "moving": moving, "direction": direction / moving}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captions", type=int, default=16_000)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--measure", action="store_true", help="train nothing, only measure on 1,000 unseen captions")
    o = parser.parse_args()
    torch.set_num_threads(o.threads)
    if not o.measure:
        train(o.captions, o.steps, o.seed)
    print(measure(load(), 1000))


if __name__ == "__main__":
    main()
