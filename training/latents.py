"""Latents of many clips with the states of their captions, encoded once and kept on disk in small shards.

The encoder is frozen from here on. The per-channel mean and deviation of the latents are folded into the layers
around them (`quant_conv`, `post_quant_conv`), so that everything downstream sees unit variance with a scaling
factor of one; a decoder that trains on does so with the folded weights.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor

from training import vae as autoencoder
from training.learning.loop import RUNS, Log, load_checkpoint, save_checkpoint
from training.learning.text import TextEncoder
from training.published import begin_from
from training.world.plans import true_plan
from training.world.render import caption, render_clip, render_frame, sample_scene
from videogen.models.motion_planner import plan_tokens

FOLDED = RUNS / "vae_folded.pt"
DECODER = RUNS / "decoder.pt"
SHARDS = RUNS / "latents"
CLIPS_A_SHARD = 48
CAPTIONS_A_CLIP = 5
STATISTICS_SEED = 71


@torch.no_grad()
def fold(vae: AutoencoderKL, mean: Tensor, deviation: Tensor) -> None:
    """Change quant_conv and post_quant_conv in place so that (z − mean) / deviation takes the place of z."""
    channels = mean.numel()
    quant, post = vae.quant_conv, vae.post_quant_conv
    quant.weight[:channels] /= deviation[:, None, None, None]
    quant.bias[:channels] = (quant.bias[:channels] - mean) / deviation
    # Training used the mean alone; a deviation of nearly nothing makes a sample of the posterior equal to it.
    quant.weight[channels:] = 0.0
    quant.bias[channels:] = -12.0
    post.bias += post.weight[:, :, 0, 0] @ mean
    post.weight *= deviation[None, :, None, None]


@torch.no_grad()
def statistics(vae: AutoencoderKL, count: int = 384) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each latent channel over random frames."""
    rng = np.random.default_rng(STATISTICS_SEED)
    frames = np.stack([render_frame(sample_scene(rng), int(rng.integers(16))) for _ in range(count)])
    images = autoencoder.to_tensor(frames)
    latents = torch.cat([vae.encode(part).latent_dist.mode() for part in images.split(32)])
    return latents.mean(dim=(0, 2, 3)), latents.std(dim=(0, 2, 3))


def fold_checkpoint(published: bool = False) -> AutoencoderKL:
    """The folded autoencoder; made from the trained one on the first call.

    Args:
        published: take the one of models/pib-mini where none has been trained.
    """
    vae = autoencoder.build()
    if state := load_checkpoint(FOLDED):
        vae.load_state_dict(state["model"])
        return vae.eval()
    trained = load_checkpoint(autoencoder.CHECKPOINT)
    if trained is None and published:
        begin_from(vae, "vae")
        save_checkpoint(FOLDED, {"model": vae.state_dict()})
        return vae.eval()
    if trained is None:
        raise FileNotFoundError(
            f"{autoencoder.CHECKPOINT}: train the autoencoder first (python -m training.vae), or use --published"
        )
    vae.load_state_dict(trained["model"])
    vae.eval()
    mean, deviation = statistics(vae)
    fold(vae, mean, deviation)
    save_checkpoint(FOLDED, {"model": vae.state_dict(), "mean": mean, "deviation": deviation})
    return vae


def newest_autoencoder() -> AutoencoderKL | None:
    """The folded autoencoder with the decoder as far as it has been trained; None before stage 0 has ended."""
    if not FOLDED.exists():
        return None
    vae = fold_checkpoint()
    if state := load_checkpoint(DECODER):
        vae.load_state_dict({**vae.state_dict(), **state["model"]})
    return vae.eval()


@torch.no_grad()
def encode_clip(vae: AutoencoderKL, clip: np.ndarray) -> Tensor:
    """T×H×W×3 uint8 → T×C×h×w latents of unit variance."""
    latents: Tensor = vae.encode(autoencoder.to_tensor(clip)).latent_dist.mode()
    return latents


