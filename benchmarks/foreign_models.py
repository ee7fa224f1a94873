"""What staging costs: a pipeline of diffusers called whole against the same one in stages, and replaying on resumption.

The pipeline is Wan's, with random weights that are large enough for a step to take a good part of a second on one core.
Seconds are those of the processor, so that other work on the machine does not count. Loading is measured apart: each
stage loads its own networks. Written to ``benchmarks/results/foreign_models.json``.

    python -m benchmarks.foreign_models [--steps 8] [--repeats 5]
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import yaml

from benchmarks.machine import RESULTS, description
from tests.tiny_pipelines.parts import t5, tokenizer, unipc, wan_transformer, wan_vae
from videogen.models.families.diffusers_pipeline import DiffusersPipeline
from videogen.models.families.nested import outline
from videogen.models.families.parts import weights_of
from videogen.models.pipeline_state import PipelineRequest, PipelineState
from videogen.models.profile import load_profile

CPU = torch.device("cpu")
FRAMES, SIZE = 17, 128
PROFILE: dict[str, Any] = {
    "family": "diffusers", "source": "wan", "max_tokens": 16, "width": SIZE, "height": SIZE, "num_frames": FRAMES,
    "fps": 16, "latent_channels": 16, "vae_scale_factor": 8, "vae_temporal_factor": 4, "steps": 8,
    "guidance_scale": 5.0, "diffusers": {"pipeline": "WanPipeline"}, "licence": "none", "memory_gb": 1.0,
    "clip_memory_gb": 0.5,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder), options.steps, options.repeats)
    result = {"machine": description(), "steps": options.steps, "repeats": options.repeats, **found}
    (RESULTS / "foreign_models.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


def measured(models: Path, steps: int, repeats: int) -> dict[str, Any]:
    """Seconds of the whole and of each stage, what replaying a step costs, and the bytes that each stage holds."""
    from diffusers import WanPipeline

    transformer = wan_transformer(num_attention_heads=8, attention_head_dim=64, ffn_dim=2048, num_layers=4)
    WanPipeline(tokenizer(), t5(), wan_vae(), unipc(), transformer).save_pretrained(models / "wan")
    (models / "profiles").mkdir()
    (models / "profiles" / "wan.yaml").write_text(yaml.safe_dump(PROFILE), encoding="utf-8")
    family = DiffusersPipeline.load(load_profile("wan", models), CPU, torch.float32)
    pictures = torch.zeros(0, SIZE, SIZE, 3, dtype=torch.uint8)
    request = PipelineRequest("a red bus", "", FRAMES, SIZE, SIZE, steps, 5.0, 3, pictures)
    whole = WanPipeline.from_pretrained(models / "wan", dtype=torch.float32)
    whole.set_progress_bar_config(disable=True)

    def call() -> Any:
        with torch.inference_mode():
            generator = torch.Generator().manual_seed(3)
            return whole(**family._arguments(whole, request), generator=generator, output_type="pt").frames

    record = family.encode(request)
    state = family.denoise(request, record, None, None, lambda watch: None)
    call()
    # Alternately, so that a change of the machine's pace meets both.
    seconds: dict[str, list[float]] = {"whole": [], "encode": [], "denoise": [], "decode": [], "replay": []}
    for _ in range(repeats):
        seconds["whole"].append(timed(call))
        family.encode(request)
        seconds["encode"].append(timed(lambda: family.encode(request)))
        family.denoise(request, record, None, state, lambda watch: None)
        seconds["denoise"].append(timed(lambda: family.denoise(request, record, None, None, lambda watch: None)))
        seconds["replay"].append(timed(lambda: family.denoise(request, record, None, state, lambda watch: None)))
        family.decode(request, outline(record), state)
        seconds["decode"].append(timed(lambda: family.decode(request, outline(record), state)))
    middle = {name: statistics.median(values) for name, values in seconds.items()}
    staged = middle["encode"] + middle["denoise"] + middle["decode"]
    step = middle["denoise"] / steps
    return {
        "seconds": {name: round(value, 4) for name, value in middle.items()},
        "seconds_per_step": round(step, 4),
        "overhead_percent": round(100.0 * (staged / middle["whole"] - 1.0), 2),
        "replay_percent_of_a_step_per_step": round(100.0 * middle["replay"] / steps / step, 3),
        "megabytes_held": {stage: _held(family, stage) for stage in ("encode", "denoise", "decode")},
        "megabytes_whole": round(sum(size for size, _ in weights_of(whole).values()) / 1e6, 2),
        "state_kilobytes": round(_size(state) / 1e3, 1),
    }


def timed(work: Callable[[], Any]) -> float:
    """Seconds of this process on the processor."""
    started = time.process_time()
    work()
    return time.process_time() - started


def _held(family: DiffusersPipeline, stage: Any) -> float:
    with family.held(stage) as pipe:
        return round(sum(size for size, _ in weights_of(pipe).values()) / 1e6, 2)


def _size(state: PipelineState) -> int:
    from videogen.models.families.nested import tensors_of

    return sum(tensor.numel() * tensor.element_size() for tensor in tensors_of(state.plain()))


if __name__ == "__main__":
    main()
