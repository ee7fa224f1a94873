"""Known faults of videos: how an intact clip is spoiled, one function a kind of fault."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from training.world.render import render_clip, sample_scene

Clip = NDArray[np.uint8]
Random = np.random.Generator

SIZE, FPS = (640, 400), 24


def still(clip: Clip, random: Random) -> Clip:
    """One frame for the whole duration."""
    return np.repeat(clip[random.integers(len(clip))][None], len(clip), axis=0)


def frozen(clip: Clip, random: Random) -> Clip:
    """Motion stops for 40 to 80 % of the duration."""
    length = int(random.uniform(0.4, 0.8) * len(clip))
    start = int(random.integers(len(clip) - length))
    spoiled = clip.copy()
    spoiled[start : start + length] = clip[start]
    return spoiled


def shuffled(clip: Clip, random: Random) -> Clip:
    """All frames in random order."""
    return clip[random.permutation(len(clip))]


def flicker(clip: Clip, random: Random) -> Clip:
    """Brightness of every frame off by up to ±8 … ±20 %."""
    gains = 1.0 + random.uniform(0.08, 0.2) * random.uniform(-1.0, 1.0, len(clip))
    return np.clip(clip * gains[:, None, None, None], 0, 255).astype(np.uint8)


def boiling(clip: Clip, random: Random) -> Clip:
    """Every frame bent by its own smooth field of 2 to 4 pixels."""
    import cv2

    height, width = clip.shape[1:3]
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    strength = random.uniform(2.0, 4.0)

    def bent(frame: Clip) -> Clip:
        coarse = random.normal(0, strength, (height // 32 + 2, width // 32 + 2, 2)).astype(np.float32)
        field = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        moved = cv2.remap(
            frame, columns + field[..., 0], rows + field[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(moved, np.uint8)

    return np.stack([bent(frame) for frame in clip])


def switched(clip: Clip, random: Random) -> Clip:
    """After the middle it is another scene."""
    other = render_clip(sample_scene(random), SIZE, len(clip))
    middle = int(random.uniform(0.35, 0.65) * len(clip))
    return np.concatenate([clip[:middle], other[middle:]])


def noise(clip: Clip, random: Random) -> Clip:
    """Gaussian noise of 8 to 25 grey levels."""
    return np.clip(clip + random.normal(0, random.uniform(8, 25), clip.shape), 0, 255).astype(np.uint8)


def blur(clip: Clip, random: Random) -> Clip:
    """Gaussian blur of 2 to 5 pixels."""
    import cv2

    sigma = random.uniform(2.0, 5.0)
    return np.stack([np.asarray(cv2.GaussianBlur(frame, (0, 0), sigma), np.uint8) for frame in clip])


def blocks(clip: Clip, random: Random) -> Clip:
    """JPEG of quality 3 to 12."""
    import cv2

    quality = int(random.integers(3, 13))

    def coded(frame: Clip) -> Clip:
        return np.asarray(
            cv2.imdecode(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1), np.uint8
        )

    return np.stack([coded(frame) for frame in clip])


def burnt_out(clip: Clip, random: Random) -> Clip:
    """Exposed for 2.5 to 4 times as long."""
    bright: Clip = np.clip(clip * random.uniform(2.5, 4.0), 0, 255).astype(np.uint8)
    return bright


def half_drawn(clip: Clip, random: Random) -> Clip:
    """40 to 70 % of the picture, from one edge on, is a blank colour."""
    spoiled = clip.copy()
    share, colour = random.uniform(0.4, 0.7), random.integers(0, 256, 3)
    if random.uniform() < 0.5:
        spoiled[:, int((1 - share) * clip.shape[1]) :] = colour
    else:
        spoiled[:, :, int((1 - share) * clip.shape[2]) :] = colour
    return spoiled


def black_stretch(clip: Clip, random: Random) -> Clip:
    """0.4 to 1 s of black."""
    length = int(random.uniform(0.4, 1.0) * FPS)
    start = int(random.integers(len(clip) - length))
    spoiled = clip.copy()
    spoiled[start : start + length] = random.integers(0, 12)
    return spoiled


FAULTS: dict[str, Callable[[Clip, Random], Clip]] = {
    fault.__name__: fault
    for fault in (
        still, frozen, shuffled, flicker, boiling, switched,
        noise, blur, blocks, burnt_out, half_drawn, black_stretch,
    )
}  # fmt: skip
