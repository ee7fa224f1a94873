"""Small synthetic videos whose truth is known, and files made of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from videogen.media.encoding import Encoding, write_mp4
from videogen.media.label import Label
from videogen.quality.metrics.window import FrameWindow

Clip = NDArray[np.uint8]


def texture(height: int, width: int, seed: int = 0, coarse: int = 12) -> Clip:
    """Smooth coloured noise, H×W×3."""
    random = np.random.default_rng(seed)
    small = random.uniform(40, 215, (height // coarse + 2, width // coarse + 2, 3)).astype(np.float32)
    return np.clip(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), 5, 250).astype(np.uint8)


def moving_scene(frames: int = 24, size: tuple[int, int] = (256, 160), speed: float = 2.0, seed: int = 0) -> Clip:
    """A sharp striped sign (a third of the height) that crosses a still, textured ground at `speed` pixels a
    frame.
    """
    width, height = size
    # Flat patches with hard edges: smooth pictures count as blurred.
    ground = texture(height, width, seed, coarse=height // 5) // 48 * 48 + 12
    edge = height // 3
    sign = np.full((edge, edge, 3), 235, np.uint8)
    sign[:, np.arange(edge) % 14 < 5] = (30, 30, 90)
    sign[edge // 3 : edge // 2] = (200, 60, 40)
    clip = np.repeat(ground[None], frames, axis=0)
    for index in range(frames):
        shift = np.array([[1, 0, 10 + speed * index], [0, 1, height // 4]], np.float64)
        layer = cv2.warpAffine(sign, shift, size)
        mask = cv2.warpAffine(np.ones((edge, edge), np.float32), shift, size)[..., None]
        clip[index] = np.rint(clip[index] * (1 - mask) + layer * mask).astype(np.uint8)
    return clip


def window(clip: Clip, fps: float = 24.0) -> FrameWindow:
    """The whole clip as one window."""
    return FrameWindow(clip, 0, fps)


def labelled(clip: Clip, text: str = "AI-generated") -> Clip:
    """The clip with its label burnt in."""
    label = Label.fitted(text, (clip.shape[2], clip.shape[1]))
    marked = clip.copy()
    for frame in marked:
        label.draw(frame)
    return marked


def write(path: Path, clip: Sequence[Clip] | Clip, fps: int = 24, crf: int = 18) -> Path:
    """Encode as videos are delivered."""
    size = (clip[0].shape[1], clip[0].shape[0])
    write_mp4(path, list(clip), Encoding(size, Fraction(fps), crf, threads=1))
    return path
