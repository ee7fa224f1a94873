"""SuperResolutionProcessor: from native frames to frames of the output size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from videogen.config.config import VideoGenConfig
from videogen.errors import ConfigError, ModelError, OutOfMemoryError
from videogen.media.frame_input import FrameLike, FramesLike, as_frame, as_frames
from videogen.models.profile import profile_of
from videogen.runtime import plugins
from videogen.runtime.device import choose_device
from videogen.runtime.memory import require_room_for_frames
from videogen.super_resolution.artifact_removal import cleaned
from videogen.super_resolution.details import DetailEnhancer
from videogen.super_resolution.framing import cover_factor, covered, extended, picture_size, without_margins
from videogen.super_resolution.temporal import TemporalConsistencyEnforcer
from videogen.super_resolution.upscalers import Upscaler

Frame = NDArray[np.uint8]

_TOGETHER = 8
_loaded: dict[tuple[object, ...], Upscaler] = {}


class SuperResolutionProcessor:
    """Enlarges frames, smooths them over time and removes artifacts.

    Args:
        upscaler: what makes pictures larger. A configuration: that of its profile and settings; None: the default one.
        size: output (width, height); None: ``processing.resolution``.
        temporal: smooths over time.
        details: sharpens.
        fit: "crop" or "extend", see `picture_size`.
    """

    def __init__(
        self,
        upscaler: Upscaler | VideoGenConfig | None = None,
        size: tuple[int, int] | None = None,
        *,
        temporal: TemporalConsistencyEnforcer | None = None,
        details: DetailEnhancer | None = None,
        fit: str | None = None,
    ) -> None:
        config = upscaler if isinstance(upscaler, VideoGenConfig) else VideoGenConfig()
        if upscaler is None or isinstance(upscaler, VideoGenConfig):
            weights = profile_of(config).upscaler_folder
            self.upscaler = configured_upscaler(config, weights, str(choose_device(config.model.device)))
            fit = fit or config.delivery.fit
        else:
            self.upscaler = upscaler
        self.size = size or config.processing.resolution
        self.temporal = temporal or TemporalConsistencyEnforcer(config)
        self.details = details or DetailEnhancer(config)
        self.fit = fit or "crop"

    def upscale_frame(self, frame: FrameLike, scale_factor: float) -> Frame:
        """One frame as uint8 H×W×3, `scale_factor` times as high and wide (rounded to whole pixels).

        Args:
            frame: see `videogen.media.frame_input`.

        Raises:
            InputError: not a frame, or values that are no colours.
            ConfigError: the factor is not positive.
            ModelError, OutOfMemoryError: the network failed.
        """
        if scale_factor <= 0.0:
            raise ConfigError(f"scale_factor is {scale_factor}", remedy="give a positive factor, e.g. 4")
        frame = as_frame(frame)
        target = (max(1, round(frame.shape[1] * scale_factor)), max(1, round(frame.shape[0] * scale_factor)))
        return self._batch(frame[None], target, number=0)[0]

    def process_video(self, frames: FramesLike, first: int = 0) -> NDArray[np.uint8]:
        """All frames enlarged to the output size: uint8 T×height×width×3, in the same order.

        Args:
            frames: see `videogen.media.frame_input`. first: number of the first frame, for messages.

        Raises:
            InputError: there are no frames, or values that are no colours.
            ModelError, OutOfMemoryError: the network failed; the message names the frame.
        """
        given = as_frames(frames)
        require_room_for_frames(len(given), self.size)
        large = np.empty((len(given), self.size[1], self.size[0], 3), np.uint8)
        for start in range(0, len(given), _TOGETHER):
            part_of_it = given[start : start + _TOGETHER]
            large[start : start + len(part_of_it)] = self._batch(part_of_it, self.size, first + start)
        return large

    def enlarged(self, frames: Iterable[Frame], first: int = 0) -> Iterator[Frame]:
        """As `process_video`, one by one: memory does not grow with the length of the video.

        Args:
            frames: uint8 H×W×3. first: number of the first frame, for messages.
        """
        source = iter(frames)
        number = first
        while batch := list(islice(source, _TOGETHER)):
            yield from self.process_video(batch, number)
            number += len(batch)

    def apply_temporal_consistency(self, frames: FramesLike) -> NDArray[np.uint8]:
        """Return the frames, uint8 T×H×W×3, with details that do not flicker (see `temporal`)."""
        return np.stack(list(self.temporal.steadied(as_frames(frames))))

    def remove_artifacts(self, frame: FrameLike) -> Frame:
        """The frame, uint8 H×W×3, without small ripples and blotches (see `artifact_removal.cleaned`)."""
        return cleaned(as_frame(frame))

    def _batch(self, frames: NDArray[np.uint8], frame_size: tuple[int, int], number: int) -> list[Frame]:
        target = picture_size((frames.shape[2], frames.shape[1]), frame_size, self.fit)
        frames = without_margins(frames, target)
        factor = cover_factor((frames.shape[2], frames.shape[1]), target)
        last = number + len(frames) - 1
        try:
            large = self.upscaler.enlarge(frames, factor) if factor > 1.0 else frames
        except (ModelError, OutOfMemoryError) as error:
            error.problem = f"frames {number} to {last}: {error.problem}"
            raise
        except (RuntimeError, ValueError) as error:
            raise ModelError(
                f"frames {number} to {last} could not be enlarged: {error}",
                remedy="check the weights and the upscaler; no frame was skipped",
            ) from error
        if len(large) != len(frames):
            raise ModelError(
                f"the upscaler made {len(large)} frames of {len(frames)} (frames {number} to {last})",
                remedy="correct the upscaler: it must return as many frames as it gets",
            )
        return [extended(covered(frame, target), frame_size) for frame in large]


def build_processor(config: VideoGenConfig, weights_folder: Path | None, device: str) -> SuperResolutionProcessor:
    """The processor for `config`. Networks are loaded once per process and kept.

    Args:
        weights_folder: folder or official weight file of the profile's upscaler; None where it has none, in
            which case lanczos is the default.
        device: as `videogen.runtime.device.choose_device` takes it.

    Raises:
        ConfigError: no upscaler has that name.
        ModelError: the weights are missing or cannot be used.
    """
    return SuperResolutionProcessor(
        configured_upscaler(config, weights_folder, device),
        config.processing.resolution,
        temporal=TemporalConsistencyEnforcer(config),
        details=DetailEnhancer(config),
        fit=config.delivery.fit,
    )


def configured_upscaler(config: VideoGenConfig, weights_folder: Path | None, device: str) -> Upscaler:
    """The upscaler that `config` names, loaded once per process. Args, errors: those of `build_processor`."""
    settings = config.super_resolution
    name = settings.upscaler or ("lanczos" if weights_folder is None else "realesrgan")
    key = (
        name,
        settings.tile,
        settings.denoise_strength,
        config.model.precision,
        device,
        _fingerprint(weights_folder),
    )
    if key not in _loaded:
        # One set of weights at a time: another one takes the place of this one.
        _loaded.clear()
        _loaded[key] = plugins.resolve(plugins.UPSCALERS, name)(config, weights_folder, device)
    return _loaded[key]


def _fingerprint(weights: Path | None) -> tuple[tuple[str, int, int], ...]:
    """Names, sizes and times of the weight files: changed files are loaded again."""
    if weights is None:
        return ()
    files = sorted(weights.iterdir()) if weights.is_dir() else [weights, *weights.parent.glob("*.pth")]
    facts = ((file, file.stat()) for file in files if file.is_file())
    return tuple((str(file), fact.st_size, fact.st_mtime_ns) for file, fact in facts)
