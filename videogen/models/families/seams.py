"""The seams at which any diffusers video pipeline is cut, so that its own ``__call__`` runs stage by stage.

    encode_prompt       recorded once, answered from the record afterwards: no text encoder is needed any more
    scheduler.step      its results are the state; while steps are replayed it answers from the state
    the denoiser        while steps are replayed it answers zeros of the recorded form and does not run
    progress_bar        the end of a step: progress, preemption, checkpoints
    set_timesteps       called again: the next chunk of a long video

(The fifth, the draw of the noise, is `noise_seam`.) A pipeline that is run again with a state of k steps replays these
k steps without computing anything and goes on with step k + 1, bit for bit; with a state of all steps, what is left of
``__call__`` is the decoding.
"""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from videogen.errors import ModelError
from videogen.models.families.index import DENOISERS
from videogen.models.families.nested import build, describe, map_tensors, onto, to_cpu
from videogen.models.pipeline_state import PipelineState

if TYPE_CHECKING:
    import torch
    from torch import Tensor

# Multistep history and the position in the plan; everything else in a scheduler follows from its config.
REMEMBERED = frozenset({
    "model_outputs", "timestep_list", "lower_order_nums", "last_sample", "this_order", "sample", "prev_derivative",
    "dt", "ets", "counter", "cur_sample", "cur_model_output", "derivatives", "_step_index", "_begin_index",
    "prev_sample", "_is_first",
})  # fmt: skip


