"""Models that stay loaded in a process of their own and are asked by many others.

`WarmModels` works in that process, `WarmSynthesizer` in a run's. Nothing is remembered between two questions: a
denoising is asked for in slices, each of which begins with the states that the one before ended with. So whoever asks
may stop after each slice, and a process that dies is asked again, of what it had not answered. What comes out is the
same, bit for bit, as from a synthesizer in the run's own process on such a device.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar

from videogen.errors import PreemptedError
from videogen.runtime.progress import Progress, listen, report
from videogen.synthesis.denoising_loop import STAGE
from videogen.synthesis.sampling import Keeper

if TYPE_CHECKING:
    from torch import Tensor

    from videogen.config.config import VideoGenConfig
    from videogen.domain.artifacts import ConditioningEmbeddings, Frames, PromptAsset, ReferenceImages, VideoLatents
    from videogen.models.profile import ModelProfile
    from videogen.preprocessing.start_clip import StartClip

SLICE_SECONDS = 2.0
"""How long others, and alerts, wait at most for a denoising, beside one step of it."""
T = TypeVar("T")
Ask = Callable[..., Any]
"""A question to a `WarmModels`, wherever it is: the name of a method, and its arguments."""


@dataclass(frozen=True)
class Slice:
    """What a slice of denoising came to.

    latents: of all videos; None where some are not finished. states: where each goes on. done, total: steps.
    """

    latents: list[VideoLatents] | None
    states: dict[int, Any]
    done: int
    total: int
    detail: str = ""


@dataclass
class _Asked:
    """A question that waits for the device."""

    key: object
    config: VideoGenConfig
    conditions: Sequence[ConditioningEmbeddings]
    noise: Sequence[Tensor]
    seeds: Sequence[int]
    states: Mapping[int, Any]
    answer: Slice | None = None
    error: Exception | None = None
    taken: bool = field(default=False)


class WarmModels:
    """The models of one device. Several threads may ask at once: one works, and takes with it what waits and fits."""

    def __init__(self) -> None:
        self._device, self._list = threading.Lock(), threading.Lock()
        self._waiting: list[_Asked] = []
        self._asking = 0

    def asking(self) -> int:
        """How many questions are being answered, or wait."""
        return self._asking

    def num_frames(self, config: VideoGenConfig) -> int:
        """As that of the synthesizers."""
        return self._alone(lambda: int(_synthesizer(config).num_frames()))

    def latent_shape(self, config: VideoGenConfig, num_frames: int) -> tuple[int, int, int, int]:
        """As that of the synthesizers."""
        shape: tuple[int, int, int, int] = self._alone(lambda: _synthesizer(config).latent_shape(num_frames))
        return shape

    def condition(
        self, config: VideoGenConfig, prompt: PromptAsset, images: ReferenceImages, start: StartClip | None
    ) -> ConditioningEmbeddings:
        """As that of the synthesizers."""
        made: ConditioningEmbeddings = self._alone(lambda: _synthesizer(config).condition(prompt, images, start))
        return made

    def decode(self, config: VideoGenConfig, latents: VideoLatents) -> Frames:
        """As that of the synthesizers."""
        frames: Frames = self._alone(lambda: _synthesizer(config).decode(latents))
        return frames

    def denoise(
        self,
        key: object,
        config: VideoGenConfig,
        conditions: Sequence[ConditioningEmbeddings],
        noise: Sequence[Tensor],
        seeds: Sequence[int],
        states: Mapping[int, Any],
    ) -> Slice:
        """Some steps of a denoising, together with those of others that wait with the same key.

        Args:
            key: questions with equal keys may be answered together; their configurations draw alike.
            config, conditions, noise, seeds: as for `LatentSynthesizer.generate_latents`.
            states: where each video goes on.
        """
        mine = _Asked(key, config, conditions, noise, seeds, states)
        with self._list:
            self._waiting.append(mine)
        self._alone(lambda: None if mine.taken else self._work_for(mine))
        if mine.error is not None:
            raise mine.error
        assert mine.answer is not None
        return mine.answer

    def _alone(self, work: Callable[[], T]) -> T:
        with self._list:
            self._asking += 1
        try:
            with self._device:
                return work()
        finally:
            with self._list:
                self._asking -= 1

    def _work_for(self, mine: _Asked) -> None:
        with self._list:
            group = [one for one in self._waiting if one.key == mine.key]
            self._waiting = [one for one in self._waiting if one.key != mine.key]
        for one in group:
            one.taken = True
        try:
            _answer(group)
        except Exception as error:
            for one in group:
                if len(group) == 1:
                    one.error = error
                    continue
                # What fails beside others may come through alone, and must not take them along.
                try:
                    _answer([one])
                except Exception as own:
                    one.error = own


def _answer(group: Sequence[_Asked]) -> None:
    """One slice of all these videos together."""
    conditions = [condition for one in group for condition in one.conditions]
    starts = [sum(len(one.conditions) for one in group[:index]) for index in range(len(group))]
    states = {start + index: state for start, one in zip(starts, group, strict=True)
              for index, state in one.states.items()}  # fmt: skip
    synthesizer = _synthesizer(group[0].config)
    # A pipeline that cannot be stopped without loss is asked for all of it.
    clock = _Clock(SLICE_SECONDS if getattr(synthesizer, "is_resumable", True) else inf)
    latents: list[VideoLatents] | None = None
    with listen(clock), suppress(PreemptedError):
        latents = synthesizer.generate_latents(
            conditions,
            [item for one in group for item in one.noise],
            [seed for one in group for seed in one.seeds],
            states=states,
        )
    for start, one in zip(starts, group, strict=True):
        mine = range(start, start + len(one.conditions))
        one.answer = Slice(
            latents=None if latents is None else [latents[index] for index in mine],
            states={} if latents else {index - start: states[index] for index in mine if index in states},
            done=clock.done,
            total=clock.total,
            detail=clock.detail,
        )


class _Clock:
    """Listens to a denoising, and ends it behind the step in which the slice is over."""

    def __init__(self, seconds: float) -> None:
        self.done, self.total, self.detail = 0, 0, ""
        self._ends = time.monotonic() + seconds

    def __call__(self, progress: Progress) -> None:
        if progress.stage != STAGE:
            return
        begun = self.total > 0
        self.done, self.total, self.detail = progress.done, progress.total, progress.detail
        if begun and progress.done < progress.total and time.monotonic() > self._ends:
            raise PreemptedError("the slice is over", stage=STAGE)


def _synthesizer(config: VideoGenConfig) -> Any:
    from videogen.models.loading import load_model
    from videogen.models.profile import profile_of
    from videogen.runtime.device import choose_device, choose_dtype
    from videogen.synthesis.synthesizers import synthesizer_for

    profile = profile_of(config)
    device = choose_device(config.model.device)
    dtype = choose_dtype(config.model.precision, device, profile.precision)
    return synthesizer_for(load_model(profile, device, dtype), config)


class WarmSynthesizer:
    """As `LatentSynthesizer`, with the weights elsewhere.

    Args:
        config: of the videos.
        profile: that of `config`.
        revision: of its weights.
        key: what makes two denoisings of equal length alike enough to be done together.
        ask: asks the process that has the weights.
    """

    def __init__(self, config: VideoGenConfig, profile: ModelProfile, revision: str, key: object, ask: Ask) -> None:
        self.config, self.profile, self.revision = config, profile, revision
        self._key, self._ask = key, ask

    @property
    def model(self) -> WarmSynthesizer:
        """What is known of the model here: its revision."""
        return self

    def num_frames(self) -> int:
        """As that of `LatentSynthesizer`."""
        return int(self._ask("num_frames", self.config))

    def latent_shape(self, num_frames: int) -> tuple[int, int, int, int]:
        """As that of `LatentSynthesizer`."""
        shape: tuple[int, int, int, int] = self._ask("latent_shape", self.config, num_frames)
        return shape

    def condition(
        self, prompt: PromptAsset, images: ReferenceImages, start: StartClip | None = None
    ) -> ConditioningEmbeddings:
        """As that of `LatentSynthesizer`."""
        made: ConditioningEmbeddings = self._ask("condition", self.config, prompt, images, start)
        return made

    def generate_latents(
        self,
        conditions: Sequence[ConditioningEmbeddings],
        noise: Sequence[Tensor],
        seeds: Sequence[int],
        *,
        states: MutableMapping[int, Any] | None = None,
        keep: Callable[[Mapping[int, Any]], None] | None = None,
    ) -> list[VideoLatents]:
        """As that of `LatentSynthesizer`; progress is reported, and may be stopped, after each slice."""
        key = (self._key, tuple(noise[0].shape))
        begun, keeper = time.perf_counter(), Keeper(keep)
        now = {} if states is None else states
        while True:
            made: Slice = self._ask("denoise", key, self.config, conditions, noise, seeds, dict(now))
            now.update(made.states)
            report(STAGE, made.done, made.total, made.detail)
            if made.latents is not None:
                waited = time.perf_counter() - begun
                return [replace(one, timings={**one.timings, "waited": waited}) for one in made.latents]
            keeper.offer(lambda: now)

    def decode(self, latents: VideoLatents) -> Frames:
        """As that of `LatentSynthesizer`."""
        frames: Frames = self._ask("decode", self.config, latents)
        return frames
