"""Any diffusers video pipeline in three stages: encode the text, denoise (stopped and resumed at will), decode.

Nothing of a pipeline is written again here: its own ``__call__`` is the program, cut at the seams of
`videogen.models.families.seams`. Each stage holds only the networks that it runs.
"""

from __future__ import annotations

import copy
import inspect
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from videogen.errors import ModelError
from videogen.models.families import colours
from videogen.models.families.extra_files import require_files
from videogen.models.families.fitting import require_arguments, require_parts, require_scheduler_options
from videogen.models.families.index import Stage
from videogen.models.families.layouts import as_latents
from videogen.models.families.lockstep import Lockstep
from videogen.models.families.noise_seam import drawing
from videogen.models.families.parts import folder_of, load_pipeline, needed_parts, pipeline_class
from videogen.models.families.placing import prepare
from videogen.models.families.requirements import require_compiler, require_packages
from videogen.models.families.seams import Watch, answering, asking, following, recording, watching
from videogen.models.families.tokens import pipeline_tokenizer
from videogen.models.loading import revision_of
from videogen.models.pipeline_state import PipelineJob, PipelineRequest, PipelineState
from videogen.runtime.device import is_out_of_memory, release_memory

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from videogen.models.pipeline_options import DiffusersOptions
    from videogen.models.profile import ModelProfile
    from videogen.models.text_encoders import PromptTokenizer

_log = logging.getLogger("videogen.models")
_TOKENIZERS = ("tokenizer", "tokenizer_2", "tokenizer_3")
_ONE_CALL = threading.RLock()
"""The seams change the pipeline and a module of diffusers while a call runs."""


