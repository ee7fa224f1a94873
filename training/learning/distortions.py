"""What happens to a clip between the renderer and whoever looks at it: crops, blur, noise, labels."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def as_seen(clip: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """The clip, T×H×W×3 uint8, as a finished video may show it; one clip in four stays as it is."""
    if rng.uniform() < 0.25:
        return clip
    result = _cropped(clip, rng)
    if rng.uniform() < 0.6:
        result = _softened(result, rng)
    if rng.uniform() < 0.5:
        noise = rng.normal(0.0, rng.uniform(1.0, 8.0), result.shape)
        result = (result + noise).clip(0, 255).astype(np.uint8)
    if rng.uniform() < 0.4:
        scale, shift = rng.uniform(0.9, 1.1), rng.uniform(-8.0, 8.0)
        result = (result * scale + shift).clip(0, 255).astype(np.uint8)
    if rng.uniform() < 0.4:
        _label(result, rng)
    return result


def _cropped(clip: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """From 16:10 to as little as 16:9, and a little off the sides."""
    _, height, width, _ = clip.shape
    top, bottom = (int(rng.uniform(0.0, 0.06) * height) for _ in range(2))
    left, right = (int(rng.uniform(0.0, 0.03) * width) for _ in range(2))
    return clip[:, top : height - bottom, left : width - right]


def _softened(clip: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    sigma = float(rng.uniform(0.4, 1.8))
    return np.stack([cv2.GaussianBlur(np.ascontiguousarray(frame), (0, 0), sigma) for frame in clip])


def _label(clip: NDArray[np.uint8], rng: np.random.Generator) -> None:
    """A dark box with light marks in a corner, in place."""
    _, height, width, _ = clip.shape
    high, wide = max(3, height // 16), width // 6
    top = int(rng.choice([2, height - high - 2]))
    left = int(rng.choice([2, width - wide - 2]))
    clip[:, top : top + high, left : left + wide] = 24
    clip[:, top + 1 : top + high - 1, left + 2 : left + wide - 2 : 2] = 230
