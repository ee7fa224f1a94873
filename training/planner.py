"""The planner: what a caption says about subject, direction and speed; and the true plan of rendered clips.

Trained on captions of scenes drawn for it alone, in about two minutes. Captions of the evaluation are never among them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from training.learning.loop import RUNS, Log, learning_rate, load_checkpoint, save_checkpoint, set_learning_rate
from training.learning.text import WIDTH, TextEncoder
from training.published import FOLDER as PUBLISHED
from training.world.plans import PLACES, RATES, SPEEDS
from training.world.render import FRAMES, caption
from training.world.scenes import DIRECTIONS, SUBJECTS, sample_scene
from videogen.models.motion_planner import STANDING, TOKENS, Planner
from videogen.models.planner_network import planner_network

FOLDER = RUNS / "planner"
HIDDEN = 256
QUERIES = 8
CAPTION_SEED = 40_000
HEADS: dict[str, list[str]] = {
    "subject": list(SUBJECTS),
    "direction": [*DIRECTIONS, STANDING],
    "speed": list(SPEEDS),
}


def labels(scene: Mapping[str, Any]) -> list[int]:
    """Class numbers of the heads."""
    speed = "slow" if scene["speed"] < 0.35 else "fast" if scene["speed"] > 0.45 else "medium"
    said = {"subject": scene["subject"], "direction": scene["direction"] or STANDING, "speed": speed}
    return [words.index(said[name]) for name, words in HEADS.items()]


def read_captions(encoder: TextEncoder, count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Token states N×20×384 of captions, each of another scene, and N×3 class numbers; kept on disk once made."""
    rng = np.random.default_rng(seed)
    scenes = [sample_scene(rng) for _ in range(count)]
    texts = [caption(scene, rng, complete=bool(rng.integers(2))) for scene in scenes]
    # Other words are other captions.
    path = RUNS / f"planner_captions_{hashlib.sha256(repr(texts).encode()).hexdigest()[:16]}.pt"
    if kept := load_checkpoint(path):
        return kept["states"].float(), kept["wanted"]
    states, wanted = encoder(texts, batch=64), torch.tensor([labels(asdict(scene)) for scene in scenes])
    save_checkpoint(path, {"states": states.half(), "wanted": wanted})
    return states, wanted


def train(count: int, steps: int, seed: int) -> None:
    states, wanted = read_captions(TextEncoder(), count, CAPTION_SEED)
    network = fit(states, wanted, HEADS, steps, seed, Log(RUNS / "planner.jsonl"))
    store(network, FOLDER, heads=HEADS, rates=RATES, speeds=SPEEDS, places=PLACES, frames=FRAMES)


def fit(
    states: Tensor, wanted: Tensor, heads: dict[str, list[str]], steps: int, seed: int, log: Log
) -> torch.nn.Module:
    """A network that reads `heads` off token states N×L×D; wanted: N×heads class numbers. A twentieth is held out."""
    torch.manual_seed(seed)
    held = len(states) // 20
    network = planner_network(WIDTH, HIDDEN, sum(map(len, heads.values())), QUERIES)
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.05)
    sizes = [len(words) for words in heads.values()]

    def loss(rows: Tensor, training: bool) -> tuple[Tensor, list[float]]:
        # Dropout of features: captions are few, wordings many.
        logits = network(F.dropout(states[rows], 0.2, training)).split(sizes, dim=1)
        truth = wanted[rows].unbind(dim=1)
        total = torch.stack([F.cross_entropy(said, true) for said, true in zip(logits, truth, strict=True)]).sum()
        right = [float((said.argmax(1) == true).float().mean()) for said, true in zip(logits, truth, strict=True)]
        return total, right

    for step in range(steps):
        set_learning_rate(optimizer, learning_rate(2e-3, step / steps))
        optimizer.zero_grad()
        loss(torch.randint(held, len(states), (256,)), True)[0].backward()
        optimizer.step()
        if step % 200 == 199:
            network.eval()
            with torch.inference_mode():
                value, right = loss(torch.arange(held), False)
            log.write(step=step + 1, held_out=float(value), **dict(zip(heads, right, strict=True)))
            network.train()
    return network.eval()


def store(network: torch.nn.Module, folder: Path, **config: Any) -> None:
    """Weights, and the `config.json` that `Planner.load` reads: heads, rates, speeds, places, frames."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(network.state_dict(), folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)
    values = {"width": WIDTH, "hidden": HIDDEN, "queries": QUERIES, **config}
    (folder / "config.json").write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def unconditional(encoder: TextEncoder) -> Tensor:
    """1×24×384: the empty prompt and no plan."""
    return F.pad(encoder([""]), (0, 0, 0, TOKENS))


def load() -> Planner:
    """The trained planner; the published one where none has been trained."""
    return Planner.load(FOLDER if FOLDER.exists() else PUBLISHED / "planner")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captions", type=int, default=12_000)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=6)
    o = parser.parse_args()
    torch.set_num_threads(o.threads)
    train(o.captions, o.steps, o.seed)


if __name__ == "__main__":
    main()
