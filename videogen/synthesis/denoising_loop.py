"""The denoising loop: many videos at once, each with its own timesteps, in batches that fit into memory.

Every video is a `DenoisingRun` that knows what to ask of the model next and what to do with the answer. `denoise`
gathers the questions of several runs into one batch. A run's result does not depend on its companions, and its
state can be taken out after any step and put back later.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from videogen.domain.artifacts import ConditioningEmbeddings, TensorArtifact
from videogen.domain.stages import Stage
from videogen.errors import ArtifactError, OutOfMemoryError
from videogen.noise.decomposer import NoiseDecomposer
from videogen.noise.manipulator import LatentManipulator
from videogen.noise.priors import reinitialise
from videogen.runtime.device import halve_on_out_of_memory
from videogen.runtime.progress import report
from videogen.runtime.seeds import derive_seed
from videogen.runtime.worker_threads import one_core_each, together
from videogen.synthesis import latent_guidance as guidance
from videogen.synthesis.latent_preview import first_sight

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

    from videogen.config.groups.all import SynthesisSettings
    from videogen.models.family import Family, ForwardContext
    from videogen.noise.adaptive_scheduler import AdaptiveScheduler

STAGE = Stage.VIDEO_LATENTS
REINITIALISED_SIGNAL = 0.068
"""Share of the clean video left in what a FreeInit pass starts from: that of Stable Diffusion's noisiest timestep.

