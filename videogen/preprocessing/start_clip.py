"""The clip or picture that a video is made from: frames at the model's own size and rate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.preprocessing.image.framing import crop_box, letterbox
from videogen.preprocessing.images import ImagePreprocessor
from videogen.storage.inputs.clip_file import is_picture

if TYPE_CHECKING:
    import torch
    from PIL import Image

    from videogen.config.config import VideoGenConfig
    from videogen.media.reading import VideoInfo
    from videogen.models.profile import ModelProfile


@dataclass(frozen=True)
class StartClip:
    """pixels: uint8, T×H×W×3, sRGB, at the profile's size and rate. facts: of the file; warnings: for people."""

    pixels: torch.Tensor
    facts: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def start_clip(path: Path, config: VideoGenConfig, profile: ModelProfile, count: int) -> StartClip:
    """Read a file as `count` frames of the model: a video from its beginning, a picture held for the whole time.

    Frames are taken at the model's rate, so that what moves keeps its speed; where the video is over before the count
    is, its last frame stays. A picture goes through the steps of the reference images.

    Raises:
        InputError: the picture cannot be used. MediaError: the video cannot be read.
    """
    if is_picture(path):
        still = ImagePreprocessor(config, size=profile.size).process([path])
        pixels = still.pixels.expand(count, -1, -1, -1)
        return StartClip(pixels, {"kind": "picture", **still.sources[0]}, tuple(still.warnings))
    return _of_video(path, config.preprocessing.fit == "letterbox", profile, count)


def frame_numbers(count: int, fps: float, info: VideoInfo) -> list[int]:
    """Which frame of a video is seen at each of `count` moments that are 1/fps apart; the last one stays."""
    return [min(int(index * info.fps / fps + 0.5), info.num_frames - 1) for index in range(count)]


def _of_video(path: Path, whole: bool, profile: ModelProfile, count: int) -> StartClip:
    import numpy as np
    import torch

    from videogen.media.reading import probe

    info = probe(path)
    numbers = frame_numbers(count, profile.fps, info)
    pixels = np.zeros((count, profile.height, profile.width, 3), np.uint8)
    for number, picture in _fitted(path, set(numbers), info, profile.size, whole):
        pixels[[place for place, wanted in enumerate(numbers) if wanted == number]] = picture
    seconds = count / profile.fps
    warnings = list(info.peculiarities)
    if info.duration + 0.5 / profile.fps < seconds:
        warnings.append(f"the clip lasts {info.duration:.2f} s of {seconds:.2f} s: its last frame stays until the end")
    facts = {
        "kind": "video",
        "width": info.width,
        "height": info.height,
        "fps": info.fps,
        "seconds": round(info.duration, 3),
        "frames_taken": len(set(numbers)),
    }
    return StartClip(torch.from_numpy(pixels), facts, tuple(warnings))


def _fitted(
    path: Path, wanted: set[int], info: VideoInfo, size: tuple[int, int], whole: bool
) -> Iterator[tuple[int, Any]]:
    """(number, picture) of the wanted frames at `size`, one window of the video in memory at a time.

    The first frame decides what is cropped, for a window that moved from frame to frame would be seen as motion.
    """
    import numpy as np
    from PIL import Image

    from videogen.media.reading import iterate_frames

    box: tuple[int, int, int, int] | None = None
    number = 0
    for window in iterate_frames(path, 8):
        for frame in window:
            if number in wanted:
                image = _with_square_pixels(Image.fromarray(frame), info)
                if whole:
                    yield number, np.asarray(letterbox(image, size))
                else:
                    box = box or crop_box(image, size)
                    yield number, np.asarray(image.resize(size, Image.Resampling.LANCZOS, box))
            number += 1
        if number > max(wanted):
            return


def _with_square_pixels(image: Image.Image, info: VideoInfo) -> Image.Image:
    if info.pixel_aspect == 1:
        return image
    return image.resize((max(1, round(image.width * info.pixel_aspect)), image.height))
