"""Networks that look at clips of the wide world: the eye of the product's metrics, and the judge of the evaluation.

Both learn the truth of rendered clips; the eye also learns where their captions lie. The judge is trained on other seeds,
is never used in the product, and nothing is tuned by it. `python -m training.wide.recogniser eye|judge`
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from training.learning.distortions import as_seen
from training.learning.loop import Clock, Guard, Interrupt, Log, load_checkpoint, save_checkpoint
from training.learning.optim import Pair
from training.learning.text import WIDTH, TextEncoder
from training.recogniser import attribute_loss, contrastive_loss
from training.wide import vae
from training.wide.latents import MAX_TOKENS
from training.wide.world.captions import caption
from training.wide.world.registry import PARTNERS, SUBJECTS, sample_scene
from training.wide.world.render import render_clip
from training.wide.world.scene import COLOURS, DIRECTIONS, SETTINGS, TIMES, Scene
from videogen.quality.relevance.video_network import FRAMES, VideoNetwork, prepared, sentence_vectors

SIZE = (96, 56)
"""Half the native size: small things are still told apart."""
ALONE = "none"
CLASSES: dict[str, tuple[str, ...]] = {
    "subject": SUBJECTS,
    "second": (ALONE, *PARTNERS),
    "setting": SETTINGS,
    "time_of_day": TIMES,
    "rain": ("dry", "rain"),
    "colour": COLOURS,
    "direction": DIRECTIONS,
}
SEEDS = {"eye": 300_000_000, "judge": 700_000_000}
HELD_OUT_SEED = 990_000_000
FOLDERS = {kind: vae.RUN / kind for kind in SEEDS}


def build(kind: str) -> VideoNetwork:
    counts = {name: len(words) for name, words in CLASSES.items()}
    return VideoNetwork(counts, text_width=WIDTH if kind == "eye" else None)


def attributes(scene: Scene) -> dict[str, str | None]:
    """What is to be seen in a clip, by attribute; None where a scene has none (a still subject has no direction)."""
    return {
        "subject": scene.subject,
        "second": scene.second or ALONE,
        "setting": scene.setting,
        "time_of_day": scene.time_of_day,
        "rain": "rain" if scene.rain or scene.subject in ("rain", "storm") else "dry",
        "colour": scene.colour,
        "direction": scene.direction,
    }


def truth(scenes: list[Scene]) -> dict[str, Tensor]:
    """Class numbers by attribute; −1 where a scene has none."""
    seen = [attributes(scene) for scene in scenes]
    return {
        name: torch.tensor([-1 if (value := one[name]) is None else words.index(value) for one in seen])
        for name, words in CLASSES.items()
    }


def look(clips: list[np.ndarray]) -> Tensor:
    """Clips as a network sees them, N×3×8×56×96."""
    return torch.stack([prepared(clip, SIZE) for clip in clips])


@torch.no_grad()
def accuracy(network: VideoNetwork, count: int, seed: int = HELD_OUT_SEED) -> dict[str, float]:
    """Share of right answers on real held-out clips, by attribute."""
    network.eval()
    rng = np.random.default_rng(seed)
    right: dict[str, list[bool]] = {name: [] for name in CLASSES}
    for _ in range(0, count, 32):
        scenes = [sample_scene(rng) for _ in range(32)]
        answers = network(look([render_clip(scene, num_frames=FRAMES) for scene in scenes])).attributes
        for name, labels in truth(scenes).items():
            there = labels >= 0
            right[name] += (answers[name].argmax(1) == labels)[there].tolist()
    network.train()
    return {name: float(np.mean(values)) for name, values in right.items()}


def train(kind: str, budget: float, peak: float, size: int, threads: int) -> None:
    torch.set_num_threads(threads)
    torch.manual_seed(SEEDS[kind])
    network, log, path = build(kind), Log(vae.RUN / f"{kind}.jsonl"), vae.RUN / f"{kind}.pt"
    optimizer = Pair(network, muon=peak, adam=peak * 0.1)
    step, spent = 0, 0.0
    if state := load_checkpoint(path):
        network.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        step, spent = state["step"], state["spent"]
    rng = np.random.default_rng(SEEDS[kind] + step)
    encoder = TextEncoder(MAX_TOKENS) if kind == "eye" else None
    clock, total, count = Clock(budget, spent), 0.0, 0
    guard, interrupt = Guard(log), Interrupt()
    while not clock.over and not interrupt.asked:
        optimizer.set_share(vae.rate(clock.progress))
        scenes = [sample_scene(rng) for _ in range(size)]
        clips = look([as_seen(render_clip(scene, num_frames=FRAMES), rng) for scene in scenes])
        output = network(clips)
        loss = attribute_loss(output.attributes, truth(scenes))
        if encoder is not None and output.embedding is not None:
            texts = network.place_texts(sentence_vectors(encoder([caption(scene, rng) for scene in scenes])))
            loss = loss + contrastive_loss(output.embedding, texts, network.sharpness)
        optimizer.zero_grad()
        loss.backward()
        if not guard.passes(step, loss.detach(), network.parameters()):
            continue
        optimizer.step()
        step, total, count = step + 1, total + float(loss.detach()), count + 1
        if step % 25 == 0:
            log.write(step=step, loss=total / count, seconds=clock.spent, progress=clock.progress)
            total, count = 0.0, 0
        if step % 100 == 0:
            _store(network, optimizer, step, clock.spent, path)
            log.write(step=step, **accuracy(network, 128))
    _store(network, optimizer, step, clock.spent, path)
    if not clock.over:
        return
    found = accuracy(network, 512)
    log.write(step=step, done=True, **found)
    export(network, FOLDERS[kind], {"steps": step, "held_out_accuracy": found})


def _store(network: VideoNetwork, optimizer: Pair, step: int, spent: float, path: Path) -> None:
    state = {"model": network.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "spent": spent}
    save_checkpoint(path, state)


def export(network: VideoNetwork, folder: Path, facts: dict[str, Any]) -> None:
    """Weights and config.json, as `load` and the product's `EmbeddedEncoder` read them."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: value.contiguous() for name, value in network.state_dict().items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = {
        "classes": CLASSES,
        "size": SIZE,
        "max_tokens": MAX_TOKENS,
        "feature_width": network.features[0].out_features,
        "text_width": None if network.text_side is None else network.text_side.in_features,
        "embedding_width": None if network.text_side is None else network.text_side.out_features,
        **facts,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def load(kind: str) -> VideoNetwork:
    """The finished network, ready to answer.

    Raises:
        FileNotFoundError: it has not been trained.
    """
    path = FOLDERS[kind] / "model.safetensors"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: python -m training.wide.recogniser {kind}")
    network = build(kind)
    network.load_state_dict(load_file(path))
    return network.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=tuple(SEEDS))
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1)
    o = parser.parse_args()
    train(o.kind, o.minutes * 60, o.rate, o.batch, o.threads)


if __name__ == "__main__":
    main()