class DiffusersPipeline:
    """Implements `videogen.models.family.WholeFamily` for every video pipeline of diffusers."""

    concurrent = False

    def __init__(self, profile: ModelProfile, device: torch.device, dtype: torch.dtype) -> None:
        self.profile, self.device, self.dtype = profile, device, dtype
        self.revision = revision_of(profile)
        self._held: tuple[Stage, bool, Any] | None = None
        self._hooks: list[Any] = []
        self._colours: list[list[float]] | None = None

    @classmethod
    def load(cls, profile: ModelProfile, device: torch.device, dtype: torch.dtype) -> Self:
        """Check what can be checked without reading weights; each stage then loads its own parts.

        Raises:
            ModelError: as `check`.
        """
        cls.check(profile)
        if _options(profile).compile_repeated_blocks:
            require_compiler(device)
        return cls(profile, device, dtype)

    @classmethod
    def check(cls, profile: ModelProfile) -> None:
        """Compare the profile with its class and its folder; no weights are read.

        Raises:
            ModelError: packages, weights or files are missing, or the profile asks for what the pipeline does not have.
        """
        for with_pictures in (False, True):
            require_packages(profile, with_pictures)
            require_arguments(profile, cls.pipeline_kind(profile, with_pictures), with_pictures)
        folder = folder_of(profile)
        for with_pictures in (False, True):
            require_parts(profile, cls.pipeline_kind(profile, with_pictures), folder)
        require_scheduler_options(profile, folder)
        require_files(profile)

    @classmethod
    def pipeline_kind(cls, profile: ModelProfile, with_pictures: bool) -> Any:
        """The class of the pipeline. A family for a class that is not part of diffusers returns it here."""
        return pipeline_class(_options(profile).pipeline_class(with_pictures))

    @staticmethod
    def tokenizer(profile: ModelProfile) -> PromptTokenizer:
        return pipeline_tokenizer(profile)

    def valid_num_frames(self, num_frames: int) -> int:
        return _options(self.profile).quirks().frames.up(num_frames)

    def latent_shape(self, num_frames: int, width: int, height: int) -> tuple[int, int, int, int]:
        profile = self.profile
        frames = (num_frames - 1) // profile.vae_temporal_factor + 1
        return profile.latent_channels, frames, height // profile.vae_scale_factor, width // profile.vae_scale_factor

    def encode(self, request: PipelineRequest) -> dict[str, Any]:
        """What the later stages need of the text, on the CPU.

        Returns:
            ``answers``: one entry for each call of ``encode_prompt``; ``padding``: on which side the tokenizers padded,
            which some pipelines set while they encode and ask again afterwards.
        """
        answers: list[Any] = []
        if not hasattr(self.pipeline_kind(self.profile, len(request.pictures) > 0), "encode_prompt"):
            return {"answers": answers, "padding": {}}
        with self._stage("encode", request) as pipe:
            with _refusals(self.profile, type(pipe)), recording(pipe, answers):
                pipe(**self._arguments(pipe, request), generator=self._generator(request), output_type="latent")
            sides = {part: side for part in _TOKENIZERS if (side := _padding(pipe, part))}
        return {"answers": answers, "padding": sides}

    def colours(self) -> list[list[float]]:
        """The matrix of `colours.probe`, once for each loaded model; the VAE is loaded for it and let go again."""
        if self._colours is None:
            with self._stage("decode", None) as pipe:
                self._colours = colours.probe(pipe.vae, self.profile.latent_channels, self.device)
        return self._colours

    def denoise(
        self,
        request: PipelineRequest,
        record: dict[str, Any],
        noise: Tensor | None,
        state: PipelineState | None,
        on_step: Callable[[Watch], None],
    ) -> PipelineState:
        """All steps that are left. What `on_step` raises after a step ends the work there.

        Args:
            record: from `encode`.
            noise: C×T'×h×w; None: the pipeline draws its own by the request's seed.
            state: where to go on; None: at the beginning.
            on_step: gets the watch after every step; its ``state()`` is what this method takes as `state`.
        """
        job = PipelineJob(request, record, noise, state)
        with self._stage("denoise", request) as pipe:
            watch = Watch(self._generator(request), state, self.device, on_step)
            with asking(pipe, watch.denoiser):
                return self._denoised(pipe, job, watch)

    def denoise_together(
        self, jobs: Sequence[PipelineJob], batch: int, on_step: Callable[[Sequence[Watch]], None]
    ) -> tuple[list[PipelineState], int]:
        """Denoise several videos at once, all with pictures or all without; see `denoise`.

        Args:
            batch: most videos that one call of the denoiser takes.
            on_step: gets the watches, one for each job, whenever all of them are at the end of a step.

        Returns:
            The states, and how many videos shared a call at most.
        """
        with self._stage("denoise", jobs[0].request) as pipe:
            lockstep = Lockstep(batch, lambda: on_step(watches))
            watches = [
                Watch(self._generator(job.request), job.state, self.device, lambda watch: lockstep.end_of_step())
                for job in jobs
            ]

            def answer(original: Callable[..., Any], args: Any, kwargs: Any) -> Any:
                def joined(*args: Any, **kwargs: Any) -> Any:
                    return lockstep.ask(original, args, kwargs)

                return watches[lockstep.running].denoiser(joined, args, kwargs)

            with asking(pipe, answer):
                works = [partial(self._denoised, _own(pipe), *one) for one in zip(jobs, watches, strict=True)]
                return lockstep.run(works), lockstep.largest

    def _denoised(self, pipe: Any, job: PipelineJob, watch: Watch) -> PipelineState:
        quirks = _options(self.profile).quirks(len(job.request.pictures) > 0)
        noise = None if quirks.own_noise else job.noise
        with (
            _refusals(self.profile, type(pipe), watch),
            following(pipe, watch),
            _answering(pipe, job.record, self.device),
            drawing(pipe, noise, quirks.noise_layout),
        ):
            pipe(**self._arguments(pipe, job.request), generator=watch.generator, output_type="latent")
            return watch.state()

    def decode(
        self, request: PipelineRequest, record: dict[str, Any], state: PipelineState
    ) -> tuple[Tensor, Tensor | None, int]:
        """Frames (uint8, T×H×W×3), sound (float32, channels×samples, or None) and its rate in Hz (0 without sound).

        Args:
            record: from `encode`, or its `nested.outline`.
            state: after the last step.
        """
        with self._stage("decode", request) as pipe:
            try:
                return self._decode(pipe, request, record, state)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error) or getattr(pipe.vae, "use_tiling", True):
                    raise
            # Outside of the handler, whose traceback keeps tensors alive. The steps are not lost.
            release_memory()
            pipe.vae.enable_tiling()
            _log.warning("the decoder ran out of memory: it decodes in tiles, which may differ slightly at their edges")
            return self._decode(pipe, request, record, state)

    def latents(self, sample: Tensor, num_frames: int) -> Tensor | None:
        """A sample of the pipeline as C×T'×h×w, float32; None where it has no such form."""
        layout = _options(self.profile).quirks().noise_layout
        return as_latents(sample, layout, self.latent_shape(num_frames, *self.profile.drawn_size))

    def held(self, stage: Stage) -> AbstractContextManager[Any]:
        """The pipeline with the parts that `stage` of a video without pictures runs, to look at."""
        return self._stage(stage, None)

    def release(self) -> None:
        """Let go of the networks of the stage that is in memory."""
        self._held, self._hooks = None, []
        release_memory()

    @contextmanager
    def _stage(self, stage: Stage, request: PipelineRequest | None) -> Iterator[Any]:
        """The pipeline with the parts of `stage`, for one call at a time; those of another stage are let go first."""
        import torch

        with_pictures = request is not None and len(request.pictures) > 0
        with _ONE_CALL, torch.inference_mode():
            if self._held is None or self._held[:2] != (stage, with_pictures):
                self.release()
                self._held = stage, with_pictures, self._loaded(stage, with_pictures)
            try:
                yield self._held[2]
            finally:
                for hook in self._hooks:
                    hook.offload()

    def _decode(
        self, pipe: Any, request: PipelineRequest, record: dict[str, Any], state: PipelineState
    ) -> tuple[Tensor, Tensor | None, int]:
        generator = self._generator(request)
        watch = Watch(generator, state, self.device, only_replay=True)
        with (
            _refusals(self.profile, type(pipe), watch),
            watching(pipe, watch),
            _answering(pipe, record, self.device),
        ):
            made = pipe(**self._arguments(pipe, request), generator=generator, output_type="pt")
        return _frames(made.frames), *_sound(pipe, made)

    def _loaded(self, stage: Stage, with_pictures: bool) -> Any:
        kind = self.pipeline_kind(self.profile, with_pictures)
        pipe = load_pipeline(
            self.profile, stage, kind, with_pictures=with_pictures, device=self.device, dtype=self.dtype
        )
        needed = needed_parts(stage, _options(self.profile).quirks(with_pictures), with_pictures)
        self._hooks = prepare(pipe, self.profile, needed, self.device, self.dtype)
        return pipe

    def _class(self, request: PipelineRequest) -> str:
        return _options(self.profile).pipeline_class(len(request.pictures) > 0)

    def _generator(self, request: PipelineRequest) -> torch.Generator:
        import torch

        quirks = _options(self.profile).quirks(len(request.pictures) > 0)
        where = self.device if quirks.generator == "device" else "cpu"
        return torch.Generator(where).manual_seed(request.seed % 2**63)

    def _arguments(self, pipe: Any, request: PipelineRequest) -> dict[str, Any]:
        """Arguments of ``pipe.__call__`` for this video: those that it accepts."""
        options = _options(self.profile)
        quirks = options.quirks(len(request.pictures) > 0)
        accepted = _accepted(type(pipe))
        call: dict[str, Any] = {
            "prompt": request.prompt,
            "negative_prompt": request.negative_prompt or None,
            "height": request.height,
            "width": request.width,
            quirks.frames_argument: request.frames,
            "num_inference_steps": request.steps,
            "guidance_scale": request.guidance,
            "frame_rate": self.profile.fps,
            "max_sequence_length": self.profile.max_tokens,
        }
        given = {name: value for name, value in call.items() if name in accepted and value is not None}
        return given | self._pictures(request, accepted) | options.call

    def _pictures(self, request: PipelineRequest, accepted: Mapping[str, Any]) -> dict[str, Any]:
        """Reference pictures as the first and the last frame, or all of them in order as a video.

        Raises:
            ModelError: the model takes no pictures, or fewer.
        """
        if not len(request.pictures):
            return {}
        from PIL import Image

        quirks = _options(self.profile).quirks(True)
        pictures = [Image.fromarray(one.numpy()) for one in request.pictures]
        if quirks.video is not None and quirks.video in accepted:
            return {quirks.video: pictures}
        names = [name for name in (quirks.image, quirks.last_image) if name is not None and name in accepted]
        if len(pictures) > len(names):
            raise ModelError(
                f"{self._class(request)} takes {len(names)} reference pictures, but the request has {len(pictures)}",
                remedy="leave pictures out, or choose another profile: `videogen models list` says which take pictures",
            )
        return {name: picture for name, picture in zip(names, pictures, strict=False)}


