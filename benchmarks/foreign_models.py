"""What staging costs: a pipeline of diffusers called whole against the same one in stages, and replaying on resumption.

The pipeline is Wan's, with random weights that are large enough for a step to take a good part of a second on one core.
Both ways make the same frames from the same words, checked bit for bit. A round times the whole, the stages and, as a
control, the whole once more, in an order that turns from round to round; what is compared are the seconds of one round,
and the control says how far two measurements of the same work are apart. Seconds are those of the processor, so that
other work on the machine does not count; those of the clock stand beside them. Everything is loaded and warmed up
before the first round, and loading is measured apart: each stage loads its own networks.

    python -m benchmarks.foreign_models [--steps 6] [--rounds 12]
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml

from benchmarks.machine import RESULTS, description
from tests.tiny_pipelines.parts import t5, tokenizer, unipc, wan_transformer, wan_vae
from videogen.models.families.diffusers_pipeline import DiffusersPipeline, _frames
from videogen.models.families.index import Stage
from videogen.models.families.nested import outline, pack, tensors_of, unpack
from videogen.models.pipeline_state import PipelineRequest, PipelineState
from videogen.models.profile import load_profile

CPU = torch.device("cpu")
FRAMES, SIZE, SEED = 17, 128, 3
STAGES: tuple[Stage, ...] = ("encode", "denoise", "decode")
PROFILE: dict[str, Any] = {
    "family": "diffusers", "source": "wan", "max_tokens": 16, "width": SIZE, "height": SIZE, "num_frames": FRAMES,
    "fps": 16, "latent_channels": 16, "vae_scale_factor": 8, "vae_temporal_factor": 4, "steps": 8,
    "guidance_scale": 5.0, "diffusers": {"pipeline": "WanPipeline"}, "licence": "none", "memory_gb": 1.0,
    "clip_memory_gb": 0.5,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=12)
    options = parser.parse_args()
    torch.set_num_threads(1)
    machine = description()
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder), options.steps, options.rounds)
    result = {"machine": machine, "steps": options.steps, "rounds": options.rounds, **found}
    (RESULTS / "foreign_models.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


@dataclass
class Ways:
    """The pipeline as a whole and in stages, everything loaded, and what both are asked for.

    Each stage has an adapter of its own here, so that none loads anything while it is timed.
    """

    models: Path
    whole: Any
    stages: Mapping[Stage, DiffusersPipeline]
    request: PipelineRequest

    def called(self) -> torch.Tensor:
        """Frames of the pipeline called as its makers call it."""
        generator = torch.Generator().manual_seed(SEED)
        arguments = self.stages["decode"]._arguments(self.whole, self.request)
        with torch.inference_mode():
            return _frames(self.whole(**arguments, generator=generator, output_type="pt").frames)

    def staged(self) -> torch.Tensor:
        """Frames of the three stages; what goes from one to the next is packed as the assets pack it."""
        record = _handed_over(self.stages["encode"].encode(self.request))
        state = self.denoised(record, None)
        handed = PipelineState.from_plain(_handed_over(state.plain()))
        return self.stages["decode"].decode(self.request, _handed_over(outline(record)), handed)[0]

    def denoised(self, record: dict[str, Any], state: PipelineState | None) -> PipelineState:
        return self.stages["denoise"].denoise(self.request, record, None, state, lambda watch: None)


def measured(models: Path, steps: int, rounds: int) -> dict[str, Any]:
    """Seconds of the whole and of the stages, what replaying a step and loading cost, and the bytes of each stage."""
    ways = _loaded(models, steps)
    if not torch.equal(ways.called(), ways.staged()):
        raise SystemExit("the stages and the whole give different frames: there is nothing to compare")
    ways.called(), ways.staged()
    spans = _rounds({"whole": ways.called, "staged": ways.staged, "control": ways.called}, rounds)
    record = ways.stages["encode"].encode(ways.request)
    state = ways.denoised(record, None)
    replay = _rounds({"replay": lambda: ways.denoised(record, state)}, rounds)["replay"]
    denoise = _rounds({"denoise": lambda: ways.denoised(record, None)}, max(3, rounds // 3))["denoise"]
    step = statistics.median(span.processor for span in denoise) / steps
    return {
        "processor_seconds": {name: _middle([span.processor for span in found]) for name, found in spans.items()},
        "clock_seconds": {name: _middle([span.clock for span in found]) for name, found in spans.items()},
        "seconds_per_step": round(step, 4),
        "overhead_percent": _overhead(spans, "staged"),
        "the_whole_once_more_percent": _overhead(spans, "control"),
        "replay_percent_of_a_step_per_step": round(
            100.0 * statistics.median(span.processor for span in replay) / steps / step, 3
        ),
        "loading_processor_seconds": _loading(ways),
        "megabytes_held": {stage: _held(family, stage) for stage, family in ways.stages.items()},
        "state_kilobytes": round(sum(one.numel() * one.element_size() for one in tensors_of(state.plain())) / 1e3, 1),
    }


@dataclass(frozen=True)
class Span:
    """Seconds of some work on the processor, and of the clock."""

    processor: float
    clock: float


def timed(work: Callable[[], Any]) -> Span:
    processor, clock = time.process_time(), time.perf_counter()
    work()
    return Span(time.process_time() - processor, time.perf_counter() - clock)


def _rounds(works: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, list[Span]]:
    """Each work once a round, in an order that turns: none is always the first, or always after the same other."""
    names = list(works)
    found: dict[str, list[Span]] = {name: [] for name in names}
    for number in range(rounds):
        turned = [*names[number % len(names) :], *names[: number % len(names)]]
        for name in turned if number % 2 else turned[::-1]:
            found[name].append(timed(works[name]))
    return found


def _overhead(spans: Mapping[str, Sequence[Span]], name: str) -> dict[str, float]:
    """By how much more than the whole of the same round, in percent of processor time: the middle and the quartiles."""
    more = [
        100.0 * (one.processor / other.processor - 1.0) for one, other in zip(spans[name], spans["whole"], strict=True)
    ]
    low, middle, high = statistics.quantiles(more, n=4, method="inclusive")
    return {"median": round(middle, 2), "lower_quartile": round(low, 2), "upper_quartile": round(high, 2)}


def _middle(values: Sequence[float]) -> float:
    return round(statistics.median(values), 4)


def _loaded(models: Path, steps: int) -> Ways:
    from diffusers import WanPipeline

    transformer = wan_transformer(num_attention_heads=8, attention_head_dim=64, ffn_dim=2048, num_layers=6)
    WanPipeline(tokenizer(), t5(), wan_vae(), unipc(), transformer).save_pretrained(models / "wan")
    (models / "profiles").mkdir()
    (models / "profiles" / "wan.yaml").write_text(yaml.safe_dump(PROFILE), encoding="utf-8")
    profile = load_profile("wan", models)
    stages = {stage: DiffusersPipeline.load(profile, CPU, torch.float32) for stage in STAGES}
    pictures = torch.zeros(0, SIZE, SIZE, 3, dtype=torch.uint8)
    request = PipelineRequest("a red bus", "", FRAMES, SIZE, SIZE, steps, 5.0, SEED, pictures)
    return Ways(models, _read_whole(models), stages, request)


def _read_whole(models: Path) -> Any:
    from diffusers import WanPipeline

    whole = WanPipeline.from_pretrained(models / "wan", dtype=torch.float32)
    whole.set_progress_bar_config(disable=True)
    return whole


def _loading(ways: Ways) -> dict[str, float]:
    """Reading the pipeline as a whole, and stage by stage as a video does, with the files in the system's cache."""
    profile = ways.stages["decode"].profile
    # As `load_model` does: a change of stage looks for garbage, but not among the objects of libraries.
    gc.collect()
    gc.freeze()

    def in_stages() -> None:
        family = DiffusersPipeline.load(profile, CPU, torch.float32)
        for stage in STAGES:
            with family.held(stage):
                pass

    spans = _rounds({"whole": lambda: _read_whole(ways.models), "stages": in_stages}, 6)
    return {name: _middle([span.processor for span in found]) for name, found in spans.items()}


def _handed_over(value: Any) -> Any:
    return unpack(*pack(value))


def _held(family: DiffusersPipeline, stage: Stage) -> float:
    from videogen.models.families.parts import weights_of

    with family.held(stage) as pipe:
        return round(sum(size for size, _ in weights_of(pipe).values()) / 1e6, 2)


if __name__ == "__main__":
    main()
