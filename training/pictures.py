"""Stage 1: a U-Net that draws single pictures from captions."""

from __future__ import annotations

import argparse
import copy
import time
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel

from training.latents import Pool, fold_checkpoint
from training.learning import diffusion
from training.learning.loop import (
    RUNS,
    Average,
    Clock,
    Log,
    learning_rate,
    load_checkpoint,
    save_checkpoint,
)
from training.learning.memory import SAVES_MEMORY, checkpointed
from training.learning.optim import Pair
from training.learning.text import TextEncoder
from training.planner import load as load_planner
from training.planner import unconditional
from training.prompts import FIXED_PROMPTS
from training.published import begin_from
from training.sheets import save, tile
from training.vae import to_frames

CHECKPOINT = RUNS / "pictures.pt"
CONFIG = {
    "sample_size": (10, 16),
    "in_channels": 12,
    "out_channels": 12,
    "block_out_channels": (96, 160, 224),
    "layers_per_block": 1,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "cross_attention_dim": 384,
    "attention_head_dim": 4,
    "norm_num_groups": 16,
}
MINIMUM_CLIPS = 240
# Where things are is decided while there is much noise.
LEAN = 0.85


def build() -> UNet2DConditionModel:
    return UNet2DConditionModel(**CONFIG)


def load_average(model: torch.nn.Module, state: dict[str, Any]) -> None:
    """Put the averaged weights of a checkpoint into a model."""
    model.load_state_dict({**model.state_dict(), **state["average"]["values"]})


class Preview:
    """Samples of the fixed prompts, to look at while training goes on."""

    def __init__(self) -> None:
        encoder, planner = TextEncoder(), load_planner()
        text = encoder(FIXED_PROMPTS)
        plans = torch.stack([planner.tokens(states, 16, seed)[4] for seed, states in enumerate(text)])
        self.states, self.empty = torch.cat([text, plans], dim=1), unconditional(encoder)
        self.vae = fold_checkpoint()
        self.noise = torch.randn((len(FIXED_PROMPTS), *diffusion.LATENT_SHAPE), generator=torch.manual_seed(5))

    @torch.no_grad()
    def draw(self, model: UNet2DConditionModel, average: Average, name: str, scale: float = 4.0) -> None:
        smooth = copy.deepcopy(model).eval()
        smooth.load_state_dict({**smooth.state_dict(), **average.values})
        latents = diffusion.sample(smooth, self.noise, self.states, self.empty, steps=16, scale=scale)
        frames = [*to_frames(self.vae.decode(latents).sample)]
        save(RUNS / name, tile([frames[i : i + 6] for i in range(0, len(frames), 6)]))


def train(
    budget: float, peak: float, size: int, threads: int, seed: int, published: bool, fresh: bool, thrifty: bool = False
) -> None:
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    model, log = checkpointed(build(), thrifty), Log(RUNS / "pictures.jsonl")
    if published:
        begin_from(model, "unet")
    if fresh and (before := load_checkpoint(CHECKPOINT)):
        load_average(model, before)
    model.to(memory_format=torch.channels_last)
    average = Average(model, 0.998)
    optimizer = Pair(model, muon=peak, adam=peak * 0.05)
    step, spent = 0, 0.0
    if not fresh and (state := load_checkpoint(CHECKPOINT)):
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        average.load(state["average"])
        step, spent = state["step"], state["spent"]
    preview, scheduler, pool = Preview(), diffusion.build_scheduler(), Pool()
    rng, generator = np.random.default_rng(seed + step), torch.Generator().manual_seed(seed + step)
    while pool.refresh() < MINIMUM_CLIPS:
        time.sleep(5)
    clock, total, count = Clock(budget, spent), 0.0, 0
    while not clock.over:
        optimizer.set_share(learning_rate(1.0, clock.progress))
        latents, states = pool.pictures(rng, size)
        states = diffusion.drop_text(states, preview.empty, generator)
        noise = torch.randn(latents.shape, generator=generator)
        timesteps = diffusion.stratified_timesteps(size, generator, LEAN)
        noisy = scheduler.add_noise(latents, noise, timesteps)
        target = scheduler.get_velocity(latents, noise, timesteps)
        loss = F.mse_loss(model(noisy, timesteps, encoder_hidden_states=states).sample, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        average.update(model)
        step, total, count = step + 1, total + float(loss.detach()), count + 1
        if step % 25 == 0:
            pool.refresh()
            log.write(step=step, loss=total / count, seconds=clock.spent, progress=clock.progress, clips=len(pool))
            total, count = 0.0, 0
        if step % 50 == 0:
            _store(model, optimizer, average, step, clock.spent)
        if step % 300 == 0:
            preview.draw(model, average, f"pictures_{step:05d}.png")
    _store(model, optimizer, average, step, clock.spent, done=True)
    preview.draw(model, average, "pictures_final.png")
    log.write(step=step, done=True)


def _store(
    model: torch.nn.Module,
    optimizer: Pair,
    average: Average,
    step: int,
    spent: float,
    done: bool = False,
) -> None:
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "average": average.state()}
    save_checkpoint(CHECKPOINT, {**state, "step": step, "spent": spent, "done": done})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=55.0)
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--published", action="store_true", help="begin from models/pib-mini, not from nothing")
    parser.add_argument("--fresh", action="store_true", help="keep the averaged weights, begin a new budget")
    parser.add_argument("--checkpoint-gradients", action="store_true", help=SAVES_MEMORY)
    o = parser.parse_args()
    train(o.minutes * 60, o.rate, o.batch, o.threads, o.seed, o.published, o.fresh, o.checkpoint_gradients)


if __name__ == "__main__":
    main()
