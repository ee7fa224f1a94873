"""Stage 2: motion modules between the layers of the picture U-Net, trained on clips with mixed noise.

Begins from the averaged weights of stage 1, which stay as they are unless `--spatial` gives them a share of the
rate.
"""

from __future__ import annotations

import argparse
import copy
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import MotionAdapter, UNetMotionModel
from torch import Tensor

from training import pictures
from training.latents import Pool, newest_autoencoder
from training.learning import diffusion
from training.learning.loop import (
    RUNS,
    Average,
    Clock,
    Log,
    learning_rate,
    load_checkpoint,
    save_checkpoint,
    set_learning_rate,
)
from training.learning.memory import SAVES_MEMORY, checkpointed
from training.learning.text import TextEncoder
from training.planner import load as load_planner
from training.planner import unconditional
from training.prompts import FIXED_PROMPTS
from training.published import begin_from
from training.sheets import save, tile
from training.vae import to_frames
from training.world.render import FRAMES

CHECKPOINT = RUNS / "motion.pt"
ADAPTER_CONFIG = {
    "block_out_channels": (96, 160, 224),
    "motion_layers_per_block": 1,
    "motion_num_attention_heads": 4,
    "motion_norm_num_groups": 16,
    "motion_max_seq_length": 32,
    "use_motion_mid_block": True,
}
MINIMUM_CLIPS = 480
# Where things are, and where they go, is decided while there is much noise.
LEAN = 0.6
_FAST = 0.3
_SHARPNESS = 7.0
_CLEAR = 0.1
_MOVING = ".motion_modules."


def build(seed: int = 0) -> UNetMotionModel:
    """An untrained motion U-Net; its motion modules begin by changing nothing."""
    torch.manual_seed(seed)
    model = UNetMotionModel.from_unet2d(pictures.build(), MotionAdapter(**ADAPTER_CONFIG))
    for name, parameter in model.named_parameters():
        if _MOVING in name and ".proj_out." in name:
            torch.nn.init.zeros_(parameter)
    for name, module in model.named_modules():
        if _MOVING in name and name.endswith(".transformer_blocks.0"):
            look_at_own_frame(module)
    return model


@torch.no_grad()
def look_at_own_frame(block: Any) -> None:
    """Let the first attention of a block begin with every frame looking mostly at itself.

    Attention with random weights gives all frames the same average, in which no frame knows its place in time; it takes
    long to get away from there. Queries and keys that are one projection of the fast part of the sinusoidal positions,
    kept clear of what the frame shows, point at the frame's own place from the first step. The second attention of a
    block still averages.
    """
    width = block.attn1.to_q.in_features
    pair = torch.arange(width) // 2
    fast = (10_000.0 ** (-2.0 * pair / width) > _FAST).float()
    block.norm1.weight.copy_(1.0 - fast * (1.0 - _CLEAR))
    weight = _SHARPNESS * torch.linalg.qr(torch.randn(width, width)).Q * fast
    block.attn1.to_q.weight.copy_(weight)
    block.attn1.to_k.weight.copy_(weight)


def load_pictures(model: UNetMotionModel, path: Path = pictures.CHECKPOINT) -> bool:
    """Take over the averaged weights of stage 1; False when there are none."""
    state = load_checkpoint(path)
    if state is None:
        return False
    weights = {**state["model"], **state["average"]["values"]}
    missing = model.load_state_dict(weights, strict=False)
    strange = [name for name in missing.missing_keys if _MOVING not in name]
    if strange or missing.unexpected_keys:
        raise RuntimeError(f"stage 1 does not fit: missing {strange[:3]}, unexpected {missing.unexpected_keys[:3]}")
    return True


class Preview:
    """Clips of some fixed prompts, four frames of each, to look at while training goes on."""

    def __init__(self, prompts: tuple[str, ...] = FIXED_PROMPTS[:12:2] + FIXED_PROMPTS[15:17]) -> None:
        encoder, planner = TextEncoder(), load_planner()
        text = encoder(prompts)
        plans = torch.stack([planner.tokens(states, FRAMES, seed) for seed, states in enumerate(text)])
        self.states = torch.cat([text[:, None].expand(-1, FRAMES, -1, -1), plans], dim=2)
        self.empty = unconditional(encoder)
        generator = torch.Generator().manual_seed(5)
        noise = diffusion.mixed_noise(len(prompts), FRAMES, diffusion.LAMBDA, generator)
        self.noise = noise.permute(0, 2, 1, 3, 4)

    @torch.no_grad()
    def clips(self, model: UNetMotionModel, steps: int = 14, scale: float = 4.0, rescale: float = 0.0) -> np.ndarray:
        """N×T×H×W×3 uint8."""
        vae = newest_autoencoder()
        assert vae is not None
        latents = diffusion.sample(model, self.noise, self.states, self.empty, steps, scale, rescale)
        return np.stack([to_frames(vae.decode(clip.permute(1, 0, 2, 3)).sample) for clip in latents])

    def draw(self, model: UNetMotionModel, values: dict[str, Tensor], name: str) -> None:
        smooth = copy.deepcopy(model).eval()
        smooth.load_state_dict({**smooth.state_dict(), **values})
        save(RUNS / name, tile([[*clip[[0, 5, 10, 15]]] for clip in self.clips(smooth)]))


