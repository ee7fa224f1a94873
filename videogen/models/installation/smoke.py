"""A short trial of a profile on this machine: one small clip, staged and resumed, and a report to paste."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from videogen.errors import ModelError
from videogen.models.families.nested import outline, pack, unpack
from videogen.models.pipeline_state import PipelineRequest, PipelineState
from videogen.models.preflight import check_request, needs_a_picture

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from videogen.models.families.diffusers_pipeline import DiffusersPipeline
    from videogen.models.families.seams import Watch
    from videogen.models.profile import ModelProfile

Say = Callable[[str], None]
PROMPTS = ("a red bus drives along a street at night", "a white sailing boat on a calm sea")
STEPS = 4
_FLAT, _FROZEN = 2.0, 0.05
"""Standard deviation of a video, and mean change from frame to frame, 0 … 255, below which it is black or frozen."""


@dataclass
class Report:
    """What was found. problems: empty where the model may be used."""

    facts: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Lines to paste: facts as YAML, then the problems."""
        lines = ["measured:", *(f"  {name}: {value}" for name, value in self.facts.items())]
        verdict = [f"problem: {problem}" for problem in self.problems] or ["verdict: usable on this machine"]
        return "\n".join([*lines, *verdict])


class _EnoughError(Exception):
    """Ends the denoising after a step, as an emergency would."""


def smoke(profile: ModelProfile, device: torch.device, dtype: torch.dtype, say: Say) -> Report:
    """Make a clip of few frames twice, once stopped and resumed, and one of another prompt.

    Raises:
        ModelError: the model cannot be loaded or gives black frames.
        OutOfMemoryError: the GPU is too small, or another program has filled it.
    """
    import torch

    from videogen.models.families.diffusers_pipeline import DiffusersPipeline

    request = _request(profile, PROMPTS[0])
    check_request(profile, request.frames, len(request.pictures), device)
    family = DiffusersPipeline.load(profile, device, dtype)
    report = Report(_machine(profile, device, dtype))
    report.facts["clip"] = f"{request.width}×{request.height}, {request.frames} frames, {request.steps} steps"
    _reset_peak(device)

    say("text encoders")
    started = time.perf_counter()
    records = [family.encode(_request(profile, prompt)) for prompt in PROMPTS]
    report.facts["seconds_encoding"] = f"{time.perf_counter() - started:.1f}"
    family.colours()

    say("denoising")
    seconds: list[float] = []
    whole = family.denoise(request, records[0], None, None, _timed(seconds, say))
    paces = seconds[1:] or seconds
    report.facts["seconds_per_step"] = f"{sum(paces) / len(paces):.3f}"
    report.facts["peak_memory_gb_denoising"] = f"{_peak(device):.2f}"
    say("denoising, stopped after the first step and resumed")
    state = _stopped(family, request, records[0])
    resumed = family.denoise(request, records[0], None, state, lambda watch: None)
    report.facts["resumes_exactly"] = str(_same(whole, resumed)).lower()
    other = family.denoise(_request(profile, PROMPTS[1]), records[1], None, None, lambda watch: None)

    say("decoding")
    _reset_peak(device)
    started = time.perf_counter()
    frames, sound, rate = family.decode(request, outline(records[0]), whole)
    report.facts["seconds_decoding"] = f"{time.perf_counter() - started:.1f}"
    report.facts["peak_memory_gb_decoding"] = f"{_peak(device):.2f}"
    if sound is not None:
        report.facts["sound"] = f"{sound.shape[-1] / rate:.2f} s at {rate} Hz"
    family.release()
    report.problems += _problems(frames, whole, other, report)
    if not _same(whole, resumed) and profile.diffusers is not None and profile.diffusers.cache is None:
        report.problems.append("a stopped video does not go on to the same bits: some of its kernels are not exact")
    report.facts["torch"] = torch.__version__
    return report


def _request(profile: ModelProfile, prompt: str) -> PipelineRequest:
    if profile.diffusers is None:
        raise ModelError(f"profile {profile.name!r} is not of the family 'diffusers'")
    rule = profile.diffusers.quirks().frames
    width, height = profile.drawn_size
    frames = rule.up(min(profile.num_frames, 2 * rule.multiple + rule.plus))
    steps = min(STEPS, profile.steps)
    pictures = _pictures(profile, height, width)
    return PipelineRequest(
        prompt, profile.negative_prompt, frames, width, height, steps, profile.guidance_scale, 3, pictures
    )


def _pictures(profile: ModelProfile, height: int, width: int) -> Tensor:
    """N×H×W×3: a gradient for models that make videos of a picture only; none for the others."""
    import torch

    count = 1 if needs_a_picture(profile) else 0
    across, down = torch.linspace(0, 255, width).expand(height, width), torch.linspace(0, 255, height)[:, None]
    picture = torch.stack([across, down.expand(height, width), 255 - across], dim=-1)
    return picture.to(torch.uint8).expand(count, height, width, 3)


def _machine(profile: ModelProfile, device: torch.device, dtype: torch.dtype) -> dict[str, str]:
    import diffusers

    from videogen.runtime.device import describe

    assert profile.diffusers is not None
    return {
        "profile": profile.name,
        "device": str(describe(device)["name"]),
        "precision": str(dtype).removeprefix("torch."),
        "offload": profile.diffusers.offload,
        "diffusers": diffusers.__version__,
    }


def _timed(seconds: list[float], say: Say) -> Callable[[Watch], None]:
    last = [time.perf_counter()]

    def on_step(watch: Watch) -> None:
        now = time.perf_counter()
        seconds.append(now - last[0])
        last[0] = now
        say(f"  step {watch.done} of {watch.total}: {seconds[-1]:.2f} s")

    return on_step


def _stopped(family: DiffusersPipeline, request: PipelineRequest, record: dict[str, object]) -> PipelineState:
    """The state after the first step, as a file would give it back."""
    found: list[PipelineState] = []

    def stop(watch: Watch) -> None:
        found.append(PipelineState.from_plain(unpack(*pack(watch.state().plain()))))
        raise _EnoughError

    with suppress(_EnoughError):
        family.denoise(request, record, None, None, stop)
    return found[0]


def _same(one: PipelineState, other: PipelineState) -> bool:
    import torch

    from videogen.models.families.nested import tensors_of

    pairs = zip(tensors_of(one.results), tensors_of(other.results), strict=True)
    return all(torch.equal(first, second) for first, second in pairs)


def _problems(frames: Tensor, whole: PipelineState, other: PipelineState, report: Report) -> list[str]:
    values = frames.float()
    moved = float((values[1:] - values[:-1]).abs().mean()) if len(values) > 1 else 255.0
    report.facts["brightness"] = f"mean {float(values.mean()):.0f}, deviation {float(values.std()):.1f} of 255"
    report.facts["change_from_frame_to_frame"] = f"{moved:.2f} of 255"
    found = []
    if float(values.std()) < _FLAT:
        found.append("the frames are black or of one colour: try another precision of the VAE")
    if moved < _FROZEN:
        found.append("nothing moves from frame to frame")
    if _same(whole, other):
        found.append("two prompts give the same video: the text encoder does not work")
    return found


def _reset_peak(device: torch.device) -> None:
    import torch

    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def _peak(device: torch.device) -> float:
    """GB at most: of the GPU, else of the process."""
    import torch

    from videogen.runtime.device import peak_memory

    used = torch.cuda.max_memory_allocated(device) if device.type == "cuda" else peak_memory()
    return used / 1e9
