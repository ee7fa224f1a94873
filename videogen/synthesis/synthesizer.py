"""LatentSynthesizer: prompts and pictures to embeddings, embeddings and noise to latents, latents to frames."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from videogen.domain.artifacts import ConditioningEmbeddings, Frames, PromptAsset, ReferenceImages, VideoLatents
from videogen.errors import CapacityError, ConfigError, InputError
from videogen.models.family import ForwardContext
from videogen.models.loading import tokenizer_for
from videogen.noise.adaptive_scheduler import AdaptiveScheduler
from videogen.noise.decomposer import decomposer_for
from videogen.preprocessing import ImagePreprocessor, InputValidator, TextPreprocessor
from videogen.preprocessing.start_clip import StartClip, start_clip
from videogen.runtime.device import free_memory
from videogen.runtime.progress import listen
from videogen.runtime.seeds import derive_seed
from videogen.runtime.worker_threads import cores
from videogen.synthesis import conditioning
from videogen.synthesis import latent_guidance as guidance
from videogen.synthesis.denoising_loop import STAGE, DenoisingRun, DenoisingState, Guide, denoise
from videogen.synthesis.inversion import invert_start
from videogen.synthesis.sampling import LARGEST_BATCH, Keeper, Sampling
from videogen.synthesis.scheduler import DiffusionScheduler

if TYPE_CHECKING:
    from torch import Tensor

    from videogen.config.config import VideoGenConfig
    from videogen.media.frame_input import FrameLike
    from videogen.models.loading import LoadedModel

Conditions: TypeAlias = Union[ConditioningEmbeddings, "Tensor", Sequence[ConditioningEmbeddings], Sequence["Tensor"]]
"""What `generate_latents` draws: one video's, or those of several."""
_FRAMES_AT_ONCE = 16


