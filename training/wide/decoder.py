"""Stage 0b of pib-mini 2: the decoder trains on while the encoder is frozen; latents stay what they are.

Also teaches it to forgive small errors in the latents, which is what a diffusion model makes.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from diffusers import AutoencoderKL

from training.learning.loop import Average, Clock, Guard, Interrupt, Log, load_checkpoint, save_checkpoint
from training.learning.optim import Pair
from training.vae import to_tensor
from training.wide import cache, vae
from training.wide.latents import folded

CHECKPOINT = vae.RUN / "decoder.pt"
NOISE = 0.06
_STORE_EVERY = 150.0


def newest() -> AutoencoderKL:
    """The frozen autoencoder with the decoder as far as it has been trained."""
    model = folded()
    if state := load_checkpoint(CHECKPOINT):
        model.load_state_dict({**model.state_dict(), **state["average"]["values"]})
    return model.eval()


def train(budget: float, peak: float, size: int, threads: int, seed: int) -> None:
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    model, log = folded().to(memory_format=torch.channels_last), Log(vae.RUN / "decoder.jsonl")
    for name, parameter in model.named_parameters():
        parameter.requires_grad = name.startswith(("decoder.", "post_quant_conv."))
    trained = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    optimizer, step, spent = Pair(model, muon=peak, adam=peak * 0.1), 0, 0.0
    state = load_checkpoint(CHECKPOINT)
    if state:
        model.load_state_dict({**model.state_dict(), **state["model"]})
        optimizer.load_state_dict(state["optimizer"])
        step, spent = state["step"], state["spent"]
    average = Average(model, 0.998, trained)
    if state:
        average.load(state["average"])
    frames, rng = cache.load(), np.random.default_rng(seed + step)
    clock, total, count, stored = Clock(budget, spent), 0.0, 0, spent

    def store() -> None:
        values = {name: value for name, value in model.state_dict().items() if name in trained}
        kept = {"model": values, "optimizer": optimizer.state_dict(), "average": average.state()}
        save_checkpoint(CHECKPOINT, {**kept, "step": step, "spent": clock.spent})

    guard, interrupt = Guard(log), Interrupt()
    while not clock.over and not interrupt.asked:
        optimizer.set_share(vae.rate(clock.progress))
        rows = np.sort(rng.integers(len(frames), size=size))
        images = to_tensor(np.ascontiguousarray(frames[rows])).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            with torch.no_grad():
                latents = model.encode(images).latent_dist.mode().float()
            if step % 2:
                latents = latents + NOISE * torch.rand(size, 1, 1, 1) * torch.randn_like(latents)
            output = model.decode(latents).sample.float()
        loss = vae.loss_of(output, images, vae.edge_weight(images))
        optimizer.zero_grad()
        loss.backward()
        if not guard.passes(step, loss.detach(), model.parameters()):
            continue
        optimizer.step()
        average.update(model)
        step, total, count = step + 1, total + float(loss.detach()), count + 1
        if step % 100 == 0:
            log.write(step=step, loss=total / count, seconds=clock.spent, progress=clock.progress)
            total, count = 0.0, 0
        if clock.spent - stored > _STORE_EVERY:
            store()
            stored = clock.spent
    store()
    held = to_tensor(cache.held_out(vae.HELD_OUT))
    log.write(step=step, **vae.quality(newest(), held, vae.RUN / "decoder_latest.png"), done=clock.over)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=0.008)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=4)
    o = parser.parse_args()
    train(o.minutes * 60, o.rate, o.batch, o.threads, o.seed)


if __name__ == "__main__":
    main()
