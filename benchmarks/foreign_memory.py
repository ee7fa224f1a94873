"""What each stage of a foreign model holds: bytes of weights alive, and peak memory of the process, beside the whole.

Text encoder and VAE have 100 MB and more of random weights each, the denoiser few, so that what is left behind by a
stage would be seen. The stages run one after the other in one process, as a video's do, through the methods that the
assets call; the pipeline called whole runs in a process of its own. Weights are counted over every parameter alive in
the process, whoever holds it; the peak is the resident memory that the system has seen, above that before anything was
loaded. Linux only. Written to ``benchmarks/results/foreign_memory.json``.

    python -m benchmarks.foreign_memory
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.machine import PROJECT, RESULTS, description

FRAMES, SIZE, STEPS, SEED = 9, 64, 3, 3
PROFILE: dict[str, Any] = {
    "family": "diffusers", "source": "wan", "max_tokens": 16, "width": SIZE, "height": SIZE, "num_frames": FRAMES,
    "fps": 16, "latent_channels": 16, "vae_scale_factor": 8, "vae_temporal_factor": 4, "steps": STEPS,
    "guidance_scale": 5.0, "diffusers": {"pipeline": "WanPipeline"}, "licence": "none", "memory_gb": 1.0,
    "clip_memory_gb": 0.5,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--way", choices=("stages", "whole"), help="run this way in the folder, and print what it held")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.way:
        print(json.dumps({"stages": in_stages, "whole": as_a_whole}[options.way](options.folder)))
        return
    machine = description()
    with tempfile.TemporaryDirectory() as folder:
        parts = write_models(Path(folder))
        found = {way: _in_a_process(way, folder) for way in ("stages", "whole")}
    result = {"machine": machine, "megabytes_of_the_parts": parts, **found}
    (RESULTS / "foreign_memory.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


def write_models(models: Path) -> dict[str, float]:
    """A Wan with a large text encoder, a large VAE and a small denoiser, and its profile; megabytes of each part."""
    import yaml
    from diffusers import AutoencoderKLWan, WanPipeline
    from transformers import T5Config, T5EncoderModel

    from tests.tiny_pipelines.parts import seeded, tokenizer, unipc, wan_transformer
    from videogen.models.families.parts import weights_of

    words = T5Config(d_model=512, d_ff=2048, d_kv=64, num_layers=10, num_heads=8, vocab_size=64)
    vae = seeded(
        AutoencoderKLWan, base_dim=48, z_dim=16, dim_mult=[1, 2, 4, 4], num_res_blocks=2,
        temperal_downsample=[False, True, True],
    )  # fmt: skip
    denoiser = wan_transformer(num_attention_heads=4, attention_head_dim=32, ffn_dim=512, num_layers=4, text_dim=512)
    pipe = WanPipeline(tokenizer(), seeded(T5EncoderModel, 1, config=words), vae, unipc(), denoiser)
    pipe.save_pretrained(models / "wan")
    (models / "profiles").mkdir()
    (models / "profiles" / "wan.yaml").write_text(yaml.safe_dump(PROFILE), encoding="utf-8")
    return {part: _megabytes(size) for part, (size, _) in weights_of(pipe).items()}


def in_stages(models: Path) -> dict[str, Any]:
    """Weights alive and peak memory of each stage."""
    import torch

    from videogen.models.families.nested import outline
    from videogen.models.loading import load_model
    from videogen.models.profile import load_profile

    request = _request()
    _import_all()
    before = _resident("VmRSS")
    family = load_model(load_profile("wan", models), torch.device("cpu"), torch.float32).family
    found: dict[str, Any] = {}
    kept: dict[str, Any] = {}

    def denoise() -> None:
        kept["state"] = family.denoise(request, kept["record"], None, None, lambda watch: None)

    works: dict[str, Callable[[], Any]] = {
        "encode": lambda: kept.update(record=family.encode(request)),
        "denoise": denoise,
        "decode": lambda: family.decode(request, outline(kept["record"]), kept["state"]),
    }
    for stage, work in works.items():
        family.release()  # as every change of stage begins
        _forget_the_peak()
        work()
        found[stage] = {
            "megabytes_of_weights_alive": _megabytes(weights_alive()),
            "peak_megabytes": _megabytes(_resident("VmHWM") - before),
        }
    return found


def as_a_whole(models: Path) -> dict[str, Any]:
    """The same of the pipeline that its makers load and call."""
    import torch
    from diffusers import WanPipeline

    request = _request()
    _import_all()
    before = _resident("VmRSS")
    _forget_the_peak()
    pipe = WanPipeline.from_pretrained(models / "wan", dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    with torch.inference_mode():
        pipe(
            prompt=request.prompt, height=SIZE, width=SIZE, num_frames=FRAMES, num_inference_steps=STEPS,
            guidance_scale=request.guidance, max_sequence_length=16, output_type="pt",
            generator=torch.Generator().manual_seed(SEED),
        )  # fmt: skip
    return {
        "megabytes_of_weights_alive": _megabytes(weights_alive()),
        "peak_megabytes": _megabytes(_resident("VmHWM") - before),
    }


def weights_alive() -> int:
    """Bytes of every parameter in the process that holds numbers, each memory counted once."""
    import torch

    frozen = gc.get_freeze_count()
    gc.unfreeze()
    gc.collect()
    # Some deprecated objects warn when they are asked for their class.
    held = [one for one in gc.get_objects() if issubclass(type(one), torch.nn.Parameter)]
    if frozen:
        gc.freeze()
    return sum({one.data_ptr(): one.numel() * one.element_size() for one in held if one.device.type != "meta"}.values())


def _request() -> Any:
    import torch

    from videogen.models.pipeline_state import PipelineRequest

    torch.set_num_threads(1)
    pictures = torch.zeros(0, SIZE, SIZE, 3, dtype=torch.uint8)
    return PipelineRequest("a red bus", "", FRAMES, SIZE, SIZE, STEPS, 5.0, SEED, pictures)


def _import_all() -> None:
    """What both ways load of libraries, so that it is in memory before anything is measured."""
    from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanPipeline, WanTransformer3DModel
    from transformers import PreTrainedTokenizerFast, T5EncoderModel

    for kind in (
        AutoencoderKLWan, UniPCMultistepScheduler, WanPipeline, WanTransformer3DModel, PreTrainedTokenizerFast,
        T5EncoderModel,
    ):  # fmt: skip
        assert kind.__module__


def _in_a_process(way: str, folder: str) -> dict[str, Any]:
    arguments = [sys.executable, "-m", "benchmarks.foreign_memory", "--way", way, "--folder", folder]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    ended = subprocess.run(arguments, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def _forget_the_peak() -> None:
    """Let the system count the highest resident memory from now on."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _resident(field: str) -> int:
    """Bytes: ``VmRSS`` now, ``VmHWM`` at most."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (value,) = [line.split()[1] for line in lines if line.startswith(field)]
    return int(value) * 1024


def _megabytes(size: float) -> float:
    return round(size / 1e6, 1)


if __name__ == "__main__":
    main()