def _own(pipe: Any) -> Any:
    """The same networks in a pipeline of its own, which keeps what one call writes down: guidance, step, progress."""
    own = copy.copy(pipe)
    if getattr(pipe, "guider", None) is not None:
        own.guider = copy.deepcopy(pipe.guider)
    return own


def _padding(pipe: Any, part: str) -> str | None:
    return getattr(getattr(pipe, part, None), "padding_side", None)


def _answering(pipe: Any, record: dict[str, Any], device: torch.device) -> AbstractContextManager[None]:
    for part, side in record["padding"].items():
        getattr(pipe, part).padding_side = side
    return answering(pipe, record["answers"], device)


def _options(profile: ModelProfile) -> DiffusersOptions:
    if profile.diffusers is None:
        raise ModelError(f"profile {profile.name!r} has no section 'diffusers'")
    return profile.diffusers


def _accepted(kind: type) -> Mapping[str, Any]:
    return inspect.signature(kind.__call__).parameters


@contextmanager
def _refusals(profile: ModelProfile, kind: type, watch: Watch | None = None) -> Iterator[None]:
    """Say of what a pipeline refuses that it comes from the profile; what a listener raised goes on as it is."""
    try:
        yield
    except (TypeError, ValueError, AttributeError, LookupError, RuntimeError) as error:
        if (watch is not None and error is watch.raised) or not _is_a_refusal(error):
            raise
        told = str(error).strip().splitlines()[:1] or [type(error).__name__]
        raise ModelError(
            f"{kind.__name__} cannot work with what profile {profile.name!r} gives it: {told[0]}",
            remedy="compare diffusers.call, scheduler, scheduler_options, max_tokens and the size of the profile with "
            "the example of the model's makers",
        ) from error


