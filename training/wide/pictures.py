"""Stage 1 of pib-mini 2: a U-Net that draws single pictures from captions, plans and, if given, another frame.

It reads 12 noisy channels, and 13 of a condition: the latents of another frame of the same clip with a plane of ones,
or zeros. Part of the examples have no plan, or only a fragment of a caption: that is what a negative prompt is.
"""

from __future__ import annotations

import argparse
import copy
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from training.learning import diffusion
from training.learning.loop import Average, Clock, Guard, Interrupt, Log, load_checkpoint, save_checkpoint
from training.learning.memory import SAVES_MEMORY, checkpointed
from training.learning.optim import Pair
from training.learning.text import TextEncoder
from training.sheets import save, tile
from training.vae import to_frames
from training.wide import vae
from training.wide.decoder import newest
from training.wide.latents import MAX_TOKENS, SHAPE, Choice, Pool, nothing
from training.wide.planner import load as load_planner
from training.wide.prompts import FIXED_PROMPTS

CHECKPOINT = vae.RUN / "pictures.pt"
CHANNELS = SHAPE[0]
CONFIG: dict[str, Any] = {
    "sample_size": SHAPE[1:],
    "in_channels": CHANNELS + CHANNELS + 1,
    "out_channels": CHANNELS,
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
_LEAN = 0.85
_STORE_EVERY = 180.0


def build() -> UNet2DConditionModel:
    return UNet2DConditionModel(**CONFIG)


class WithCondition:
    """The U-Net as `diffusion.sample` calls it, with a fixed condition for each picture."""

    def __init__(self, model: Callable[..., Any], condition: Tensor) -> None:
        self.model, self.condition = model, condition

    def __call__(self, latents: Tensor, timestep: Tensor, encoder_hidden_states: Tensor) -> Any:
        condition = torch.cat([self.condition] * (len(latents) // len(self.condition)))
        return self.model(torch.cat([latents, condition], dim=1), timestep, encoder_hidden_states=encoder_hidden_states)


class Preview:
    """Samples of the fixed prompts, to look at while training goes on."""

    def __init__(self) -> None:
        encoder, planner = TextEncoder(MAX_TOKENS), load_planner()
        text = encoder(FIXED_PROMPTS)
        plans = torch.stack([planner.tokens(states, 16, seed)[4] for seed, states in enumerate(text)])
        self.states, self.empty = torch.cat([text, plans], dim=1), nothing(encoder)
        self.vae = newest()
        self.noise = torch.randn((len(FIXED_PROMPTS), *SHAPE), generator=torch.manual_seed(5))

    @torch.no_grad()
    def draw(self, model: UNet2DConditionModel, average: Average, name: str, scale: float = 3.0) -> None:
        smooth = copy.deepcopy(model).eval()
        smooth.load_state_dict({**smooth.state_dict(), **average.values})
        asked = WithCondition(smooth, torch.zeros((len(self.noise), CHANNELS + 1, *SHAPE[1:])))
        latents = diffusion.sample(asked, self.noise, self.states, self.empty, steps=16, scale=scale)
        frames = [*to_frames(self.vae.decode(latents).sample)]
        save(vae.RUN / name, tile([frames[i : i + 5] for i in range(0, len(frames), 5)]))


def train(budget: float, peak: float, size: int, threads: int, seed: int, thrifty: bool = False) -> None:
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    model = checkpointed(build().to(memory_format=torch.channels_last), thrifty)
    log = Log(vae.RUN / "pictures.jsonl")
    average, optimizer = Average(model, 0.999), Pair(model, muon=peak, adam=peak * 0.05)
    step, spent = 0, 0.0
    if state := load_checkpoint(CHECKPOINT):
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        average.load(state["average"])
        step, spent = state["step"], state["spent"]
    preview, scheduler, pool, choice = Preview(), diffusion.build_scheduler(), Pool(), Choice()
    rng, generator = np.random.default_rng(seed + step), torch.Generator().manual_seed(seed + step)
    while pool.refresh() < MINIMUM_CLIPS:
        time.sleep(5)
    clock, total, count, stored = Clock(budget, spent), 0.0, 0, spent
    guard, interrupt = Guard(log), Interrupt()
    while not clock.over and not interrupt.asked:
        optimizer.set_share(vae.rate(clock.progress))
        latents, states, condition = pool.pictures(rng, size, choice)
        states = diffusion.drop_text(states, preview.empty, generator)
        noise = torch.randn(latents.shape, generator=generator)
        timesteps = diffusion.stratified_timesteps(size, generator, _LEAN)
        noisy = torch.cat([scheduler.add_noise(latents, noise, timesteps), condition], dim=1)
        target = scheduler.get_velocity(latents, noise, timesteps)
        # For 84 and 24 tokens, plain products are a tenth of a step quicker than the fused attention of processors.
        with torch.autocast("cpu", torch.bfloat16), sdpa_kernel(SDPBackend.MATH):
            said = model(noisy.contiguous(memory_format=torch.channels_last), timesteps, encoder_hidden_states=states)
        loss = F.mse_loss(said.sample.float(), target)
        optimizer.zero_grad()
        loss.backward()
        if not guard.passes(step, loss.detach(), model.parameters()):
            continue
        optimizer.step()
        average.update(model)
        step, total, count = step + 1, total + float(loss.detach()), count + 1
        if step % 25 == 0:
            pool.refresh()
            log.write(step=step, loss=total / count, seconds=clock.spent, progress=clock.progress, clips=len(pool))
            total, count = 0.0, 0
        if clock.spent - stored > _STORE_EVERY:
            _store(model, optimizer, average, step, clock.spent)
            stored = clock.spent
        if step % 500 == 0:
            preview.draw(model, average, f"pictures_{step:05d}.png")
    _store(model, optimizer, average, step, clock.spent)
    if clock.over:
        preview.draw(model, average, "pictures_final.png")
    log.write(step=step, done=clock.over)


def _store(model: nn.Module, optimizer: Pair, average: Average, step: int, spent: float) -> None:
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "average": average.state()}
    save_checkpoint(CHECKPOINT, {**state, "step": step, "spent": spent})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=420.0)
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--checkpoint-gradients", action="store_true", help=SAVES_MEMORY)
    o = parser.parse_args()
    train(o.minutes * 60, o.rate, o.batch, o.threads, o.seed, o.checkpoint_gradients)


if __name__ == "__main__":
    main()
