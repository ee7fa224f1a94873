"""What a video is sampled with: the configuration's numbers, or the profile's where it leaves them open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from videogen.errors import InputError

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.models.loading import LoadedModel


class Sampling:
    """Base of the synthesizers: one model and one configuration."""

    def __init__(self, model: LoadedModel, config: VideoGenConfig) -> None:
        self.model = model
        self.config = config
        self.profile = model.profile

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
