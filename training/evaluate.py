"""What the exported model can do (`make evaluate-model`): numbers and pictures for its model card.

Everything is measured on the exported files, through the product's own code.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL
from PIL import Image

from training.clips import Maker
from training.export import FOLDER, RECOMMENDED
from training.learning.loop import RUNS
from training.prompts import FIXED_PROMPTS, FREE_PROMPTS
from training.sheets import save, tile, world_sheet
from training.vae import held_out, psnr, reconstruct, to_frames

SHOWN = (0, 5, 10, 15)
SHOWN_STAGES = ("vae", "decoder", "pictures", "motion")
NEEDED = ("vae", "pictures")
"""Stages without which there is no model. The others are shown where they were trained."""


def clips_sheet(maker: Maker, prompts: tuple[str, ...], columns: int = 2) -> tuple[np.ndarray, float]:
    """Four frames of each clip, `columns` clips a row; and the seconds a clip took. Seed = place in the list."""
    strips, started = [], time.monotonic()
    for seed, prompt in enumerate(prompts):
        strips.append([*maker([maker.worded(prompt, seed)], [seed])[0][list(SHOWN)]])
    seconds = (time.monotonic() - started) / len(prompts)
    rows = [[frame for strip in strips[i : i + columns] for frame in strip] for i in range(0, len(strips), columns)]
    return tile(rows), seconds


def loss_curves(path: Path, runs: Path = RUNS) -> str:
    """Losses of the stages over their steps, as one picture; gives one sentence that says what became of it.

    Without the logs of all `NEEDED` stages in `runs` the picture that is there stays: it shows more than the rest would.
    """
    missing = [name for name in NEEDED if not (runs / f"{name}.jsonl").exists()]
    if missing:
        return f"{path} is not drawn again: {runs} has no log of {' and '.join(missing)}"
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    names = [name for name in SHOWN_STAGES if (runs / f"{name}.jsonl").exists()]
    figure, axes = plt.subplots(1, len(names), figsize=(3.2 * len(names), 2.6), squeeze=False)
    for axis, name in zip(axes[0], names, strict=True):
        rows = [json.loads(line) for line in (runs / f"{name}.jsonl").read_text().splitlines()]
        points = [(row["step"], row["loss"]) for row in rows if "loss" in row]
        axis.plot(*zip(*points, strict=True), linewidth=1)
        axis.set_title(name)
        axis.set_yscale("log")
        axis.set_xlabel("step")
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    plt.close(figure)
    return f"{path} shows the losses of {', '.join(names)}"


def save_small(path: Path, picture: np.ndarray) -> None:
    """A palette PNG: flat illustrations lose nothing that can be seen, and the repository stays small."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def evaluate(folder: Path, steps: int, scale: float, fixed_count: int, free_count: int) -> dict[str, Any]:
    maker, images = Maker(folder, steps, scale), folder / "images"
    held = held_out(64)
    made = reconstruct(AutoencoderKL.from_pretrained(folder / "vae", torch_dtype=torch.float32), held)
    pairs = [to_frames(part[:6]) for part in (held, made)]
    save_small(images / "vae.png", tile([[*row] for row in pairs]))
    fixed, seconds = clips_sheet(maker, FIXED_PROMPTS[:fixed_count])
    save_small(images / "fixed_prompts.png", fixed)
    free, _ = clips_sheet(maker, FREE_PROMPTS[:free_count])
    save_small(images / "free_prompts.png", free)
    print(loss_curves(images / "losses.png"), file=sys.stderr)
    save_small(images / "world.png", world_sheet())
    numbers = {
        "vae_psnr_db": round(psnr(made, held), 2),
        "seconds_per_clip": round(seconds, 2),
        "threads": torch.get_num_threads(),
        "steps": steps,
        "guidance_scale": scale,
    }
    (folder / "evaluation.json").write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    save(RUNS / "evaluation.png", fixed)
    return numbers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--steps", type=int, default=int(RECOMMENDED["steps"]))
    parser.add_argument("--guidance", type=float, default=float(RECOMMENDED["guidance_scale"]))
    parser.add_argument("--fixed", type=int, default=len(FIXED_PROMPTS), help="how many of the fixed prompts")
    parser.add_argument("--free", type=int, default=len(FREE_PROMPTS), help="how many of the free prompts")
    o = parser.parse_args()
    print(json.dumps(evaluate(o.folder, o.steps, o.guidance, o.fixed, o.free), indent=2))


if __name__ == "__main__":
    main()
