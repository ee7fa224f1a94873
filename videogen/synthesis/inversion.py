"""Inversion: the noise from which the denoising loop would have made a given clip.

DDIM inversion (arXiv 2010.02502, section 4.3) asks the model about the sample after a step and takes the answer for
that before it, so that errors add up. Here each step is solved by fixed-point iteration instead (arXiv 2309.04907): the
model is asked again about the sample that its last answer led to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from videogen.models.family import Family, ForwardContext
    from videogen.noise.adaptive_scheduler import AdaptiveScheduler
    from videogen.synthesis.denoising_loop import DenoisingRun

ITERATIONS = 3
"""Answers of the model per step; on pib-mini a fourth one changes less than its half precision does."""

Ask = Callable[["Tensor", "int | float"], "Tensor"]
"""(sample 1×C×T×h×w, timestep) → model output of the same shape."""


def inverted(scheduler: AdaptiveScheduler, latents: Tensor, first: int, ask: Ask) -> Tensor:
    """The sample at step `first` of the plan that leads to the clean `latents`, 1×C×T×h×w.

    Raises:
        ConfigError: a step cannot be undone, see `AdaptiveScheduler.previous_step`.
    """
    sample = latents
    for timestep in reversed(scheduler.timesteps[first:]):
        before = sample
        for _ in range(ITERATIONS):
            before = scheduler.previous_step(ask(before, timestep), timestep, sample)
        sample = before
    return sample


def invert_start(run: DenoisingRun, family: Family, context: ForwardContext) -> None:
    """Let a video begin with the noise that its clip has in it, instead of with drawn noise.

    The model is asked without prompt and pictures (the negative ones): what they then add on the way back is what the
    clip does not show yet. Asked with the prompt, the way back would lead to the clip, whatever the prompt says.
    """
    clip = run.condition.start_latents
    if clip is None:
        return
    run.start_from(inverted(run.scheduler, clip.to(run.noise)[None], run.first, _asker(run, family, context)))


def _asker(run: DenoisingRun, family: Family, context: ForwardContext) -> Ask:
    import torch

    embeds = run.condition.negative_prompt_embeds[None]
    pictures = None if run.condition.image_embeds is None else 0.0 * run.condition.image_embeds[None]

    def ask(sample: Tensor, timestep: int | float) -> Tensor:
        scaled = run.scheduler.scheduler.scale_model_input(sample, timestep)
        output = family.predict(scaled, torch.tensor([timestep]), embeds, pictures, context)
        return output.to(sample)

    return ask
