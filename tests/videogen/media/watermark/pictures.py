"""Frames to mark: a textured picture that moves, and what happens to videos on their way through the world."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from videogen.media.encoding import Encoding, write_mp4
from videogen.media.reading import read_frames
from videogen.media.watermark.embedding import Watermark

KEY = bytes(range(32))
SIZE = (640, 480)
Frames = NDArray[np.uint8]


def moving_picture(count: int = 8, size: tuple[int, int] = SIZE) -> Frames:
    """Soft clouds, a hard-edged card and a line of small squares, before which a ball moves: uint8, T×H×W×3."""
    import cv2

    width, height = size
    coarse = np.random.default_rng(5).integers(40, 210, (height // 40, width // 40, 3), dtype=np.uint8)
    clouds = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    clouds[height // 3 : height // 2, : width // 2] = (20, 30, 60)
    clouds[-40:-30] = np.where((np.arange(width) // 6 % 2 == 0)[None, :, None], 230, 20)
    centres = [(width // 4 + 6 * number, 2 * height // 3) for number in range(count)]
    return np.stack([cv2.circle(clouds.copy(), centre, height // 6, (200, 60, 40), -1) for centre in centres])


def written(path: Path, frames: Frames, watermark: Watermark | None, crf: int = 18, fps: int = 24) -> Path:
    """The frames as an mp4."""
    size = (frames.shape[2], frames.shape[1])
    write_mp4(path, iter(frames), Encoding(size, Fraction(fps), crf, threads=1), watermark=watermark)
    return path


def decoded(path: Path, count: int = 8) -> Frames:
    """The first frames of a file."""
    return read_frames(path, range(count))


def resized(frames: Frames, size: tuple[int, int]) -> Frames:
    """The frames at another (width, height)."""
    import cv2

    return np.stack([cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in frames])
