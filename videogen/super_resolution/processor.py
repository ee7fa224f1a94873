"""SuperResolutionProcessor: from native frames to frames of the output size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from videogen.errors import ConfigError, MediaError, ModelError, OutOfMemoryError
from videogen.runtime import plugins
from videogen.super_resolution.artifact_removal import cleaned
from videogen.super_resolution.details import DetailEnhancer
from videogen.super_resolution.framing import cover_factor, covered, extended, picture_size, without_margins
from videogen.super_resolution.temporal import TemporalConsistencyEnforcer
from videogen.super_resolution.upscalers import Upscaler

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig

Frame = NDArray[np.uint8]

_TOGETHER = 8
_loaded: dict[tuple[object, ...], Upscaler] = {}


class SuperResolutionProcessor:
    """Enlarges frames, smooths them over time and removes artifacts.

    Args:
        upscaler: what makes pictures larger.
        size: output (width, height).
        temporal: used by `apply_temporal_consistency`.
        details: used by the step that sharpens.
        fit: "crop" or "extend", see `picture_size`.
    """

    def __init__(
        self,
        upscaler: Upscaler,
        size: tuple[int, int],
        *,
        temporal: TemporalConsistencyEnforcer | None = None,
        details: DetailEnhancer | None = None,
        fit: str = "crop",
    ) -> None:
        self.upscaler = upscaler
        self.size = size
        self.temporal = temporal or TemporalConsistencyEnforcer()
        self.details = details or DetailEnhancer()
        self.fit = fit

    def upscale_frame(self, frame: Frame, scale_factor: float) -> Frame:
        """One H×W×3 uint8 frame, `scale_factor` times as high and wide (rounded to whole pixels).

        Raises:
            ConfigError: the factor is not positive.
            ModelError, OutOfMemoryError: the network failed.
        """
        if scale_factor <= 0.0:
            raise ConfigError(f"scale_factor is {scale_factor}", remedy="give a positive factor, e.g. 4")
        target = (max(1, round(frame.shape[1] * scale_factor)), max(1, round(frame.shape[0] * scale_factor)))
        return self._batch(frame[None], target, number=0)[0]

    def process_video(self, frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """All frames, uint8 T×H×W×3, enlarged to the output size: T×height×width×3, in the same order.

        Raises:
            MediaError: there are no frames, or they are no uint8 pictures.
            ModelError, OutOfMemoryError: the network failed; the message names the frame.
        """
        if frames.ndim != 4 or frames.shape[3] != 3 or frames.dtype != np.uint8 or not len(frames):
            raise MediaError(
                f"frames are {frames.dtype} {'×'.join(map(str, frames.shape))}",
                remedy="frames must be uint8, frames × height × width × 3, at least one",
            )
        large = np.empty((len(frames), self.size[1], self.size[0], 3), np.uint8)
        for number, frame in enumerate(self.enlarged(frames)):
            large[number] = frame
        return large

    def enlarged(self, frames: Iterable[Frame], first: int = 0) -> Iterator[Frame]:
        """As `process_video`, one by one: memory does not grow with the length of the video.

        Args:
            first: number of the first frame, for messages.
        """
        source = iter(frames)
        number = first
        while batch := list(islice(source, _TOGETHER)):
            yield from self._batch(np.stack(batch), self.size, number)
            number += len(batch)

    def apply_temporal_consistency(self, frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the frames, uint8 T×H×W×3, with details that do not flicker (see `temporal`)."""
        return np.stack(list(self.temporal.steadied(frames)))

    def remove_artifacts(self, frame: Frame) -> Frame:
        """The H×W×3 uint8 frame without small ripples and blotches (see `artifacts.cleaned`)."""
        return cleaned(frame)

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
    return SuperResolutionProcessor(
        _loaded[key],
        config.processing.resolution,
        temporal=TemporalConsistencyEnforcer(settings.temporal_strength),
        details=DetailEnhancer(settings.detail_strength, config.quality.content_type),
        fit=config.delivery.fit,
    )


def _fingerprint(weights: Path | None) -> tuple[tuple[str, int, int], ...]:
    """Names, sizes and times of the weight files: changed files are loaded again."""
    if weights is None:
        return ()
    files = sorted(weights.iterdir()) if weights.is_dir() else [weights, *weights.parent.glob("*.pth")]
    facts = ((file, file.stat()) for file in files if file.is_file())
    return tuple((str(file), fact.st_size, fact.st_mtime_ns) for file, fact in facts)