class LatentSynthesizer(Sampling):
    """Implements the conditioning, synthesis and decoding stages with one model and one configuration.

    Args:
        config: None: the defaults.
        model: None: that of the configured profile, loaded when it is first needed.

    Raises:
        ConfigError: the profile does not exist.
    """

    def __init__(self, config: VideoGenConfig | None = None, model: LoadedModel | None = None) -> None:
        super().__init__(config, model)
        if self.profile.diffusers is not None:
            raise ConfigError(
                f"the model of the profile {self.profile.name!r} brings its own denoising loop",
                remedy="use PipelineSynthesizer, which has the same methods",
            )

    def encode_text(self, prompt: str) -> Tensor:
        """1×L×D float32 token states; the empty prompt is the unconditional input."""
        states: Tensor = self.model.family.encode_text([prompt])
        return states

    def encode_images(self, images: ReferenceImages | Sequence[FrameLike]) -> tuple[Tensor | None, Tensor | None]:
        """(VAE latents N×C×h×w, image-adapter embeddings N×E); None where there are no pictures or no adapter.

        Args:
            images: prepared for the profile; or paths, PIL images or arrays, which are prepared here.

        Raises:
            InputError: the pictures do not have the profile's size, or cannot be used.
        """
        pixels = self._prepared(images).pixels
        if len(pixels) == 0:
            return None, None
        size = (pixels.shape[2], pixels.shape[1])
        if size != self.profile.size:
            raise InputError(
                f"the reference pictures are {size[0]}×{size[1]}, but the model {self.profile.name} "
                f"works at {self.profile.width}×{self.profile.height}",
                remedy="prepare them with ImagePreprocessor for this profile",
            )
        return self.model.family.encode_frames(pixels), self.model.family.encode_images(pixels)

    def encode_clip(self, clip: StartClip) -> Tensor:
        """C×T×h×w: the latents of a clip that a video is made from.

        Raises:
            InputError: the model has no latents for single frames.
        """
        import torch

        frames = clip.pixels.split(_FRAMES_AT_ONCE)
        latents = torch.cat([self.model.family.encode_frames(part) for part in frames]).permute(1, 0, 2, 3)
        wanted = self.latent_shape(len(clip.pixels))
        if tuple(latents.shape) != wanted:
            raise InputError(
                f"the model {self.profile.name} cannot start from a clip: its latents are {wanted}, and those of the "
                f"frames are {tuple(latents.shape)}",
                remedy="choose a profile whose model encodes frames one by one, such as pib-mini",
            )
        return latents.contiguous()

    def condition(
        self,
        prompt: PromptAsset | str,
        images: ReferenceImages | Sequence[FrameLike] = (),
        start: StartClip | Path | str | None = None,
    ) -> ConditioningEmbeddings:
        """Return all conditioning inputs of the denoiser for one video.

        Args:
            prompt, images: as the stages before this one made them; or a text, and pictures, which are prepared here.
            start: a clip or picture that the video is made from; a path is read and prepared here. None: noise alone.

        Raises:
            InputError, PolicyError: the prompt, a picture or the clip cannot be used.
        """
        if isinstance(prompt, str):
            validator = InputValidator(self.config)
            text = validator.validate_prompt(prompt)
            prompt = TextPreprocessor(self.config).process(
                text, self.config.model.negative_prompt, validator.require_compliance(text)
            )
        images = self._prepared(images)
        embeds = self.encode_text(prompt.enhanced)
        tokenizer = tokenizer_for(self.profile)
        weights = conditioning.token_weights(prompt.enhanced, tokenizer.offsets(prompt.enhanced), prompt.keywords)
        if self.config.synthesis.keyword_emphasis:
            embeds = conditioning.emphasise(embeds, weights)
        image_latents, image_embeds = self.encode_images(images)
        if isinstance(start, str | Path):
            start = start_clip(Path(start), self.config, self.profile, self.num_frames())
        return ConditioningEmbeddings(
            start_latents=None if start is None else self.encode_clip(start),
            prompt_embeds=embeds,
            negative_prompt_embeds=self.encode_text(prompt.negative_prompt or self.profile.negative_prompt),
            image_latents=image_latents,
            image_embeds=image_embeds,
            profile=self.profile.name,
            revision=self.model.revision,
            complexity=conditioning.complexity(prompt, images),
            extra={
                "token_weights": weights,
                "tokens_cut": max(0, tokenizer.length(prompt.enhanced) - tokenizer.max_tokens),
                **({} if start is None else {"clip_warnings": list(start.warnings)}),
            },
        )

    def generate_latents(
        self,
        conditions: Conditions,
        noise: Sequence[Tensor] | None = None,
        seeds: Sequence[int] | None = None,
        *,
        states: MutableMapping[int, Any] | None = None,
        keep: Callable[[Mapping[int, Any]], None] | None = None,
    ) -> list[VideoLatents]:
        """Denoise one or many videos; the result of each does not depend on the others.

        Args:
            conditions: one for every video, from `condition`; or what `encode_text` gave for one.
            noise: C×T×h×w for every video, from `NoiseDecomposer.recombine`; None: drawn from the seeds.
            seeds: None: 0, 1, 2 …, so that the same call gives the same videos.
            states: index of a video → where it goes on. When a progress listener stops the work with
                `CapacityError`, the states of all videos are put here; call again with them to continue.
            keep: is given the states of all videos now and then, so that a crash does not lose them.

        Raises:
            InputError: the numbers of conditions, noises and seeds differ, or a noise has the wrong shape.
            OutOfMemoryError: not even half a video fits into memory.
        """
        conditions = self._conditions(conditions)
        seeds = range(len(conditions)) if seeds is None else seeds
        noise = [self.initial_noise(seed) for seed in seeds] if noise is None else noise
        self._check(conditions, noise, seeds)
        started = time.perf_counter()
        guide = Guide(
            self.config.synthesis,
            self.guidance_scale,
            self.guidance_rescale,
            self.guidance_interval,
            decomposer_for(self.config, self.profile, self._longest(noise)),
        )
        runs = [self._run(*parts, guide) for parts in zip(conditions, noise, seeds, strict=True)]
        context, batch = self._context(), self._batch(noise)
        for index, state in (states or {}).items():
            runs[index].restore(state)
            context, batch = replace(context, free_bytes=state.free_bytes), state.batch
        if self.config.synthesis.start_inversion:
            for index, run in enumerate(runs):
                if index not in (states or {}):
                    invert_start(run, self.model.family, context)

        def standing() -> dict[int, DenoisingState]:
            found = enumerate(run.state() for run in runs)
            return {index: replace(state, batch=batch, free_bytes=context.free_bytes) for index, state in found}

        keeper = Keeper(keep)
        try:
            with listen(lambda progress: keeper.offer(standing) if progress.stage == STAGE else None):
                denoise(runs, self.model.family, context, batch, self._workers(len(runs)))
        except CapacityError:
            if states is not None:
                states.update(standing())
            raise
        waited = time.perf_counter() - started
        return [self._result(run, noise[index], waited) for index, run in enumerate(runs)]

    def initial_noise(self, seed: int) -> Tensor:
        """The noise that a video of the configured length begins with, C×T×h×w; the same for the same seed."""
        frames = self.num_frames()
        decomposer = decomposer_for(self.config, self.profile, frames)
        return decomposer.recombine(*decomposer.sample(self.latent_shape(frames), seed))

    def apply_temporal_consistency(self, latents: Tensor) -> Tensor:
        """Smooth what does not move over time, by ``synthesis.temporal_consistency``; C×T×h×w."""
        return guidance.smooth_static(latents, self.config.synthesis.temporal_consistency)

    def decode(self, latents: VideoLatents) -> Frames:
        """Latents → frames at the native size and rate."""
        frames = self.model.family.decode(latents.latents)
        return Frames(frames, self.profile.fps, {"profile": self.profile.name, "revision": self.model.revision})

    def _prepared(self, images: ReferenceImages | Sequence[FrameLike]) -> ReferenceImages:
        if isinstance(images, ReferenceImages):
            return images
        return ImagePreprocessor(self.config, size=self.profile.size).process(images)

    def _conditions(self, given: Conditions) -> list[ConditioningEmbeddings]:
        """One `ConditioningEmbeddings` for each video; plain text states get the profile's negative prompt."""
        several = [given] if isinstance(given, ConditioningEmbeddings) or not isinstance(given, Sequence) else given
        return [one if isinstance(one, ConditioningEmbeddings) else self._of_text(one) for one in several]

    def _of_text(self, embeds: Tensor) -> ConditioningEmbeddings:
        if embeds.ndim != 3 or embeds.shape[0] != 1:
            raise InputError(
                f"text states of shape {tuple(embeds.shape)} were given",
                remedy="give 1×L×D for each video, as encode_text returns them, or what condition() returns",
            )
        negative = self.config.model.negative_prompt or self.profile.negative_prompt
        return ConditioningEmbeddings(
            prompt_embeds=embeds,
            negative_prompt_embeds=self.encode_text(negative),
            image_latents=None,
            image_embeds=None,
            profile=self.profile.name,
            revision=self.model.revision,
            complexity=1.0,
        )

    def _run(self, condition: ConditioningEmbeddings, noise: Tensor, seed: int, guide: Guide) -> DenoisingRun:
        shape = (noise.shape[0], noise.shape[1], noise.shape[2], noise.shape[3])
        settings = self.config.synthesis
        first, last = guide.decomposer.base_share, settings.final_base_share

        def fresh(step: int, progress: float) -> Tensor:
            share = first if last is None else first + (last - first) * progress
            return guide.decomposer.fresh(shape, derive_seed(seed, "step", step), share)[None]

        inner = DiffusionScheduler(self.model.family.scheduler(), seed=seed)
        scheduler = AdaptiveScheduler(settings, inner, self.steps, fresh)
        told = self.model.family.text_for_frames(
            condition.prompt_embeds, condition.negative_prompt_embeds, shape[1], derive_seed(seed, "plan")
        )
        condition = replace(condition, prompt_embeds=told[0], negative_prompt_embeds=told[1])
        return DenoisingRun(condition, noise, seed, scheduler, guide, self.model.device)

    def _result(self, run: DenoisingRun, noise: Tensor, waited: float) -> VideoLatents:
        diagnostics: dict[str, Any] = {
            "noise": run.guide.decomposer.analyze(noise),
            "steps": run.total_steps,
            "precision": str(self.model.dtype).removeprefix("torch."),
            "complexity": round(run.condition.complexity, 4),
            "guidance_rescale": self.guidance_rescale,
            "guidance_interval": list(self.guidance_interval),
            "largest_batch": self.config.synthesis.max_batch or LARGEST_BATCH[self.model.device.type],
        }
        if run.attention is not None:
            diagnostics["temporal_attention"] = [[round(float(v), 4) for v in row] for row in run.attention]
        return VideoLatents(
            latents=self.apply_temporal_consistency(run.latents[0].float().cpu()),
            timesteps=[round(float(timestep)) for timestep in run.timesteps[run.first :]],
            guidance_scale=self.guidance_scale,
            seed=run.seed,
            profile=self.profile.name,
            revision=self.model.revision,
            timings={"denoising": run.seconds, "waited": waited},
            diagnostics=diagnostics,
        )

    def _context(self) -> ForwardContext:
        settings = self.config.synthesis
        return ForwardContext(
            length=settings.context_length or self.profile.num_frames,
            stride=settings.context_stride,
            chunk=settings.attention_chunk,
            free_bytes=free_memory(self.model.device),
            image_scale=settings.image_guidance,
        )

    def _batch(self, noise: Sequence[Tensor]) -> int:
        """Videos to denoise together: the setting, or as many as six tenths of the free memory hold."""
        if self.config.synthesis.max_batch is not None:
            return self.config.synthesis.max_batch
        needed = self.profile.clip_memory_gb * 1e9 * self._longest(noise) / self.profile.num_frames
        fitting = int(free_memory(self.model.device) * 0.6 // needed)
        return max(1, min(fitting, LARGEST_BATCH[self.model.device.type]))

    def _longest(self, noise: Sequence[Tensor]) -> int:
        """Frames of the longest of these videos, whose noise is that of latent frames."""
        return max(self.profile.picture_frames(item.shape[1]) for item in noise)

    def _workers(self, count: int) -> int:
        """Threads that ask the model at once: on a CPU one a core, if there are as many videos."""
        if self.model.device.type != "cpu" or not getattr(self.model.family, "concurrent", False):
            return 1
        return min(count, cores())

    def _check(
        self, conditions: Sequence[ConditioningEmbeddings], noise: Sequence[Tensor], seeds: Sequence[int]
    ) -> None:
        if not len(conditions) == len(noise) == len(seeds) or not conditions:
            raise InputError(
                f"{len(conditions)} conditions, {len(noise)} noises and {len(seeds)} seeds were given; "
                "there must be one of each for every video"
            )
        for item in noise:
            wanted = self.latent_shape(item.shape[1] if item.ndim == 4 else 0)
            if tuple(item.shape) != wanted:
                raise InputError(
                    f"initial noise has shape {tuple(item.shape)}, but {self.profile.name} needs {wanted}",
                    remedy="sample it with NoiseDecomposer for latent_shape(num_frames())",
                )
