"""Stage 0 of pib-mini 2: the autoencoder that turns 192×112 frames into 12×14×24 latents and back.

Convolutions run in bf16 (processors with AVX-512 BF16: 0.6 of the time), weights and optimiser stay in fp32.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from safetensors.torch import load_file, save_file
from torch import Tensor

from training.learning.loop import RUNS, Average, Clock, Guard, Interrupt, Log, load_checkpoint, save_checkpoint
from training.learning.optim import Pair
from training.sheets import save, tile
from training.vae import psnr, to_frames, to_tensor
from training.wide import cache

RUN = RUNS / "wide"
CHECKPOINT = RUN / "vae.pt"
KEPT = Path(__file__).resolve().parents[1] / "checkpoints" / "wide_vae.safetensors"
"""The small copy that the repository keeps (weights only, half precision)."""
LATENT_CHANNELS = 12
CONFIG = {
    "in_channels": 3,
    "out_channels": 3,
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "block_out_channels": (16, 32, 80, 128),
    "layers_per_block": 1,
    "latent_channels": LATENT_CHANNELS,
    "norm_num_groups": 2,
    "mid_block_add_attention": False,
    "sample_size": 192,
    "scaling_factor": 1.0,
}
HELD_OUT = 65 * 3
_STORE_EVERY = 150.0


def build() -> AutoencoderKL:
    return AutoencoderKL(**CONFIG)


def rate(progress: float, warm_up: float = 0.02, decay: float = 0.3) -> float:
    """Share of the peak: a short warm-up, a plateau, and a straight way down in the last `decay` of the budget.

    A plateau, so that a stage which is given more time goes on as if it had had it from the start.
    """
    if progress < warm_up:
        return max(progress / warm_up, 0.02)
    return min(1.0, max((1.0 - progress) / decay, 0.01))


def edge_weight(images: Tensor) -> Tensor:
    """N×1×H×W, 1 … 3: large within a pixel of an edge, so that thin things count as much as plains do."""
    grey = images.mean(dim=1, keepdim=True)
    across = F.pad((grey[..., :, 1:] - grey[..., :, :-1]).abs(), (0, 1))
    down = F.pad((grey[..., 1:, :] - grey[..., :-1, :]).abs(), (0, 0, 0, 1))
    return 1.0 + 2.0 * F.max_pool2d(across + down, 3, 1, 1).clamp(max=0.5) / 0.5


def loss_of(output: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """L1 + ½ MSE + L1 of the gradients, weighted by place."""
    error = output - target
    loss = (weight * (error.abs() + 0.5 * error.square())).mean()
    for cut, difference in (
        (weight[..., :, 1:], error[..., :, 1:] - error[..., :, :-1]),
        (weight[..., 1:, :], error[..., 1:, :] - error[..., :-1, :]),
    ):
        loss = loss + (cut * difference.abs()).mean()
    return loss


@torch.no_grad()
def reconstruct(vae: AutoencoderKL, images: Tensor) -> Tensor:
    return torch.cat([vae.decode(vae.encode(part).latent_dist.mode()).sample for part in images.split(13)])


def edge_error(output: Tensor, target: Tensor) -> float:
    """Mean absolute error (grey levels) on the pixels within one of an edge: what blades, masts, wires and drops suffer."""
    near = edge_weight(target) > 2.0
    error = (output.clamp(-1, 1) - target).abs().mean(dim=1, keepdim=True) * 127.5
    return float(error[near].mean())


def report(average: Average, held: Tensor, path: Path | None = None) -> dict[str, float]:
    """`quality` of the averaged weights."""
    vae = build()
    vae.load_state_dict(average.values)
    return quality(vae.eval(), held, path)


def quality(vae: AutoencoderKL, held: Tensor, path: Path | None = None) -> dict[str, float]:
    """Peak signal-to-noise ratio (dB) and edge error (grey levels) on held-out frames; they and their copies in `path`."""
    output = reconstruct(vae, held)
    if path is not None:
        rows = []
        for start in range(0, 30, 5):
            rows += [[*to_frames(held[start : start + 5])], [*to_frames(output[start : start + 5])]]
        save(path, tile(rows))
    return {"psnr": psnr(output, held), "edge_error": edge_error(output, held)}


def begin() -> tuple[AutoencoderKL, dict[str, Any]]:
    """The model and the state of its training: from the checkpoint, else the kept copy (a new optimiser), else nothing."""
    vae = build()
    if state := load_checkpoint(CHECKPOINT):
        vae.load_state_dict(state["model"])
        return vae, state
    if not KEPT.exists():
        return vae, {"step": 0, "spent": 0.0}
    vae.load_state_dict({name: value.float() for name, value in load_file(KEPT).items()})
    return vae, json.loads(KEPT.with_suffix(".json").read_text(encoding="utf-8"))


def averaged(state: dict[str, Any]) -> dict[str, Tensor]:
    """The weights of a checkpoint as they are used: averaged over the last steps, which is worth a lower learning rate."""
    return {**state["model"], **state["average"]["values"]}


def train(budget: float, peak: float, size: int, threads: int, seed: int) -> None:
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    vae, state = begin()
    step, spent = state["step"], state["spent"]
    vae.to(memory_format=torch.channels_last)
    optimizer, average = Pair(vae, muon=peak), Average(vae, 0.998)
    if "optimizer" in state:
        optimizer.load_state_dict(state["optimizer"])
    if "average" in state:
        average.load(state["average"])
    frames, rng, log = cache.load(), np.random.default_rng(seed + step), Log(RUN / "vae.jsonl")
    held = to_tensor(cache.held_out(HELD_OUT))
    clock, total, count, stored = Clock(budget, spent), 0.0, 0, spent
    guard, interrupt = Guard(log), Interrupt()
    while not clock.over and not interrupt.asked:
        optimizer.set_share(rate(clock.progress))
        rows = np.sort(rng.integers(len(frames), size=size if clock.progress > 0.4 else size // 2))
        images = to_tensor(np.ascontiguousarray(frames[rows])).contiguous(memory_format=torch.channels_last)
        weight = edge_weight(images)
        with torch.autocast("cpu", torch.bfloat16):
            latents = vae.encode(images).latent_dist.mode()
            # A quarter of the steps decode shrunken latents to shrunken frames: that keeps latents smooth, which a
            # diffusion model learns sooner (EQ-VAE, arXiv 2502.09509), and costs less than a plain step.
            small = step % 4 == 3 and clock.progress < 0.7
            output = vae.decode(F.avg_pool2d(latents, 2) if small else latents).sample.float()
        if small:
            images, weight = F.avg_pool2d(images, 2), F.avg_pool2d(weight, 2)
        error = loss_of(output, images, weight)
        loss = error + 1e-5 * latents.float().square().mean()
        optimizer.zero_grad()
        loss.backward()
        if not guard.passes(step, loss.detach(), vae.parameters()):
            continue
        optimizer.step()
        average.update(vae)
        step, total, count = step + 1, total + float(error.detach()), count + 1
        if step % 50 == 0:
            log.write(step=step, loss=total / count, seconds=clock.spent, progress=clock.progress)
            total, count = 0.0, 0
        if step % 500 == 0:
            log.write(step=step, **report(average, held, RUN / "vae_latest.png"))
        if clock.spent - stored > _STORE_EVERY:
            _store(vae, optimizer, average, step, clock.spent)
            stored = clock.spent
    _store(vae, optimizer, average, step, clock.spent)
    log.write(step=step, **report(average, held, RUN / "vae_latest.png"), done=clock.over)


def _store(vae: AutoencoderKL, optimizer: Pair, average: Average, step: int, spent: float) -> None:
    state = {"model": vae.state_dict(), "optimizer": optimizer.state_dict(), "average": average.state()}
    save_checkpoint(CHECKPOINT, {**state, "step": step, "spent": spent})


def keep() -> None:
    """Write the repository's small copy of the newest checkpoint."""
    state = load_checkpoint(CHECKPOINT)
    if state is None:
        raise FileNotFoundError(f"{CHECKPOINT}: nothing is trained yet")
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.half().contiguous() for name, value in averaged(state).items()}, KEPT)
    KEPT.chmod(0o644)
    progress = {"step": state["step"], "spent": round(state["spent"], 1)}
    KEPT.with_suffix(".json").write_text(json.dumps(progress) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", action="store_true", help="only write the repository's small copy of the checkpoint")
    o = parser.parse_args()
    if o.keep:
        keep()
    else:
        train(o.minutes * 60, o.rate, o.batch, o.threads, o.seed)


if __name__ == "__main__":
    main()
