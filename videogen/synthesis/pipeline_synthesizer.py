"""PipelineSynthesizer: the stages of a video by a model that is driven as a whole, such as any diffusers pipeline."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from videogen.domain.artifacts import (
    ConditioningEmbeddings,
    Frames,
    PromptAsset,
    ReferenceImages,
    VideoLatents,
)
from videogen.errors import CapacityError, InputError, ModelError, OutOfMemoryError
from videogen.models.families.nested import outline, pack, unpack
from videogen.models.loading import tokenizer_for
from videogen.models.pipeline_state import PipelineJob, PipelineRequest, PipelineState
from videogen.models.preflight import require_own_loop
from videogen.noise.analysis import analyze
from videogen.runtime.device import free_memory, is_out_of_memory
from videogen.runtime.progress import report
from videogen.synthesis import conditioning
from videogen.synthesis.latent_preview import coloured
from videogen.synthesis.pipeline_runs import PipelineCheckpoint, PipelineRun, checkpoints, in_words
from videogen.synthesis.pipeline_settings import require_plain_settings
from videogen.synthesis.sampling import LARGEST_BATCH, Keeper, Sampling

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

    from videogen.config.config import VideoGenConfig
    from videogen.models.families.seams import Watch
    from videogen.models.family import WholeFamily
    from videogen.models.loading import LoadedModel
    from videogen.preprocessing.start_clip import StartClip

STAGE = "video_latents"
_BLACK = 0.5
"""Standard deviation of pixel values, 0 … 255, below which a whole video is of one colour."""


class PipelineSynthesizer(Sampling):
    """As `LatentSynthesizer`, with the pipeline's own loop: its steps are not corrected.

    Raises:
        ConfigError: a setting is changed that acts in the loop of `LatentSynthesizer` only.
    """

    def __init__(self, config: VideoGenConfig | None = None, model: LoadedModel | None = None) -> None:
        super().__init__(config, model)
        require_plain_settings(self.config, self.profile)

    @property
    def family(self) -> WholeFamily:
        family: WholeFamily = self.model.family
        return family

    @property
    def is_resumable(self) -> bool:
        """Whether a stopped video goes on to the same bits: a cache between steps lies in the model, not in a file."""
        return self.profile.diffusers is None or self.profile.diffusers.cache is None

    def condition(
        self, prompt: PromptAsset, images: ReferenceImages, start: StartClip | None = None
    ) -> ConditioningEmbeddings:
        """The text encoders' answers, the pictures, and the colours of latents, for one video.

        Raises:
            InputError: a clip to start from is given, which these pipelines do not take.
            ModelError: the VAE gives black frames in its precision: found here, before the denoising.
        """
        import torch

        if start is not None:
            require_own_loop(self.profile)
        tokenizer = tokenizer_for(self.profile)
        request = self._request(prompt.enhanced, self._negative(prompt), self.num_frames(), 0, images.pixels)
        tensors, plan = pack(self.family.encode(request))
        empty = torch.zeros(1, 0, 0)
        return ConditioningEmbeddings(
            prompt_embeds=empty,
            negative_prompt_embeds=empty,
            image_latents=None,
            image_embeds=None,
            profile=self.profile.name,
            revision=self.model.revision,
            complexity=conditioning.complexity(prompt, images),
            extra={
                "plan": plan,
                "prompt": request.prompt,
                "negative_prompt": request.negative_prompt,
                "is_guided": request.is_guided,
                "colours": self.family.colours(),
                "tokens_cut": max(0, tokenizer.length(prompt.enhanced) - tokenizer.max_tokens),
            },
            record={**tensors, "pictures": images.pixels},
        )

    def generate_latents(
        self,
        conditions: Sequence[ConditioningEmbeddings],
        noise: Sequence[Tensor],
        seeds: Sequence[int],
        *,
        states: MutableMapping[int, Any] | None = None,
        keep: Callable[[Mapping[int, Any]], None] | None = None,
    ) -> list[VideoLatents]:
        """Denoise the videos, several at once where the model allows it.

        Arguments and errors as those of `LatentSynthesizer.generate_latents`.
        """
        self._check(conditions, noise, seeds)
        started = time.perf_counter()
        runs = [self._run(*parts) for parts in zip(conditions, noise, seeds, strict=True)]
        batch = self._batch()
        for index, state in (states or {}).items():
            runs[index].state = PipelineState.from_plain(unpack(state.tensors, state.plan))
            runs[index].seconds, batch = state.seconds, state.batch
        report(STAGE, sum(run.done for run in runs), self._total(runs))
        keeper = Keeper(keep if self.is_resumable else None)
        try:
            for group in self._groups(runs, batch):
                self._denoise(group, runs, batch, keeper)
        except CapacityError:
            if states is not None and self.is_resumable:
                states.update(checkpoints(runs, batch))
            raise
        waited = time.perf_counter() - started
        return [self._result(run, waited) for run in runs]

    def decode(self, latents: VideoLatents) -> Frames:
        """Latents → frames at the native size and rate, and the sound of a model that makes one.

        Raises:
            ModelError: the frames are black. OutOfMemoryError: the decoder does not fit, the latents are kept.
        """
        request = PipelineRequest(**latents.plan["request"], pictures=latents.state["pictures"])
        record, state = unpack(latents.state, latents.plan["record"]), unpack(latents.state, latents.plan["state"])
        with _out_of_memory(self.model.device, "decoded_frames"):
            frames, sound, rate = self.family.decode(request, record, PipelineState.from_plain(state))
        if float(frames.float().std()) < _BLACK:
            raise ModelError(
                f"the model gave frames of one colour (mean {float(frames.float().mean()):.0f} of 255)",
                remedy="its precision overflows: set model.precision to bf16, or `dtype: {vae: fp32}` in the "
                "profile; and see whether the LoRAs and the scheduler of the profile fit the model",
                stage="decoded_frames",
            )
        notes = {"profile": self.profile.name, "revision": self.model.revision}
        cropped, note = _cropped(frames, self.profile.size)
        return Frames(cropped, self.profile.fps, {**notes, **note}, sound=sound, sound_rate=rate)

    def _batch(self) -> int:
        """Most videos to denoise together: the setting, or as many as six tenths of the free memory hold."""
        if self.config.synthesis.max_batch is not None:
            return self.config.synthesis.max_batch
        longer = self.num_frames() / self.profile.num_frames
        # The weights of the denoiser are not in memory yet.
        left = free_memory(self.model.device) * 0.6 - self.profile.memory_gb * 1e9
        fitting = 1 + int(left // (self.profile.clip_memory_gb * 1e9 * longer))
        return max(1, min(fitting, LARGEST_BATCH[self.model.device.type]))

    def _groups(self, runs: Sequence[PipelineRun], batch: int) -> list[list[PipelineRun]]:
        """The videos in the order in which they are denoised; those of a group at once."""
        groups: list[list[PipelineRun]] = []
        for run in runs:
            group = groups[-1] if groups else []
            fits = 0 < len(group) < batch and not self._one_by_one(run)
            if fits and group[0].request.pictures.shape == run.request.pictures.shape:
                group.append(run)
            else:
                groups.append([run])
        return groups

    def _one_by_one(self, run: PipelineRun) -> str:
        options = self.profile.diffusers
        if options is None:
            return f"the family {self.profile.family} takes one video at a time"
        return options.one_by_one(len(run.request.pictures) > 0)

    def _denoise(self, group: Sequence[PipelineRun], runs: Sequence[PipelineRun], batch: int, keeper: Keeper) -> None:
        started, before = time.perf_counter(), [run.seconds for run in group]
        seen: list[Watch] = []

        def on_step(watches: Sequence[Watch]) -> None:
            seen[:] = watches
            for run, watch in zip(group, watches, strict=True):
                run.timesteps = watch.timesteps()
            others = [run for run in runs if run not in group]
            done = sum(run.done for run in others) + sum(watch.done for watch in watches)
            total = self._total(others) + sum(max(self.steps, watch.total) for watch in watches)
            try:
                report(STAGE, done, max(total, done), in_words(group, runs), partial(self._look, group[0], watches[0]))
            except CapacityError:
                standing()
                raise
            keeper.offer(standing)

        def standing() -> dict[int, PipelineCheckpoint]:
            # The states are copied only if a listener stops the work, or they are saved.
            spent = (time.perf_counter() - started) / len(group)
            for run, watch, earlier in zip(group, seen, before, strict=True):
                run.state, run.seconds = watch.state(), earlier + spent
            return checkpoints(runs, batch)

        jobs = [
            PipelineJob(run.request, unpack(run.condition.record, run.condition.extra["plan"]), run.noise, run.state)
            for run in group
        ]
        with _out_of_memory(self.model.device, STAGE):
            states, together = self._denoised(jobs, batch, on_step)
        for run, state, earlier in zip(group, states, before, strict=True):
            run.state, run.together = state, together
            run.seconds = earlier + (time.perf_counter() - started) / len(group)

    def _denoised(
        self, jobs: Sequence[PipelineJob], batch: int, on_step: Callable[[Sequence[Watch]], None]
    ) -> tuple[list[PipelineState], int]:
        if len(jobs) > 1:
            return self.family.denoise_together(jobs, batch, on_step)
        (job,) = jobs
        return [self.family.denoise(job.request, job.record, job.noise, job.state, lambda watch: on_step([watch]))], 1

    def _look(self, run: PipelineRun, watch: Watch) -> NDArray[np.uint8]:
        import torch

        latents = self.family.latents(watch.in_mind(), run.request.frames)
        if latents is None:
            latents = torch.zeros(self.latent_shape(run.request.frames))
        return coloured(latents, torch.tensor(run.condition.extra["colours"]))

    def _run(self, condition: ConditioningEmbeddings, noise: Tensor, seed: int) -> PipelineRun:
        told = condition.extra
        pictures = condition.record["pictures"]
        request = self._request(told["prompt"], told["negative_prompt"], self.num_frames(), seed, pictures)
        if request.is_guided and not told["is_guided"]:
            raise InputError(
                f"guidance of {request.guidance:g} needs the negative prompt, which was not encoded for this video",
                remedy="make the video again from conditioning_embeddings",
            )
        return PipelineRun(condition, request, noise)

    def _request(self, prompt: str, negative: str, frames: int, seed: int, pictures: Tensor) -> PipelineRequest:
        width, height = self.profile.drawn_size
        return PipelineRequest(prompt, negative, frames, width, height, self.steps, self.guidance_scale, seed, pictures)

    def _negative(self, prompt: PromptAsset) -> str:
        return prompt.negative_prompt or self.profile.negative_prompt

    def _total(self, runs: Sequence[PipelineRun]) -> int:
        return sum(max(self.steps, 0 if run.state is None else run.state.total) for run in runs)

    def _result(self, run: PipelineRun, waited: float) -> VideoLatents:
        import torch

        assert run.state is not None
        last = run.state.results[0]
        sample = next(iter(last.values())) if isinstance(last, dict) else last[0]
        latents = self.family.latents(sample, run.request.frames)
        record = outline(unpack(run.condition.record, run.condition.extra["plan"]))
        tensors, plan = pack({"record": record, "state": run.state.plain()})
        plans = {key: value for key, value in plan["items"]}
        return VideoLatents(
            latents=torch.zeros(run.noise.shape[0], 0, 0, 0) if latents is None else latents.cpu(),
            timesteps=[round(timestep) for timestep in run.timesteps],
            guidance_scale=self.guidance_scale,
            seed=run.request.seed,
            profile=self.profile.name,
            revision=self.model.revision,
            timings={"denoising": run.seconds, "waited": waited},
            diagnostics={
                "noise": analyze(run.noise),
                "steps": run.state.step,
                "precision": str(self.model.dtype).removeprefix("torch."),
                "complexity": round(run.condition.complexity, 4),
                "guidance_rescale": self.guidance_rescale,
                "guidance_interval": list(self.guidance_interval),
                "largest_batch": run.together,
                "one_by_one": self._one_by_one(run),
                "resumes": "exactly" if self.is_resumable else "from the beginning: its step cache cannot be stored",
            },
            state={**tensors, "pictures": run.request.pictures},
            plan={**plans, "request": run.request.facts()},
        )

    def _check(
        self, conditions: Sequence[ConditioningEmbeddings], noise: Sequence[Tensor], seeds: Sequence[int]
    ) -> None:
        if not len(conditions) == len(noise) == len(seeds) or not conditions:
            raise InputError(
                f"{len(conditions)} conditions, {len(noise)} noises and {len(seeds)} seeds were given; "
                "there must be one of each for every video"
            )
        wanted = self.latent_shape(self.num_frames())
        for item in noise:
            if tuple(item.shape) != wanted:
                raise InputError(
                    f"initial noise has shape {tuple(item.shape)}, but {self.profile.name} needs {wanted}",
                    remedy="sample it with NoiseDecomposer for latent_shape(num_frames())",
                )


def _cropped(frames: Tensor, size: tuple[int, int]) -> tuple[Tensor, dict[str, str]]:
    """The middle of the frames, T×H×W×3, at `size` (width, height), and a note if anything was cut off."""
    drawn = frames.shape[2], frames.shape[1]
    if drawn == size:
        return frames, {}
    left, top = (drawn[0] - size[0]) // 2, (drawn[1] - size[1]) // 2
    if left < 0 or top < 0:
        raise ModelError(
            f"the model gave frames of {drawn[0]}×{drawn[1]}, smaller than the profile's {size[0]}×{size[1]}",
            remedy="correct width, height and vae_scale_factor in the profile",
        )
    cut = frames[:, top : top + size[1], left : left + size[0]].contiguous()
    return cut, {"drawn_at": f"{drawn[0]}×{drawn[1]}, cropped to {size[0]}×{size[1]}"}


@contextmanager
def _out_of_memory(device: torch.device, stage: str) -> Iterator[None]:
    """Say of an allocator's error what is free and what to do."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise OutOfMemoryError(
            f"the model does not fit into the memory of {device}: {free_memory(device) / 1e9:.1f} GB are free now",
            remedy="see whether another process uses the device (nvidia-smi); else set offload: group, "
            "layerwise_casting or vae_tiling in the profile: `videogen models advise` says what fits. "
            "What was made before is kept",
            stage=stage,
        ) from error