A schedule with zero terminal SNR would leave nothing, and the passes would not be connected.
"""


@dataclass(frozen=True)
class DenoisingState(TensorArtifact):
    """One video after some step. latents and the others: float32, C×T×h×w; history: K×1×C×T×h×w.

    step: steps done in this pass; round: passes done. attention: T×T, recorded halfway. seconds: spent so far.
    batch, free_bytes: how the work was cut into pieces, so that it goes on in the same ones, bit for bit.
    A state fits only the same model, settings, noise and seed; `fits` may name them.
    """

    latents: Tensor
    average: Tensor | None
    before: Tensor | None
    history: Tensor | None
    step: int
    round: int
    timesteps: list[float]
    memory: dict[str, Any] = field(default_factory=dict)
    attention: Tensor | None = None
    seconds: float = 0.0
    batch: int = 1
    free_bytes: int | None = None
    fits: str = ""


@dataclass(frozen=True)
class Guide:
    """Sampling parameters, the same for all videos of a call."""

    settings: SynthesisSettings
    guidance_scale: float
    guidance_rescale: float
    guidance_interval: tuple[float, float]
    decomposer: NoiseDecomposer

    @property
    def rounds(self) -> int:
        return self.decomposer.settings.free_init_iterations if self.decomposer.prior.reinitialise else 1

    @property
    def branches(self) -> int:
        """Return the model calls per video and step; without guidance the unconditional one is left out."""
        return 2 if self.guidance_scale > 1.0 else 1


@dataclass(frozen=True)
class Branch:
    """One CFG branch, an input of the model: C×T×h×w sample, its timestep, F×L×D text and N×E picture embeddings."""

    sample: Tensor
    timestep: int | float
    embeds: Tensor
    image_embeds: Tensor | None


class DenoisingRun:
    """One video on its way from noise to latents."""

    def __init__(
        self,
        condition: ConditioningEmbeddings,
        noise: Tensor,
        seed: int,
        scheduler: AdaptiveScheduler,
        guide: Guide,
        device: torch.device,
    ) -> None:
        self.condition, self.seed, self.scheduler, self.guide = condition, seed, scheduler, guide
        self.noise = noise.float().to(device)[None]
        self.timesteps = scheduler.compute_schedule(condition.complexity)
        self.first = 0
        if condition.start_latents is None:
            self.latents = self.noise * scheduler.scheduler.init_noise_sigma
        else:
            self.first = first_step(len(self.timesteps), guide.settings.start_strength)
            self.latents = self._diffused(condition.start_latents.to(self.noise)[None])
        self.step, self.round, self.seconds = self.first, 0, 0.0
        self.attention: Tensor | None = None
        self._before: Tensor | None = None
        self._answered: tuple[Tensor, int | float, Tensor] | None = None
        self._targets = self._picture_targets(device)

    @property
    def rounds(self) -> int:
        """Passes; a video that is made from a clip has one, since FreeInit would begin again from noise."""
        return 1 if self.condition.start_latents is not None else self.guide.rounds

    @property
    def finished(self) -> bool:
        return self.round == self.rounds

    @property
    def total_steps(self) -> int:
        return len(self.timesteps) * self.rounds - self.first

    @property
    def steps_done(self) -> int:
        return self.total_steps if self.finished else self.round * len(self.timesteps) + self.step - self.first

    @property
    def halfway(self) -> bool:
        return self.steps_done == self.total_steps // 2

    @property
    def shape(self) -> tuple[Any, ...]:
        """Runs of equal shape can share a batch."""
        pictures = self.condition.image_embeds
        return (
            *self.latents.shape,
            self.condition.prompt_embeds.shape,
            None if pictures is None else pictures.shape,
        )

    def branches(self) -> list[Branch]:
        """Return the inputs of the model: with guidance the unconditional branch first, then the conditional one.

        Guidance may act in a limited interval of the noise levels only (arXiv 2404.07724).
        """
        timestep = self.timesteps[self.step]
        sample = self.scheduler.scheduler.scale_model_input(self.latents, timestep)[0]
        pictures = self.condition.image_embeds
        asked = Branch(sample, timestep, self.condition.prompt_embeds, pictures)
        begin, end = self.guide.guidance_interval
        if self.guide.branches == 1 or not begin <= self.step / len(self.timesteps) < end:
            return [asked]
        absent = None if pictures is None else 0.0 * pictures
        return [replace(asked, embeds=self.condition.negative_prompt_embeds, image_embeds=absent), asked]

    def advance(self, outputs: Sequence[Tensor]) -> None:
        """Take one step with the model's outputs, one for each branch, C×T×h×w."""
        timestep = self.timesteps[self.step]
        output = outputs[-1]
        if len(outputs) == 2:
            output = _guided(outputs[0], outputs[1], self.guide)
        output = self._corrected(output[None], timestep)
        self._answered = output, timestep, self.latents
        self.latents = self.scheduler.step(output, timestep, self.latents)
        self.step += 1
        if self.step == len(self.timesteps):
            self._finish_round()

    def in_mind(self) -> Tensor:
        """The clean video that the last answer of the model amounts to, C×T×h×w; before the first one, the noise."""
        if self._answered is None:
            return self.latents[0]
        return self.scheduler.scheduler.predict_original(*self._answered)[0]

    def start_from(self, latents: Tensor) -> None:
        """Begin with these latents of the first step, 1×C×T×h×w, instead of the clip with drawn noise."""
        self.latents = latents

    def state(self) -> DenoisingState:
        average, history, memory = self.scheduler.state()
        return DenoisingState(
            latents=self.latents[0].cpu(),
            average=None if average is None else average[0].cpu(),
            before=None if self._before is None else self._before[0].cpu(),
            history=None if history is None else history.cpu(),
            step=self.step,
            round=self.round,
            timesteps=[float(timestep) for timestep in self.timesteps],
            memory=memory,
            attention=None if self.attention is None else self.attention.cpu(),
            seconds=self.seconds,
        )

    def restore(self, state: DenoisingState) -> None:
        """Continue from `state`.

        Raises:
            ArtifactError: it was taken with another plan of timesteps or another shape.
        """
        if (
            state.timesteps != [float(timestep) for timestep in self.timesteps]
            or state.latents.shape != self.latents.shape[1:]
        ):
            raise ArtifactError(
                "the saved denoising state does not fit this video", remedy="start the stage from the beginning"
            )
        device = self.latents.device

        def back(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else tensor.to(device)[None]

        self.latents = state.latents.to(device)[None]
        self._before = back(state.before)
        history = None if state.history is None else state.history.to(device)
        self.scheduler.restore(back(state.average), history, state.memory)
        self.step, self.round = state.step, state.round
        self.attention, self.seconds = state.attention, state.seconds

    def _diffused(self, clean: Tensor) -> Tensor:
        """The clip with as much of the initial noise as there is at the first step."""
        import torch

        timestep = torch.tensor([self.timesteps[self.first]])
        return self.scheduler.scheduler.add_noise(clean, self.noise, timestep)

    def _corrected(self, output: Tensor, timestep: int | float) -> Tensor:
        """The model output after everything that acts on the predicted clean video; itself if nothing does."""
        settings, scheduler = self.guide.settings, self.scheduler.scheduler
        pulled = self._targets is not None
        compared = settings.refinement_strength > 0.0 or settings.feature_emphasis > 0.0
        if not (pulled or compared):
            return output
        original = scheduler.predict_original(output, timestep, self.latents)
        if self._targets is not None:
            progress = self.step / len(self.timesteps)
            original = guidance.pull_to_pictures(original, self._targets, settings.image_guidance, progress)
        if compared:
            before, self._before = self._before, original
            if before is not None:
                original = self._targeted(original, before)
        return scheduler.output_for(original, timestep, self.latents)

    def _targeted(self, original: Tensor, before: Tensor) -> Tensor:
        """Smooth where the prediction is undecided, raise detail where it has settled."""
        settings = self.guide.settings
        undecided = guidance.difficulty(original, before)
        refined = guidance.refine(original, undecided, settings.refinement_strength)
        if settings.feature_emphasis == 0.0:
            return refined
        # Each step adds its part, so that the whole does not depend on the number of steps.
        settled = settings.feature_emphasis * (1.0 - undecided) / len(self.timesteps)
        return LatentManipulator().emphasize_features(refined, settled)

    def _finish_round(self) -> None:
        self.round += 1
        if self.finished:
            return
        self.step, self._before = 0, None
        settings = self.guide.decomposer.settings
        shape = (self.latents.shape[1], *self.latents.shape[2:])
        fresh = self.guide.decomposer.fresh(
            shape, derive_seed(self.seed, "round", self.round), self.guide.decomposer.base_share
        )
        diffused = REINITIALISED_SIGNAL * self.latents + (1.0 - REINITIALISED_SIGNAL**2) ** 0.5 * self.noise
        self.timesteps = self.scheduler.compute_schedule(self.condition.complexity)
        renewed = reinitialise(diffused, fresh.to(diffused)[None], settings.free_init_cutoff, settings.free_init_order)
        self.latents = renewed * self.scheduler.scheduler.init_noise_sigma

    def _picture_targets(self, device: torch.device) -> Tensor | None:
        pictures = self.condition.image_latents
        if pictures is None or len(pictures) == 0 or self.condition.image_embeds is not None:
            return None
        if self.guide.settings.image_guidance == 0.0:
            return None
        return guidance.spread_pictures(pictures.to(device), self.latents.shape[2])[None]


def first_step(steps: int, strength: float) -> int:
    """Index of the first of `steps` denoising steps where only a share `strength` of them is gone through."""
    return steps - min(max(1, round(steps * strength)), steps)


def denoise(
    runs: Sequence[DenoisingRun], family: Family, context: ForwardContext, batch: int, workers: int = 1
) -> None:
    """Finish all runs, at most `batch` videos at a time in each of `workers` threads.

    A video that is done makes room for the next one. Progress is reported after every step of the batch; a
    listener may raise to stop there, all runs being whole then.
    """
    total = sum(run.total_steps for run in runs)
    branches = runs[0].guide.branches
    fitting = batch * branches
    report(STAGE, sum(run.steps_done for run in runs), total)
    with one_core_each(workers, STAGE) as pool:
        while waiting := [run for run in runs if not run.finished]:
            size = max(1, fitting // branches)
            alike = [run for run in waiting if run.shape == waiting[0].shape][: size * workers]
            groups = [alike[start : start + size] for start in range(0, len(alike), size)]
            step = partial(_step_together, family=family, context=context, fitting=fitting)
            try:
                fitting = min(together(pool, step, groups))
            except OutOfMemoryError:
                if len(groups) == 1:
                    raise
                # What does not fit beside others may fit alone; those that did fit have taken their step.
                workers = 1
            done, look = sum(run.steps_done for run in runs), partial(_look, runs, family)
            report(STAGE, done, total, detail=_words(runs), look=look)


def _look(runs: Sequence[DenoisingRun], family: Family) -> NDArray[np.uint8]:
    """A first sight of the first video that is not done, or of the last one."""
    run = next((run for run in runs if not run.finished), runs[-1])
    return first_sight(run.in_mind(), family)


def _step_together(runs: Sequence[DenoisingRun], family: Family, context: ForwardContext, fitting: int) -> int:
    """One step of every run, `fitting` branches at a time; returns how many fit, fewer if memory ran out."""
    started = time.perf_counter()
    asked = [run.branches() for run in runs]
    questions = [branch for branches in asked for branch in branches]
    sizes: list[int] = []
    recording = any(run.halfway for run in runs)
    answers = halve_on_out_of_memory(_asker(family, context, recording, sizes), questions, fitting)
    place = 0
    for run, branches in zip(runs, asked, strict=True):
        mine = answers[place : place + len(branches)]
        place += len(branches)
        if run.halfway:
            run.attention = mine[-1][1]
        run.advance([output for output, _ in mine])
    for run in runs:
        run.seconds += (time.perf_counter() - started) / len(runs)
    return fitting if max(sizes) == min(len(questions), fitting) else max(sizes)


Answer = tuple["Tensor", "Tensor | None"]


def _asker(
    family: Family, context: ForwardContext, recording: bool, sizes: list[int]
) -> Callable[[Sequence[Branch]], list[Answer]]:
    """One forward pass over some branches: for each its output and, if recorded, its frame×frame attention."""
    import torch

    def ask(branches: Sequence[Branch]) -> list[Answer]:
        pictures = [branch.image_embeds for branch in branches]
        call = replace(context, maps=[] if recording else None)
        outputs = family.predict(
            torch.stack([branch.sample for branch in branches]),
            torch.tensor([branch.timestep for branch in branches]),
            torch.stack([branch.embeds for branch in branches]),
            None if pictures[0] is None else torch.stack([picture for picture in pictures if picture is not None]),
            call,
        )
        sizes.append(len(branches))
        maps = torch.stack(call.maps).mean(dim=0) if call.maps else None
        return [(output, None if maps is None else maps[i]) for i, output in enumerate(outputs)]

    return ask


def _guided(unconditional: Tensor, conditional: Tensor, guide: Guide) -> Tensor:
    import torch

    both = torch.stack([unconditional, conditional])
    return LatentManipulator().apply_guidance(both, guide.guidance_scale, guide.guidance_rescale)


def _words(runs: Sequence[DenoisingRun]) -> str:
    if len(runs) == 1:
        return ""
    return f"{sum(run.finished for run in runs)} of {len(runs)} videos done"
