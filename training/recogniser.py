"""Networks that look at clips: the encoder that the product measures with, and the judge of `make evaluate-model`.

Both learn the truth of rendered clips; the encoder also learns where their captions lie. The judge is trained on other
seeds, is never used in the product, and nothing is tuned by it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor

from training.learning.distortions import as_seen
from training.learning.loop import RUNS, Clock, Log, learning_rate, load_checkpoint, save_checkpoint
from training.learning.optim import Pair
from training.learning.text import WIDTH, TextEncoder
from training.world.render import caption, render_clip
from training.world.scenes import COLOURS, DIRECTIONS, LANDSCAPES, SUBJECTS, TIMES, Scene, sample_scene
from videogen.quality.relevance.video_network import FRAMES, VideoNetwork, prepared, sentence_vectors

CLASSES: dict[str, tuple[str, ...]] = {
    "subject": SUBJECTS,
    "landscape": LANDSCAPES,
    "time_of_day": TIMES,
    "colour": COLOURS,
    "direction": DIRECTIONS,
}
KINDS: dict[str, tuple[int, Path]] = {
    # The first seed, and where the finished network lies.
    "encoder": (300_000_000, Path("models/pib-mini/video_encoder")),
    "judge": (700_000_000, Path("training/judge")),
}
HELD_OUT_SEED = 990_000_000
PROJECT = Path(__file__).resolve().parent.parent


def build(kind: str) -> VideoNetwork:
    counts = {name: len(words) for name, words in CLASSES.items()}
    return VideoNetwork(counts, text_width=WIDTH if kind == "encoder" else None)


def truth(scenes: list[Scene]) -> dict[str, Tensor]:
    """Class numbers by attribute; −1 where a scene has none (a still subject has no direction)."""
    return {
        name: torch.tensor([-1 if getattr(s, name) is None else words.index(getattr(s, name)) for s in scenes])
        for name, words in CLASSES.items()
    }


def batch(rng: np.random.Generator, size: int) -> tuple[Tensor, list[Scene]]:
    """Clips as a network sees them, N×3×8×40×64, and their scenes."""
    scenes = [sample_scene(rng) for _ in range(size)]
    return torch.stack([prepared(as_seen(render_clip(s, num_frames=FRAMES), rng)) for s in scenes]), scenes


def attribute_loss(logits: dict[str, Tensor], labels: dict[str, Tensor]) -> Tensor:
    losses = [F.cross_entropy(logits[name], labels[name], ignore_index=-1, label_smoothing=0.02) for name in logits]
    return torch.stack([loss for loss in losses if torch.isfinite(loss)]).sum()


def contrastive_loss(video: Tensor, text: Tensor, sharpness: Tensor) -> Tensor:
    """Symmetric cross-entropy over all pairs of a batch (CLIP, arXiv 2103.00020)."""
    scores = sharpness.exp().clamp(max=100.0) * video @ text.T
    pairs = torch.arange(len(scores))
    return 0.5 * (F.cross_entropy(scores, pairs) + F.cross_entropy(scores.T, pairs))


@torch.no_grad()
def accuracy(network: VideoNetwork, count: int = 256, seed: int = HELD_OUT_SEED) -> dict[str, float]:
    """Share of right answers on real held-out clips, by attribute."""
    network.eval()
    rng = np.random.default_rng(seed)
    right: dict[str, list[bool]] = {name: [] for name in CLASSES}
    for _ in range(0, count, 32):
        scenes = [sample_scene(rng) for _ in range(32)]
        answers = network(torch.stack([prepared(render_clip(s, num_frames=FRAMES)) for s in scenes])).attributes
        for name, labels in truth(scenes).items():
            there = labels >= 0
            right[name] += (answers[name].argmax(1) == labels)[there].tolist()
    network.train()
    return {name: float(np.mean(values)) for name, values in right.items()}


def train(kind: str, budget: float, peak: float, size: int, threads: int) -> None:
    torch.set_num_threads(threads)
    seed, folder = KINDS[kind]
    torch.manual_seed(seed)
    network, log, path = build(kind), Log(RUNS / f"{kind}.jsonl"), RUNS / f"{kind}.pt"
    optimizer = Pair(network, muon=peak, adam=peak * 0.1)
    step, spent = 0, 0.0
    if state := load_checkpoint(path):
        network.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        step, spent = state["step"], state["spent"]
    rng, encoder = np.random.default_rng(seed + step), TextEncoder() if kind == "encoder" else None
    clock, total, count = Clock(budget, spent), 0.0, 0
    while not clock.over:
        optimizer.set_share(learning_rate(1.0, clock.progress))
        clips, scenes = batch(rng, size)
        output = network(clips)
        loss = attribute_loss(output.attributes, truth(scenes))
        if encoder is not None and output.embedding is not None:
            texts = network.place_texts(sentence_vectors(encoder([caption(scene, rng) for scene in scenes])))
            loss = loss + contrastive_loss(output.embedding, texts, network.sharpness)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step, total, count = step + 1, total + float(loss.detach()), count + 1
        if step % 25 == 0:
            log.write(step=step, loss=total / count, seconds=clock.spent, progress=clock.progress)
            total, count = 0.0, 0
        if step % 100 == 0:
            _store(network, optimizer, step, clock.spent, path)
            log.write(step=step, **accuracy(network))
    _store(network, optimizer, step, clock.spent, path)
    found = accuracy(network, 512)
    log.write(step=step, done=True, **found)
    export(network, PROJECT / folder, {"steps": step, "held_out_accuracy": found})


def _store(network: VideoNetwork, optimizer: Pair, step: int, spent: float, path: Path) -> None:
    state = {"model": network.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "spent": spent}
    save_checkpoint(path, state)


def export(network: VideoNetwork, folder: Path, facts: dict[str, Any]) -> None:
    """Weights and config.json, as `load` and the product read them."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: value.contiguous() for name, value in network.state_dict().items()}
    temporary = folder / ".model.tmp"
    save_file(weights, temporary, metadata={"format": "pt"})
    temporary.chmod(0o644)
    temporary.replace(folder / "model.safetensors")
    config = {
        "classes": CLASSES,
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
    folder = PROJECT / KINDS[kind][1]
    if not (folder / "model.safetensors").exists():
        raise FileNotFoundError(f"{folder} has no weights: python -m training.recogniser {kind}")
    network = build(kind)
    network.load_state_dict(load_file(folder / "model.safetensors"))
    return network.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=tuple(KINDS))
    parser.add_argument("--minutes", type=float, default=25.0)
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    train(options.kind, options.minutes * 60, options.rate, options.batch, options.threads)


if __name__ == "__main__":
    main()
