"""Stage 0: the autoencoder that turns 128×80 frames into 16×10 latents and back."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from torch import Tensor

from training.learning.loop import RUNS, Clock, Log, learning_rate, load_checkpoint, save_checkpoint
from training.learning.optim import Pair
from training.published import begin_from
from training.sheets import save, tile
from training.world.render import FRAMES, render_frame, render_pair, sample_scene

CHECKPOINT = RUNS / "vae.pt"
LATENT_CHANNELS = 12
CONFIG = {
    "in_channels": 3,
    "out_channels": 3,
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "block_out_channels": (16, 32, 64, 96),
    "layers_per_block": 1,
    "latent_channels": LATENT_CHANNELS,
    "norm_num_groups": 2,
    "mid_block_add_attention": False,
    "sample_size": 128,
    "scaling_factor": 1.0,
}
HELD_OUT_SEED = 990_000


def build() -> AutoencoderKL:
    return AutoencoderKL(**CONFIG)


def to_tensor(frames: np.ndarray) -> Tensor:
    """N×H×W×3 uint8 → N×3×H×W in −1 … 1."""
    return torch.from_numpy(frames).permute(0, 3, 1, 2).float() / 127.5 - 1.0


def to_frames(images: Tensor) -> np.ndarray:
    """N×3×H×W in −1 … 1 → N×H×W×3 uint8."""
    pixels = ((images.detach().float().clamp(-1, 1) + 1.0) * 127.5).round().to(torch.uint8)
    return pixels.permute(0, 2, 3, 1).numpy()


def batch(rng: np.random.Generator, count: int) -> tuple[Tensor, Tensor]:
    """Random frames, and weights that are higher where the subject is."""
    frames, weights = [], []
    for _ in range(count):
        scene = sample_scene(rng)
        frame, still = render_pair(scene, int(rng.integers(FRAMES)))
        subject = (np.abs(frame.astype(np.int16) - still).max(axis=2) > 24).astype(np.float32)
        frames.append(frame)
        weights.append(1.0 + subject)
    return to_tensor(np.stack(frames)), torch.from_numpy(np.stack(weights))[:, None]


def held_out(count: int = 64) -> Tensor:
    rng = np.random.default_rng(HELD_OUT_SEED)
    return to_tensor(np.stack([render_frame(sample_scene(rng), int(rng.integers(FRAMES))) for _ in range(count)]))


def psnr(a: Tensor, b: Tensor) -> float:
    """Peak signal-to-noise ratio in dB over all frames together; inputs in −1 … 1."""
    error = F.mse_loss((a.clamp(-1, 1) + 1) / 2, (b.clamp(-1, 1) + 1) / 2)
    return float(-10 * torch.log10(error))


def _edges(x: Tensor) -> tuple[Tensor, Tensor]:
    return x[..., :, 1:] - x[..., :, :-1], x[..., 1:, :] - x[..., :-1, :]


def reconstruction_loss(output: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """L1 + ½ MSE + L1 of the gradients, weighted by place."""
    error = output - target
    loss = (weight * (error.abs() + 0.5 * error.square())).mean()
    for difference in _edges(error):
        cut = weight[..., : difference.shape[-2], : difference.shape[-1]]
        loss = loss + (cut * difference.abs()).mean()
    return loss


@torch.no_grad()
def reconstruct(vae: AutoencoderKL, images: Tensor) -> Tensor:
    again: Tensor = vae.decode(vae.encode(images).latent_dist.mode()).sample
    return again


def report(vae: AutoencoderKL, held: Tensor, path: Path | None = None) -> float:
    vae.eval()
    output = reconstruct(vae, held)
    vae.train()
    if path is not None:
        pairs = [[*to_frames(held[i : i + 6])] for i in range(0, 24, 6)]
        made = [[*to_frames(output[i : i + 6])] for i in range(0, 24, 6)]
        save(path, tile([row for pair in zip(pairs, made, strict=True) for row in pair]))
    return psnr(output, held)


def train(budget: float, peak: float, size: int, threads: int, seed: int, published: bool) -> None:
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    vae = build().to(memory_format=torch.channels_last)
    if published:
        begin_from(vae, "vae")
    optimizer = Pair(vae, muon=peak)
    step, spent = 0, 0.0
    if state := load_checkpoint(CHECKPOINT):
        vae.load_state_dict(state["model"])
        if "muon" in state["optimizer"]:
            optimizer.load_state_dict(state["optimizer"])
        step, spent = state["step"], state["spent"]
    rng, log, held = np.random.default_rng(seed + step), Log(RUNS / "vae.jsonl"), held_out()
    clock, total, count, vae_started = Clock(budget, spent), 0.0, 0, step
    while not clock.over:
        optimizer.set_share(learning_rate(1.0, clock.progress))
        # Small batches first: many steps while the loss is far from its noise floor.
        images, weight = batch(rng, size if clock.progress > 0.4 else size // 2)
        images = images.contiguous(memory_format=torch.channels_last)
        # The mean only: with sampling, early training is spent on making the deviation small. A tiny pull to zero
        # keeps the scale of the latents.
        latents = vae.encode(images).latent_dist.mode()
        pull = 1e-5 * latents.square().mean()
        # A quarter of the steps decode shrunken latents to shrunken frames: that keeps latents smooth, which a
        # diffusion model learns sooner (EQ-VAE, arXiv 2502.09509), and costs less than a plain step.
        if step % 4 == 3 and clock.progress < 0.7:
            latents = F.avg_pool2d(latents, 2)
            images, weight = F.avg_pool2d(images, 2), F.avg_pool2d(weight, 2)
        output = vae.decode(latents).sample
        error = reconstruction_loss(output, images, weight)
        loss = error + pull
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step, total, count = step + 1, total + float(error.detach()), count + 1
        if step % 50 == 0:
            log.write(step=step, loss=total / count, seconds=clock.spent, progress=clock.progress)
            total, count = 0.0, 0
        if step % 400 == 0 or (step - vae_started) == 100:
            value = report(vae, held, RUNS / "vae_latest.png")
            log.write(step=step, psnr=value)
            _store(vae, optimizer, step, clock.spent)
    log.write(step=step, psnr=report(vae, held, RUNS / "vae_latest.png"), done=True)
    _store(vae, optimizer, step, clock.spent)


def _store(vae: AutoencoderKL, optimizer: Pair, step: int, spent: float) -> None:
    state = {"model": vae.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "spent": spent}
    save_checkpoint(CHECKPOINT, state)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--published", action="store_true", help="begin from models/pib-mini, not from nothing")
    o = parser.parse_args()
    train(o.minutes * 60, o.rate, o.batch, o.threads, o.seed, o.published)


if __name__ == "__main__":
    main()