class Watch:
    """Follows one call of a pipeline: replays the steps of `state`, records the others.

    Args:
        generator: the pipeline's own; its state belongs to the video's.
        state: where the video stands; None: at its beginning.
        on_step: called after each computed step with the watch; what it raises ends the pipeline there.
        device: where the denoiser's answers are expected.
        only_replay: the state must be that after the last step; the denoiser has no weights.
    """

    def __init__(
        self,
        generator: torch.Generator,
        state: PipelineState | None,
        device: torch.device,
        on_step: Callable[[Watch], None] = lambda watch: None,
        *,
        only_replay: bool = False,
    ) -> None:
        self.before = state or PipelineState()
        self.done = 0
        self.total = self.before.total
        self.raised: BaseException | None = None
        """What `on_step` raised: no fault of the pipeline."""
        self.generator, self._device, self._on_step, self._only_replay = generator, device, on_step, only_replay
        self._lanes: list[Any] = []
        self._results: list[Any] = []
        self._calls = list(self.before.calls)
        self._kept = dict(self.before.kept)
        self._call = 0
        self._asked: tuple[Any, dict[str, Any], Any] | None = None

    @property
    def replaying(self) -> bool:
        return self.done < self.before.step

    def denoiser(self, original: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """One call of the denoiser."""
        if self.replaying:
            answer = build(self.before.calls[self.done][self._call], self._device)
            self._call += 1
            return answer
        if self._only_replay:
            raise ModelError(
                f"the stored state of step {self.before.step} is not the end of the denoising",
                remedy="make the video again from video_latents",
                stage="decoded_frames",
            )
        answer = original(*args, **kwargs)
        while len(self._calls) <= self.done:
            self._calls.append([])
        self._calls[self.done].append(describe(answer))
        return answer

    def step(self, scheduler: Any, original: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """One call of ``scheduler.step``; copies of the scheduler are lanes of their own."""
        lane = self._lane(scheduler)
        if self.replaying:
            answer = self.before.kept.get(self.done, self.before.results)[lane]
            self._results[lane] = onto(answer, self._device)
            if self.done == self.before.step - 1:
                self._remind(scheduler, self.before.memory[lane])
            return self._results[lane]
        result = original(*args, **kwargs)
        if lane == 0:
            asked = inspect.signature(type(scheduler).step).bind(scheduler, *args, **kwargs).arguments
            self._asked = scheduler, asked, result
        self._results[lane] = result
        return result

    def end_of_step(self) -> None:
        """``progress_bar.update``."""
        is_last = self.done == self.before.step - 1
        is_replayed = self.replaying
        self.done += 1
        self._call = 0
        if not is_replayed:
            self._require_numbers()
            try:
                self._on_step(self)
            except BaseException as error:
                self.raised = error
                raise
        elif is_last and self.before.rng is not None:
            self.generator.set_state(self.before.rng)

    def new_section(self) -> None:
        """``set_timesteps``: a video made in chunks starts its next one, which reads what the last one gave."""
        if self.done and self.done >= self.before.step:
            self._kept[self.done - 1] = [to_cpu(result) for result in self._results]

    def expect(self, steps: int | None) -> None:
        """``progress_bar(total=…)``: `steps` more are announced."""
        self.total = max(self.total, self.done + (steps or 0))

    def state(self) -> PipelineState:
        """The state after the last finished step, on the CPU."""
        return PipelineState(
            step=self.done,
            results=[to_cpu(result) for result in self._results],
            memory=[
                {name: to_cpu(value) for name, value in vars(lane).items() if name in REMEMBERED}
                for lane in self._lanes
            ],
            calls=copy.deepcopy(self._calls),
            rng=self.generator.get_state(),
            kept=dict(self._kept),
            total=max(self.total, self.done),
        )

    def sample(self) -> Tensor:
        """The sample of the first lane after the last step, in the pipeline's own layout."""
        return first_sample(self._results[0])

    def timesteps(self) -> list[float]:
        """Those of the first lane."""
        return [float(timestep) for timestep in self._lanes[0].timesteps]

    def in_mind(self) -> Tensor:
        """The clean video that the last answer of the denoiser amounts to, in the pipeline's own layout.

        For flow matching x0 = x − σ·v; schedulers that give their own estimate are believed; else the noisy sample.
        """
        if self._asked is None:
            return self.sample()
        scheduler, asked, result = self._asked
        noisy = first_sample(result)
        guess = result[1] if isinstance(result, tuple) and len(result) > 1 else None
        if guess is not None and getattr(guess, "shape", None) == noisy.shape:
            return guess  # type: ignore[no-any-return]
        index = getattr(scheduler, "step_index", None)
        output, sample = asked.get("model_output"), asked.get("sample")
        is_flow = "Flow" in type(scheduler).__name__ or bool(scheduler.config.get("use_flow_sigmas", False))
        if not is_flow or not index or output is None or sample is None or output.shape != sample.shape:
            return noisy
        sigma = scheduler.sigmas[index - 1].to(sample.device)
        return sample.float() - sigma * output.float()  # type: ignore[no-any-return]

    def _require_numbers(self) -> None:
        """Refuse a sample with NaN: no later step removes it, so the remaining steps would be wasted."""
        import torch

        for result in self._results:
            if not bool(torch.isfinite(first_sample(result)).all()):
                raise ModelError(
                    f"the denoiser gave values that are not numbers (NaN or infinity) in step {self.done}",
                    remedy="the precision overflows: set model.precision to bf16 or fp32, or dtype of that part "
                    "in the profile; check the LoRAs and the quantisation of the profile",
                    stage="video_latents",
                )

    def _remind(self, scheduler: Any, memory: dict[str, Any]) -> None:
        """Give a scheduler back what it remembered: samples to the denoiser's device, timesteps to their own."""
        where = scheduler.timesteps.device

        def back(tensor: Tensor) -> Tensor:
            return tensor.to(self._device if tensor.ndim > 1 else where, copy=True)

        for name, value in memory.items():
            setattr(scheduler, name, map_tensors(copy.deepcopy(value), back))

    def _lane(self, scheduler: Any) -> int:
        for number, known in enumerate(self._lanes):
            if known is scheduler:
                return number
        self._lanes.append(scheduler)
        self._results.append(None)
        return len(self._lanes) - 1


def first_sample(result: Any) -> Tensor:
    """The sample in what ``scheduler.step`` returned: a tuple, or an output with ``prev_sample`` first."""
    return next(iter(result.values())) if isinstance(result, dict) else result[0]  # type: ignore[no-any-return]


class _Bar:
    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *problem: object) -> None:
        pass

    def update(self, count: int = 1) -> None:
        self._watch.end_of_step()


@contextmanager
def watching(pipe: Any, watch: Watch) -> Iterator[None]:
    """Let `watch` follow every call of `pipe` in the block; nothing of it is left behind."""
    with following(pipe, watch), asking(pipe, watch.denoiser):
        yield


@contextmanager
def following(pipe: Any, watch: Watch) -> Iterator[None]:
    """Let `watch` follow the steps of `pipe` in the block, but not what its denoisers are asked."""
    own = pipe.scheduler
    pipe.scheduler = _watched(own, watch)

    def progress_bar(iterable: Any = None, total: int | None = None) -> _Bar:
        watch.expect(total)
        return _Bar(watch)

    pipe.progress_bar = progress_bar
    try:
        yield
    finally:
        pipe.scheduler = own
        del pipe.progress_bar


@contextmanager
def asking(pipe: Any, answer: Callable[[Callable[..., Any], Any, Any], Any]) -> Iterator[None]:
    """Answer each call of a denoiser of `pipe` with ``answer(its forward, args, kwargs)`` in the block."""
    wrapped = [_wrap(module, answer) for name in DENOISERS if (module := getattr(pipe, name, None)) is not None]
    try:
        yield
    finally:
        for undo in wrapped:
            undo()
        # Moves networks away and empties step caches; `__call__` itself does so only where it ends well.
        pipe.maybe_free_model_hooks()


@contextmanager
def answering(pipe: Any, answers: list[Any], device: torch.device) -> Iterator[None]:
    """Answer `encode_prompt` with what `recording` has heard."""
    if not hasattr(pipe, "encode_prompt"):
        yield
        return
    left = iter(answers)

    @functools.wraps(pipe.encode_prompt)
    def encode_prompt(*args: Any, **kwargs: Any) -> Any:
        return onto(next(left), device)

    pipe.encode_prompt = encode_prompt
    try:
        yield
    finally:
        del pipe.encode_prompt


class _TextIsEncoded(Exception):  # noqa: N818  # it ends the pipeline where it should end
    pass


@contextmanager
def recording(pipe: Any, record: list[Any]) -> Iterator[None]:
    """Put what `encode_prompt` answers into `record`, and end the pipeline when it turns to anything else."""
    if not hasattr(pipe, "encode_prompt"):
        yield
        return
    undo: list[Callable[[], None]] = []
    original, own = pipe.encode_prompt, pipe.scheduler

    @functools.wraps(original)
    def encode_prompt(*args: Any, **kwargs: Any) -> Any:
        answer = original(*args, **kwargs)
        record.append(to_cpu(answer))
        return answer

    pipe.encode_prompt = encode_prompt
    pipe.scheduler = copy.deepcopy(own)
    undo.append(functools.partial(delattr, pipe, "encode_prompt"))
    traps = ((pipe.scheduler, "set_timesteps"), (pipe, "prepare_latents"), (pipe, "encode_image"))
    more = ((getattr(pipe, "vae", None), "encode"), (getattr(pipe, "connectors", None), "forward"))
    undo += [_trap(owner, name, record) for owner, name in (*traps, *more) if hasattr(owner, name)]
    try:
        yield
    except _TextIsEncoded:
        pass
    finally:
        for step in undo:
            step()
        pipe.scheduler = own
        pipe.maybe_free_model_hooks()


def _trap(owner: Any, name: str, record: list[Any]) -> Callable[[], None]:
    original, before = getattr(owner, name), vars(owner).get(name)

    @functools.wraps(original)  # pipelines look at the signature of set_timesteps
    def trap(*args: Any, **kwargs: Any) -> Any:
        if record:
            raise _TextIsEncoded
        return original(*args, **kwargs)

    setattr(owner, name, trap)
    return (lambda: delattr(owner, name)) if before is None else (lambda: setattr(owner, name, before))


def _watched(scheduler: Any, watch: Watch) -> Any:
    """A copy of the scheduler whose steps go through `watch`; copies of it (for the sound) do so, too."""
    base = type(scheduler)

    @functools.wraps(base.step)
    def step(self: Any, *args: Any, **kwargs: Any) -> Any:
        return watch.step(self, functools.partial(base.step, self), args, kwargs)

    @functools.wraps(base.set_timesteps)
    def set_timesteps(self: Any, *args: Any, **kwargs: Any) -> Any:
        watch.new_section()
        return base.set_timesteps(self, *args, **kwargs)

    made = copy.deepcopy(scheduler)
    members = {"step": step, "set_timesteps": set_timesteps, "__module__": base.__module__}
    made.__class__ = type(base.__name__, (base,), members)
    return made


def _wrap(module: Any, answer: Callable[[Callable[..., Any], Any, Any], Any]) -> Callable[[], None]:
    original, before = module.forward, module.__dict__.get("forward")

    @functools.wraps(original)
    def forward(*args: Any, **kwargs: Any) -> Any:
        return answer(original, args, kwargs)

    module.forward = forward

    def undo() -> None:
        if module.__dict__.get("forward") is not forward:
            return  # offloading has put its own back already
        if before is None:
            del module.forward
        else:
            module.forward = before

    return undo