def train(
    budget: float,
    peak: float,
    size: int,
    threads: int,
    seed: int,
    spatial: float,
    preview_every: int,
    fresh: bool,
    published: bool,
    share: float = diffusion.LAMBDA,
    name: str = "motion",
    thrifty: bool = False,
) -> None:
    torch.set_num_threads(threads)
    checkpoint = RUNS / f"{name}.pt"
    model, log = checkpointed(build(seed), thrifty), Log(RUNS / f"{name}.jsonl")
    state = load_checkpoint(checkpoint)
    if published:
        begin_from(model, "unet")
    if state:
        model.load_state_dict(state["model"])
    if (state is None or fresh) and not load_pictures(model) and not published:
        raise FileNotFoundError(f"{pictures.CHECKPOINT}: train the pictures first (python -m training.pictures)")
    model.to(memory_format=torch.channels_last)
    for place, parameter in model.named_parameters():
        parameter.requires_grad = spatial > 0 or _MOVING in place
    optimizer = _optimizer(model, spatial)
    average = Average(model, 0.995)
    step, spent = 0, 0.0
    if state and not fresh:
        average.load(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        step, spent = state["step"], state["spent"]
    preview, scheduler, pool = Preview(), diffusion.build_scheduler(), Pool()
    rng, generator = np.random.default_rng(seed + step), torch.Generator().manual_seed(seed + step)
    while pool.refresh() < MINIMUM_CLIPS:
        time.sleep(5)
    clock, total, count = Clock(budget, spent), 0.0, 0
    while not clock.over:
        set_learning_rate(optimizer, learning_rate(peak, clock.progress))
        optimizer.zero_grad()
        latents, states = pool.clips(rng, size)
        states = diffusion.drop_text(states, preview.empty, generator)
        noise = diffusion.mixed_noise(size, FRAMES, share, generator)
        timesteps = diffusion.stratified_timesteps(size, generator, LEAN)
        noisy = scheduler.add_noise(latents, noise, timesteps).permute(0, 2, 1, 3, 4)
        target = scheduler.get_velocity(latents, noise, timesteps).permute(0, 2, 1, 3, 4)
        loss = F.mse_loss(model(noisy, timesteps, encoder_hidden_states=states.flatten(0, 1)).sample, target)
        loss.backward()
        optimizer.step()
        average.update(model)
        step, total, count = step + 1, total + float(loss.detach()), count + 1
        if step % 20 == 0:
            pool.refresh()
            log.write(step=step, loss=total / count, seconds=clock.spent, progress=clock.progress, clips=len(pool))
            total, count = 0.0, 0
            _store(checkpoint, model, optimizer, average, step, clock.spent)
        if preview_every and step % preview_every == 0:
            preview.draw(model, average.values, f"{name}_{step:05d}.png")
    _store(checkpoint, model, optimizer, average, step, clock.spent)
    if preview_every:
        preview.draw(model, average.values, f"{name}_final.png")
    log.write(step=step, done=True)


def _optimizer(model: UNetMotionModel, spatial: float) -> torch.optim.AdamW:
    """AdamW and not Muon: four clips make a noisy gradient, and Muon gives every direction of it the same weight.

    Measured on fixed clips: 0.171 without motion modules, 0.189 after 140 steps of Muon at a rate of 0.02.
    """
    moving = [p for name, p in model.named_parameters() if _MOVING in name]
    groups: list[dict[str, Any]] = [{"params": moving, "scale": 1.0}]
    if spatial > 0:
        groups.append({"params": [p for n, p in model.named_parameters() if _MOVING not in n], "scale": spatial})
    return torch.optim.AdamW(groups, betas=(0.9, 0.99), weight_decay=0.0)


def _store(
    checkpoint: Path,
    model: UNetMotionModel,
    optimizer: torch.optim.Optimizer,
    average: Average,
    step: int,
    spent: float,
) -> None:
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "average": average.state(),
        "step": step,
        "spent": spent,
    }
    save_checkpoint(checkpoint, state)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=35.0)
    parser.add_argument("--rate", type=float, default=6e-4)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--spatial", type=float, default=0.0, help="share of the rate for the weights of stage 1")
    parser.add_argument("--preview-every", type=int, default=120)
    parser.add_argument("--fresh", action="store_true", help="newest pictures, kept motion modules, new budget")
    parser.add_argument("--published", action="store_true", help="begin from models/pib-mini, not from nothing")
    parser.add_argument("--share", type=float, default=diffusion.LAMBDA, help="of noise that all frames have in common")
    parser.add_argument("--name", default="motion", help="of the checkpoint and its log, for experiments")
    parser.add_argument("--checkpoint-gradients", action="store_true", help=SAVES_MEMORY)
    o = parser.parse_args()
    budget = o.minutes * 60
    begin = (o.fresh, o.published)
    train(
        budget,
        o.rate,
        o.batch,
        o.threads,
        o.seed,
        o.spatial,
        o.preview_every,
        *begin,
        o.share,
        o.name,
        thrifty=o.checkpoint_gradients,
    )


if __name__ == "__main__":
    main()
