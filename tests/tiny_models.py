"""Model folders so small that a whole video takes seconds: random weights, real formats, the real loader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from diffusers import UNetMotionModel

PROFILE: dict[str, Any] = {
    "family": "animatediff",
    "source": "tiny",
    "text_encoder": "own",
    "max_tokens": 16,
    "width": 64,
    "height": 40,
    "num_frames": 8,
    "fps": 8,
    "latent_channels": 4,
    "vae_scale_factor": 2,
    "steps": 4,
    "guidance_scale": 3.0,
    "noise_prior": "mixed",
    "upscaler": "tiny/upscaler",
    "licence": "none",
    "memory_gb": 0.1,
    "clip_memory_gb": 0.01,
}
SETTINGS: dict[str, Any] = {
    "model.profile": "tiny",
    "model.num_frames": 8,
    "processing.resolution": [128, 80],
    "processing.fps": 16,
    "quality.max_regeneration_attempts": 0,
    "emergency.emergency_reduced_resolution": [64, 64],
    "emergency.emergency_reduced_sampling_steps": 2,
}


def write_models(root: Path, **profile: Any) -> Path:
    """A models folder with the profile ``tiny`` and its weights; returns `root`."""
    write_denoiser(root / "tiny")
    write_upscaler(root / "tiny" / "upscaler")
    (root / "profiles").mkdir(exist_ok=True)
    (root / "profiles" / "tiny.yaml").write_text(yaml.safe_dump(PROFILE | profile), encoding="utf-8")
    return root


def tiny_unet(text_width: int = 8, in_channels: int = 4) -> UNetMotionModel:
    import torch
    from diffusers import UNetMotionModel

    torch.manual_seed(0)
    return UNetMotionModel(
        sample_size=8,
        in_channels=in_channels,
        out_channels=4,
        down_block_types=("CrossAttnDownBlockMotion", "DownBlockMotion"),
        up_block_types=("UpBlockMotion", "CrossAttnUpBlockMotion"),
        block_out_channels=(8, 16),
        layers_per_block=1,
        cross_attention_dim=text_width,
        num_attention_heads=2,
        motion_num_attention_heads=2,
        motion_max_seq_length=8,
        norm_num_groups=2,
    )


def write_denoiser(folder: Path, text_width: int = 8, in_channels: int = 4) -> None:
    from diffusers import AutoencoderKL, DDIMScheduler
    from transformers import CLIPTextConfig, CLIPTextModel

    tiny_unet(text_width, in_channels).save_pretrained(folder / "unet")
    AutoencoderKL(
        block_out_channels=(8, 8),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
        norm_num_groups=2,
    ).save_pretrained(folder / "vae")
    scheduler = DDIMScheduler(beta_schedule="linear", clip_sample=False, steps_offset=1, set_alpha_to_one=False)
    scheduler.save_pretrained(folder / "scheduler")
    _write_tokenizer(folder / "tokenizer")
    text = CLIPTextConfig(
        hidden_size=text_width,
        intermediate_size=16,
        num_attention_heads=2,
        num_hidden_layers=2,
        vocab_size=192,
        max_position_embeddings=16,
        bos_token_id=190,
        eos_token_id=191,
        pad_token_id=191,
    )
    CLIPTextModel(text).save_pretrained(folder / "text_encoder")


def write_planner(folder: Path, width: int, certain: dict[str, str] | None = None) -> None:
    """A planner that says the same of every text: what is `certain`, and of other heads anything."""
    import torch
    from safetensors.torch import save_file

    from videogen.models.planner_network import MeanReader

    heads = {"subject": ["bus", "flag"], "direction": ["left", "rising", "none"], "speed": ["slow", "fast"]}
    network = MeanReader(width, 4, sum(map(len, heads.values())))
    words = [word for names in heads.values() for word in names]
    with torch.no_grad():
        network[-1].weight.zero_()
        network[-1].bias.copy_(torch.tensor([50.0 * (word in (certain or {}).values()) for word in words]))
    folder.mkdir(parents=True)
    save_file(network.state_dict(), folder / "model.safetensors")
    config = {"width": width, "hidden": 4, "heads": heads, "rates": {"flag": [0.5, 3.0]}, "frames": 8}
    config |= {"speeds": {"slow": [0.3, 0.3], "fast": [0.4, 0.5]}, "places": [0.4, 0.6]}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def write_upscaler(folder: Path) -> None:
    """One ×2 network of the kind that pib-mini has."""
    import torch
    from safetensors.torch import save_file

    from videogen.super_resolution.compat import architecture

    arguments = {"num_in_ch": 3, "num_out_ch": 3, "num_feat": 4, "num_conv": 1, "upscale": 2, "act_type": "prelu"}
    torch.manual_seed(0)
    network = architecture("SRVGGNetCompact")(**arguments)
    folder.mkdir(parents=True)
    save_file(network.state_dict(), folder / "x2.safetensors")
    entry = {"file": "x2.safetensors", "class": "SRVGGNetCompact", **arguments}
    (folder / "config.json").write_text(json.dumps({"x2": entry}), encoding="utf-8")


def _write_tokenizer(folder: Path) -> None:
    from transformers import CLIPTokenizer

    letters = [chr(code) for code in range(33, 127)]
    tokens = [
        *letters,
        *(f"{letter}</w>" for letter in letters),
        "th",
        "the</w>",
        "<|startoftext|>",
        "<|endoftext|>",
    ]
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(
        json.dumps({token: place for place, token in enumerate(tokens)}), encoding="utf-8"
    )
    (folder / "merges.txt").write_text("#version: 0.2\nt h\nth e</w>\n", encoding="utf-8")
    tokenizer = CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=16)
    tokenizer.save_pretrained(folder)
