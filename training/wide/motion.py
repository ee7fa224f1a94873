"""Stage 2 of pib-mini 2: motion modules between the layers of the picture U-Net, trained on clips with their plans.

The averaged weights of stage 1 stay as they are. Modules at the full latent size (14×24) cost as much as all others
together; they stay idle (a zero projection, which the product leaves out) unless `--full` trains them, too.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import MotionAdapter, UNetMotionModel
from torch import Tensor

from training.learning import diffusion
from training.learning.loop import (
    Average,
    Clock,
    Guard,
    Interrupt,
    Log,
    load_checkpoint,
    save_checkpoint,
    set_learning_rate,
)
from training.learning.memory import SAVES_MEMORY, checkpointed
from training.learning.text import TextEncoder
from training.motion import look_at_own_frame
from training.wide import pictures, vae
from training.wide.latents import MAX_TOKENS, Choice, Pool, nothing
from videogen.models.temporal_attention import Idle

CHECKPOINT = vae.RUN / "motion.pt"
ADAPTER_CONFIG: dict[str, Any] = {
    "block_out_channels": pictures.CONFIG["block_out_channels"],
    "motion_layers_per_block": 1,
    "motion_num_attention_heads": 4,
    "motion_norm_num_groups": 16,
    "motion_max_seq_length": 32,
    "use_motion_mid_block": True,
}
MINIMUM_CLIPS = 480
# Where things are, and where they go, is decided while there is much noise.
_LEAN = 0.6
_MOVING = ".motion_modules."
_FULL_SIZE = ("down_blocks.0.", f"up_blocks.{len(ADAPTER_CONFIG['block_out_channels']) - 1}.")
_STORE_EVERY = 180.0


def build(seed: int = 0) -> UNetMotionModel:
    """The picture U-Net with motion modules that begin by changing nothing."""
    torch.manual_seed(seed)
    model = UNetMotionModel.from_unet2d(pictures.build(), MotionAdapter(**ADAPTER_CONFIG))
    for name, parameter in model.named_parameters():
        if _MOVING in name and ".proj_out." in name:
            torch.nn.init.zeros_(parameter)
    for name, module in model.named_modules():
        if _MOVING in name and name.endswith(".transformer_blocks.0"):
            look_at_own_frame(module)
    return model


def trained_names(model: UNetMotionModel, full: bool) -> set[str]:
    """Parameters of the modules that learn."""
    return {
        name for name, _ in model.named_parameters() if _MOVING in name and (full or not name.startswith(_FULL_SIZE))
    }


def leave_out(model: UNetMotionModel, trained: set[str]) -> None:
    """Put nothing in the place of the modules that do not learn: they change nothing, and cost half of a step."""
    for name, module in model.named_modules():
        if name.endswith("motion_modules"):
            for place in range(len(module)):
                if not any(known.startswith(f"{name}.{place}.") for known in trained):
                    module[place] = Idle()


def load_pictures(model: UNetMotionModel) -> None:
    """Take over the averaged weights of stage 1.

    Raises:
        FileNotFoundError: stage 1 has not been trained. RuntimeError: it is of another shape.
    """
    state = load_checkpoint(pictures.CHECKPOINT)
    if state is None:
        raise FileNotFoundError(f"{pictures.CHECKPOINT}: train the pictures first (python -m training.wide.pictures)")
    found = model.load_state_dict(vae.averaged(state), strict=False)
    strange = [name for name in found.missing_keys if _MOVING not in name] + found.unexpected_keys
    if strange:
        raise RuntimeError(f"stage 1 does not fit: {strange[:3]}")


def train(
    budget: float, peak: float, size: int, threads: int, seed: int, full: bool, share: float, thrifty: bool = False
) -> None:
    torch.set_num_threads(threads)
    model, log = checkpointed(build(seed), thrifty), Log(vae.RUN / "motion.jsonl")
    load_pictures(model)
    names = trained_names(model, full)
    state = load_checkpoint(CHECKPOINT)
    if state:
        model.load_state_dict({**model.state_dict(), **state["model"]})
    leave_out(model, names)
    model.to(memory_format=torch.channels_last)
    for name, parameter in model.named_parameters():
        parameter.requires_grad = name in names
    # AdamW and not Muon: few clips make a noisy gradient, and Muon gives every direction of it the same weight.
    optimizer = torch.optim.AdamW(
        [p for p in model.parameters() if p.requires_grad], betas=(0.9, 0.99), weight_decay=0.0
    )
    average, step, spent = Average(model, 0.995, names), 0, 0.0
    if state:
        average.load(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        step, spent = state["step"], state["spent"]
    empty, scheduler, pool, choice = nothing(TextEncoder(MAX_TOKENS)), diffusion.build_scheduler(), Pool(), Choice()
    rng, generator = np.random.default_rng(seed + step), torch.Generator().manual_seed(seed + step)
    while pool.refresh() < MINIMUM_CLIPS:
        time.sleep(5)
    clock, total, count, stored = Clock(budget, spent), 0.0, 0, spent

    def store() -> None:
        values = {name: value for name, value in model.state_dict().items() if name in names}
        kept = {"model": values, "optimizer": optimizer.state_dict(), "average": average.state()}
        save_checkpoint(CHECKPOINT, {**kept, "step": step, "spent": clock.spent})

    guard, interrupt = Guard(log), Interrupt()
    while not clock.over and not interrupt.asked:
        set_learning_rate(optimizer, peak * vae.rate(clock.progress))
        latents, states, condition = pool.clips(rng, size, choice)
        states = diffusion.drop_text(states, empty, generator)
        noise = mixed_noise(latents, share, generator)
        timesteps = diffusion.stratified_timesteps(size, generator, _LEAN)
        noisy = torch.cat([scheduler.add_noise(latents, noise, timesteps), condition], dim=2).permute(0, 2, 1, 3, 4)
        target = scheduler.get_velocity(latents, noise, timesteps).permute(0, 2, 1, 3, 4)
        with torch.autocast("cpu", torch.bfloat16):
            said = model(noisy, timesteps, encoder_hidden_states=states.flatten(0, 1)).sample.float()
        loss = F.mse_loss(said, target)
        optimizer.zero_grad()
        loss.backward()
        if not guard.passes(step, loss.detach(), model.parameters()):
            continue
        optimizer.step()
        average.update(model)
        step, total, count = step + 1, total + float(loss.detach()), count + 1
        if step % 20 == 0:
            pool.refresh()
            log.write(step=step, loss=total / count, seconds=clock.spent, progress=clock.progress, clips=len(pool))
            total, count = 0.0, 0
        if clock.spent - stored > _STORE_EVERY:
            store()
            stored = clock.spent
    store()
    log.write(step=step, done=clock.over)


def mixed_noise(latents: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """N×T×C×h×w as `latents`: √λ·b + √(1−λ)·r with one b a clip and one r a frame (VideoFusion, arXiv 2303.08320)."""
    base = torch.randn((len(latents), 1, *latents.shape[2:]), generator=generator)
    residual = torch.randn(latents.shape, generator=generator)
    mixed: Tensor = share**0.5 * base + (1.0 - share) ** 0.5 * residual
    return mixed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=200.0)
    parser.add_argument("--rate", type=float, default=6e-4)
    parser.add_argument("--batch", type=int, default=3, help="clips")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--full", action="store_true", help="train the modules at the full latent size, too")
    parser.add_argument("--share", type=float, default=diffusion.LAMBDA, help="of noise that all frames have in common")
    parser.add_argument("--checkpoint-gradients", action="store_true", help=SAVES_MEMORY)
    o = parser.parse_args()
    train(o.minutes * 60, o.rate, o.batch, o.threads, o.seed, o.full, o.share, o.checkpoint_gradients)


if __name__ == "__main__":
    main()
