"""What a video is sampled with: the configuration's numbers, or the profile's where it leaves them open."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from videogen.config.config import VideoGenConfig
from videogen.config.parts import part
from videogen.errors import InputError
from videogen.models.loading import load_model
from videogen.models.profile import profile_of
from videogen.runtime.device import choose_device, choose_dtype

if TYPE_CHECKING:
    from videogen.models.loading import LoadedModel


LARGEST_BATCH = {"cpu": 1, "cuda": 32, "mps": 8}
"""Batch size beyond which a larger batch is not faster, by kind of device."""
CHECKPOINT_SECONDS = 120.0
"""Time between two checkpoints of a running denoising: what a crash costs at most."""


def sampling_key(config: VideoGenConfig) -> str:
    """Videos with equal keys may be denoised together: nothing that `LatentSynthesizer` reads differs."""
    return config.model_dump_json(include={"model", "synthesis", "noise"}, exclude={"model": {"negative_prompt"}})


class Keeper:
    """Saves states now and then while videos are denoised, so that a crash does not lose them.

    Args:
        save: stores states by index of the video; None: nothing is saved.
    """

    def __init__(self, save: Callable[[Mapping[int, Any]], None] | None) -> None:
        self._save = save
        self._saved_at = time.monotonic()

    def offer(self, states: Callable[[], Mapping[int, Any]]) -> None:
        """Save what `states` returns, if it is time; it is only called then."""
        if self._save is None or time.monotonic() - self._saved_at < CHECKPOINT_SECONDS:
            return
        self._save(states())
        self._saved_at = time.monotonic()


class Sampling:
    """Base of the synthesizers: one model and one configuration.

    Args:
        config: None: the defaults.
        model: None: that of the configured profile, loaded when it is first needed.
    """

    def __init__(self, config: VideoGenConfig | None = None, model: LoadedModel | None = None) -> None:
        self.config = part(config, VideoGenConfig)
        self.profile = profile_of(self.config) if model is None else model.profile
        self._model = model

    @property
    def model(self) -> LoadedModel:
        """The model in memory.

        Raises:
            ModelError: weights are missing or do not fit.
        """
        if self._model is None:
            device = choose_device(self.config.model.device)
            dtype = choose_dtype(self.config.model.precision, device, self.profile.precision)
            self._model = load_model(self.profile, device, dtype)
        return self._model

    @property
    def steps(self) -> int:
        return self.config.model.num_inference_steps or self.profile.steps

    @property
    def guidance_scale(self) -> float:
        chosen = self.config.model.guidance_scale
        return self.profile.guidance_scale if chosen is None else chosen

    @property
    def guidance_rescale(self) -> float:
        chosen = self.config.model.guidance_rescale
        return self.profile.guidance_rescale if chosen is None else chosen

    @property
    def guidance_interval(self) -> tuple[float, float]:
        return self.config.synthesis.guidance_interval or self.profile.guidance_interval

    def num_frames(self) -> int:
        """Frames at the profile's native rate: ``model.num_frames``, or what ``processing.duration`` needs.

        The number is rounded up to one that the model can make.

        Raises:
            InputError: the model makes no clip of that length.
        """
        wanted = self.profile.frames_for(self.config.model.num_frames, self.config.processing.duration)
        count: int = self.model.family.valid_num_frames(wanted)
        longest = self.profile.longest
        if longest is not None and count > longest:
            raise InputError(
                f"{self.profile.name} makes clips of at most {longest} frames ({longest / self.profile.fps:.2f} s at "
                f"{self.profile.fps:g} per second), but the request needs {count}",
                remedy=f"ask for a duration of at most {longest / self.profile.fps:.2f} s, or choose another profile",
            )
        return count

    def latent_shape(self, num_frames: int) -> tuple[int, int, int, int]:
        """(C, T, h, w) of the latents of `num_frames` frames at the size at which the model draws."""
        shape: tuple[int, int, int, int] = self.model.family.latent_shape(num_frames, *self.profile.drawn_size)
        return shape
