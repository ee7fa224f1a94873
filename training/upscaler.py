"""The small upscalers: Real-ESRGAN's compact network, trained on what the decoder really gives.

×4 takes reconstructions of 128×80 to clean drawings of 512×320; ×2 takes those to 1024×640. The files load into
`realesrgan.archs.srvgg_arch.SRVGGNetCompact`.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from training import latents
from training.learning.loop import RUNS, Clock, Log, learning_rate, load_checkpoint, save_checkpoint
from training.learning.optim import Pair
from training.sheets import save, tile
from training.world.render import render_frame, sample_scene

SETTINGS: dict[int, dict[str, Any]] = {
    4: {"num_in_ch": 3, "num_out_ch": 3, "num_feat": 32, "num_conv": 8, "upscale": 4, "act_type": "prelu"},
    2: {"num_in_ch": 3, "num_out_ch": 3, "num_feat": 16, "num_conv": 6, "upscale": 2, "act_type": "prelu"},
}
INPUT_SIZE = {4: (128, 80), 2: (512, 320)}
CROP = {4: 32, 2: 64}
FOLDER = Path(__file__).resolve().parent.parent / "models" / "pib-mini" / "upscaler"


class Compact(nn.Module):
    """The same network and parameter names as SRVGGNetCompact of realesrgan 0.3.0, without importing basicsr."""

    def __init__(
        self, num_in_ch: int, num_out_ch: int, num_feat: int, num_conv: int, upscale: int, act_type: str
    ) -> None:
        super().__init__()
        if act_type != "prelu":
            raise ValueError(f"only prelu is trained here, not {act_type}")
        self.upscale = upscale
        self.body = nn.ModuleList([nn.Conv2d(num_in_ch, num_feat, 3, 1, 1), nn.PReLU(num_feat)])
        for _ in range(num_conv):
            self.body += [nn.Conv2d(num_feat, num_feat, 3, 1, 1), nn.PReLU(num_feat)]
        self.body.append(nn.Conv2d(num_feat, num_out_ch * upscale * upscale, 3, 1, 1))
        self.upsampler = nn.PixelShuffle(upscale)

    def forward(self, x: Tensor) -> Tensor:
        out = x
        for layer in self.body:
            out = layer(out)
        shuffled: Tensor = self.upsampler(out)
        return shuffled + F.interpolate(x, scale_factor=self.upscale, mode="nearest")


def unit(frame: np.ndarray) -> Tensor:
    """H×W×3 uint8 → 3×H×W in 0 … 1."""
    return torch.from_numpy(frame).permute(2, 0, 1).float() / 255.0


@dataclass
class Pairs:
    """A ring of (input, target) pictures that is renewed while training goes on."""

    factor: int
    rng: np.random.Generator
    capacity: int = 160
    kept: list[tuple[Tensor, Tensor]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.vae = latents.newest_autoencoder() if self.factor == 4 else None

    @torch.no_grad()
    def renew(self) -> None:
        scene, index = sample_scene(self.rng), int(self.rng.integers(16))
        width, height = INPUT_SIZE[self.factor]
        small = unit(render_frame(scene, index, (width, height)))
        large = unit(render_frame(scene, index, (width * self.factor, height * self.factor)))
        decoded = self.vae is not None and self.rng.uniform() < 0.75
        small = self._decoded(small) if decoded else self._degraded(small)
        if len(self.kept) < self.capacity:
            self.kept.append((small, large))
        else:
            self.kept[int(self.rng.integers(self.capacity))] = (small, large)

    def _decoded(self, small: Tensor) -> Tensor:
        assert self.vae is not None
        code = self.vae.encode(small[None] * 2 - 1).latent_dist.mode()
        code = code + float(self.rng.uniform(0, 0.12)) * torch.randn_like(code)
        decoded: Tensor = (self.vae.decode(code).sample[0] / 2 + 0.5).clamp(0, 1)
        return decoded

    def _degraded(self, small: Tensor) -> Tensor:
        """A little blur and noise, as an earlier upscaler or the decoder leaves them."""
        shrink = float(self.rng.uniform(0.55, 1.0))
        size = (round(small.shape[1] * shrink), round(small.shape[2] * shrink))
        soft = F.interpolate(small[None], size=size, mode="bilinear", antialias=True)
        soft = F.interpolate(soft, size=small.shape[1:], mode="bicubic")[0]
        return (soft + torch.randn_like(soft) * float(self.rng.uniform(0, 0.02))).clamp(0, 1)

    def batch(self, count: int) -> tuple[Tensor, Tensor]:
        crop, factor = CROP[self.factor], self.factor
        inputs, targets = [], []
        for _ in range(count):
            small, large = self.kept[int(self.rng.integers(len(self.kept)))]
            top = int(self.rng.integers(small.shape[1] - crop + 1))
            left = int(self.rng.integers(small.shape[2] - crop + 1))
            inputs.append(small[:, top : top + crop, left : left + crop])
            y, x, side = top * factor, left * factor, crop * factor
            targets.append(large[:, y : y + side, x : x + side])
        return torch.stack(inputs), torch.stack(targets)


def loss_of(output: Tensor, target: Tensor) -> Tensor:
    """L1 + L1 of the gradients: sharp edges are what this world is made of."""
    error = output - target
    down, across = error[..., 1:, :] - error[..., :-1, :], error[..., :, 1:] - error[..., :, :-1]
    return error.abs().mean() + 0.5 * (down.abs().mean() + across.abs().mean())


@torch.no_grad()
def examine(network: Compact, factor: int) -> dict[str, float]:
    """PSNR in dB against bicubic on held-out frames, and a picture of some."""
    pairs = Pairs(factor, np.random.default_rng(990_100))
    rows: list[Any] = []
    ours, plain = [], []
    for _ in range(12 if factor == 4 else 4):
        pairs.kept.clear()
        pairs.renew()
        small, large = pairs.kept[0]
        made = network(small[None])[0].clamp(0, 1)
        cubic = F.interpolate(small[None], scale_factor=factor, mode="bicubic")[0].clamp(0, 1)
        ours.append(float(F.mse_loss(made, large)))
        plain.append(float(F.mse_loss(cubic, large)))
        if len(rows) < 3:
            views = [(part * 255).round().byte().permute(1, 2, 0).numpy() for part in (cubic, made, large)]
            rows.append(views)
    save(RUNS / f"upscaler_x{factor}.png", tile(rows))
    return {"psnr": -10 * float(np.log10(np.mean(ours))), "bicubic": -10 * float(np.log10(np.mean(plain)))}


def export(network: Compact, factor: int, folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".x{factor}.tmp"
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, temporary)
    temporary.chmod(0o644)
    temporary.replace(folder / f"x{factor}.safetensors")
    config = {f"x{f}": {"file": f"x{f}.safetensors", "class": "SRVGGNetCompact", **SETTINGS[f]} for f in SETTINGS}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def train(factor: int, budget: float, seed: int, threads: int, restart: bool, published: bool) -> None:
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    checkpoint, log = RUNS / f"upscaler_x{factor}.pt", Log(RUNS / f"upscaler_x{factor}.jsonl")
    network = Compact(**SETTINGS[factor])
    if published:
        network.load_state_dict(load_file(FOLDER / f"x{factor}.safetensors"))
    optimizer = Pair(network, muon=0.01, adam=1e-3)
    step, spent = 0, 0.0
    if state := load_checkpoint(checkpoint):
        network.load_state_dict(state["model"])
        if not restart:
            optimizer.load_state_dict(state["optimizer"])
            spent = state["spent"]
        step = state["step"]
    pairs = Pairs(factor, np.random.default_rng(seed + step))
    for _ in range(24):
        pairs.renew()
    clock, total, count = Clock(budget, spent), 0.0, 0
    while not clock.over:
        optimizer.set_share(learning_rate(1.0, clock.progress))
        if step % 4 == 0:
            pairs.renew()
        inputs, targets = pairs.batch(8 if factor == 4 else 4)
        loss = loss_of(network(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step, total, count = step + 1, total + float(loss.detach()), count + 1
        if step % 200 == 0:
            log.write(step=step, loss=total / count, seconds=clock.spent, progress=clock.progress)
            total, count = 0.0, 0
            state = {"model": network.state_dict(), "optimizer": optimizer.state_dict()}
            save_checkpoint(checkpoint, {**state, "step": step, "spent": clock.spent})
    log.write(step=step, done=True, **examine(network, factor))
    state = {"model": network.state_dict(), "optimizer": optimizer.state_dict()}
    save_checkpoint(checkpoint, {**state, "step": step, "spent": clock.spent})
    export(network, factor)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--factor", type=int, choices=sorted(SETTINGS), required=True)
    parser.add_argument("--minutes", type=float, default=12.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--restart", action="store_true", help="keep the weights, begin a new budget")
    parser.add_argument("--published", action="store_true", help="begin from models/pib-mini, not from nothing")
    o = parser.parse_args()
    train(o.factor, o.minutes * 60, o.seed, o.threads, o.restart, o.published)


if __name__ == "__main__":
    main()
