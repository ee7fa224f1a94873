"""Write the newest checkpoints of pib-mini 2 as a models folder that the product loads: ``python -m training.wide.export``.

May be called at any time after stage 1 has begun: ``FOLDER/pib-mini-2`` with the weights, ``FOLDER/profiles/pib-mini-2.yaml``. It lies
in training/runs/ until the model is better than the one that ships.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import torch
from diffusers import UNetMotionModel

from training.export import model_index as index
from training.export import save_component, write_json
from training.learning import diffusion
from training.learning.loop import load_checkpoint
from training.wide import decoder, motion, planner, vae
from training.wide import recogniser as eyes

NAME = "pib-mini-2"
FOLDER = vae.RUN / "models"
PROFILE = Path(__file__).with_name("profile.yaml")


def motion_unet() -> UNetMotionModel:
    """The motion U-Net with averaged weights; modules that have not been trained change nothing.

    Raises:
        FileNotFoundError: stage 1 has not been trained.
    """
    model = motion.build()
    motion.load_pictures(model)
    if state := load_checkpoint(motion.CHECKPOINT):
        model.load_state_dict({**model.state_dict(), **vae.averaged(state)})
    return model.eval()


def export(folder: Path = FOLDER) -> None:
    """Weights in half precision, scheduler, planner, the eye where it has been trained, and the profile."""
    weights = folder / NAME
    weights.mkdir(parents=True, exist_ok=True)
    save_component(motion_unet().to(torch.float16), "unet", weights)
    save_component(decoder.newest().to(memory_format=torch.contiguous_format).to(torch.float16), "vae", weights)
    save_component(diffusion.build_scheduler(), "scheduler", weights)
    shutil.copytree(
        planner.FOLDER if planner.FOLDER.exists() else planner.KEPT, weights / "planner", dirs_exist_ok=True
    )
    text = PROFILE.read_text(encoding="utf-8")
    if (eyes.FOLDERS["eye"] / "model.safetensors").exists():
        shutil.copytree(eyes.FOLDERS["eye"], weights / "video_encoder", dirs_exist_ok=True)
        text += f"text_video_encoder: {NAME}/video_encoder\n"
    write_json(weights / "model_index.json", index())
    (folder / "profiles").mkdir(exist_ok=True)
    (folder / "profiles" / f"{NAME}.yaml").write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    export(parser.parse_args().folder)


if __name__ == "__main__":
    main()
