"""Stage 0b: the decoder trains on while the encoder is frozen; latents stay what they are.

Also teaches it to forgive small errors in the latents, which is what a diffusion model makes.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch

from training.latents import DECODER, fold_checkpoint
from training.learning.loop import RUNS, Clock, Log, learning_rate, load_checkpoint, save_checkpoint
from training.learning.optim import Pair
from training.vae import batch, held_out, reconstruction_loss, report

NOISE = 0.06


def train(budget: float, peak: float, size: int, threads: int, seed: int) -> None:
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    vae, log = fold_checkpoint(), Log(RUNS / "decoder.jsonl")
    parts = torch.nn.ModuleDict({"decoder": vae.decoder, "post_quant_conv": vae.post_quant_conv})
    optimizer, step, spent = Pair(parts, muon=peak, adam=peak * 0.1), 0, 0.0
    if state := load_checkpoint(DECODER):
        vae.load_state_dict({**vae.state_dict(), **state["model"]})
        optimizer.load_state_dict(state["optimizer"])
        step, spent = state["step"], state["spent"]
    held, rng = held_out(), np.random.default_rng(seed + step)
    clock, total, count = Clock(budget, spent), 0.0, 0
    while not clock.over:
        optimizer.set_share(learning_rate(1.0, clock.progress, warm_up=0.02))
        images, weight = batch(rng, size)
        with torch.no_grad():
            latents = vae.encode(images).latent_dist.mode()
        if step % 2:
            latents = latents + NOISE * torch.rand(size, 1, 1, 1) * torch.randn_like(latents)
        loss = reconstruction_loss(vae.decode(latents).sample, images, weight)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step, total, count = step + 1, total + float(loss.detach()), count + 1
        if step % 100 == 0:
            log.write(step=step, loss=total / count, seconds=clock.spent, progress=clock.progress)
            total, count = 0.0, 0
            save_checkpoint(DECODER, {**_state(parts), "optimizer": optimizer.state_dict(), "step": step,
                                      "spent": clock.spent})  # fmt: skip
        if step % 500 == 0:
            log.write(step=step, psnr=report(vae, held, RUNS / "decoder_latest.png"))
    log.write(step=step, psnr=report(vae, held, RUNS / "decoder_latest.png"), done=True)
    save_checkpoint(DECODER, {**_state(parts), "optimizer": optimizer.state_dict(), "step": step, "spent": clock.spent})


def _state(parts: torch.nn.ModuleDict) -> dict[str, dict[str, torch.Tensor]]:
    return {"model": {name: value.clone() for name, value in parts.state_dict().items()}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=0.008)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=4)
    options = parser.parse_args()
    train(options.minutes * 60, options.rate, options.batch, options.threads, options.seed)


if __name__ == "__main__":
    main()