def _is_a_refusal(error: Exception) -> bool:
    """Of torch's own errors only those about sizes that do not fit together come from a profile."""
    text = str(error)
    return not isinstance(error, RuntimeError) or ("shape" in text or "size of tensor" in text)


def _frames(made: Any) -> Tensor:
    """What a pipeline returned as ``frames`` to uint8 T×H×W×3; 1×T×3×H×W, values 0 … 1."""
    import torch

    video = made[0]
    if isinstance(video, list):
        video = torch.stack([torch.as_tensor(frame) for frame in video])
    if not bool(torch.isfinite(video).all()):
        raise ModelError(
            "the decoder gave values that are not numbers: its precision overflows",
            remedy="set `dtype: {vae: fp32}` in the profile's diffusers section",
            stage="decoded_frames",
        )
    return (video.float() * 255.0).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).cpu().contiguous()  # type: ignore[no-any-return]


def _sound(pipe: Any, made: Any) -> tuple[Tensor | None, int]:
    """(channels×samples, rate in Hz) where the pipeline makes sound."""
    import torch

    audio = getattr(made, "audio", None)
    if audio is None:
        return None, 0
    samples = torch.as_tensor(audio)[0].float().cpu()
    rate = getattr(pipe, "audio_sample_rate", None) or pipe.vocoder.config.output_sampling_rate
    return samples.reshape(-1, samples.shape[-1]), int(rate)