def make_shard(vae: AutoencoderKL, encoder: TextEncoder, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    scenes = [sample_scene(rng) for _ in range(CLIPS_A_SHARD)]
    captions = [[caption(scene, rng) for _ in range(CAPTIONS_A_CLIP)] for scene in scenes]
    states = encoder([text for texts in captions for text in texts])
    return {
        "latents": torch.stack([encode_clip(vae, render_clip(scene)) for scene in scenes]).half(),
        "text": states.view(CLIPS_A_SHARD, CAPTIONS_A_CLIP, *states.shape[1:]).half(),
        "captions": captions,
        "scenes": [asdict(scene) for scene in scenes],
    }


class Pool:
    """All the clips encoded so far; `refresh` takes up the shards that were written since."""

    def __init__(self, folder: Path = SHARDS, text: bool = True) -> None:
        self.folder, self._seen, self._with_text = folder, set[str](), text
        self._latents: list[Tensor] = []
        self._text: list[Tensor] = []
        self._plans: list[Tensor] = []

    def refresh(self) -> int:
        for path in sorted(self.folder.glob("*.pt")):
            if path.name not in self._seen and (shard := load_checkpoint(path)) is not None:
                self._seen.add(path.name)
                self._latents.append(shard["latents"])
                self._text.append(shard["text"])
                self._plans.append(torch.stack([true_plan(scene) for scene in shard["scenes"]]))
        return len(self)

    def __len__(self) -> int:
        return len(self._latents) * CLIPS_A_SHARD

    def clips(self, rng: np.random.Generator, count: int) -> tuple[Tensor, Tensor]:
        """count×T×C×h×w latents and count×T×24×384 states: one of each clip's captions, and the frame's plan."""
        latents, texts, plans = [], [], []
        for _ in range(count):
            shard, clip = int(rng.integers(len(self._latents))), int(rng.integers(CLIPS_A_SHARD))
            latents.append(self._latents[shard][clip])
            texts.append(self._text[shard][clip, int(rng.integers(CAPTIONS_A_CLIP))])
            plans.append(self._plans[shard][clip])
        text = torch.stack(texts).float()[:, None].expand(-1, latents[0].shape[0], -1, -1)
        return torch.stack(latents).float(), with_plan(text, torch.stack(plans))

    def pictures(self, rng: np.random.Generator, count: int) -> tuple[Tensor, Tensor]:
        """count×C×h×w latents of single frames, each of another clip, and count×24×384 states."""
        latents, texts, plans = [], [], []
        for _ in range(count):
            shard, clip = int(rng.integers(len(self._latents))), int(rng.integers(CLIPS_A_SHARD))
            frame = int(rng.integers(16))
            latents.append(self._latents[shard][clip, frame])
            texts.append(self._text[shard][clip, int(rng.integers(CAPTIONS_A_CLIP))])
            plans.append(self._plans[shard][clip, frame])
        return torch.stack(latents).float(), with_plan(torch.stack(texts).float(), torch.stack(plans))


def with_plan(states: Tensor, plans: Tensor) -> Tensor:
    """…×L×D text states and …×6 plans to …×(L+4)×D."""
    return torch.cat([states, plan_tokens(plans, states.shape[-1])], dim=-2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shards", type=int, default=130)
    parser.add_argument("--first", type=int, default=0, help="number of the first shard, to share work")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=10_000)
    parser.add_argument("--published", action="store_true", help="encode with models/pib-mini where nothing is trained")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    vae, encoder, log = fold_checkpoint(options.published), TextEncoder(), Log(RUNS / "latents.jsonl")
    for number in range(options.first, options.first + options.shards):
        path = SHARDS / f"{number:04d}.pt"
        if path.exists():
            continue
        shard = make_shard(vae, encoder, options.seed + number)
        save_checkpoint(path, shard)
        values = shard["latents"].float()
        log.write(shard=number, mean=float(values.mean()), deviation=float(values.std()))


if __name__ == "__main__":
    main()
