"""What happens to videos on their way through the world: frames in (uint8, T×H×W×3), the frames of another file out."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from videogen.media.encoding import Encoding, write_mp4
from videogen.media.reading import iterate_frames

Frames = NDArray[np.uint8]
_MESSENGER_EDGE, _MESSENGER_RATE = 848, 1_000_000
"""Longest edge in pixels, and bits per second at which two minutes of video fill 16 MB."""


def encoded(frames: Frames, fps: float, crf: int = 23, bit_rate: int = 0) -> Frames:
    """The frames out of an mp4 of them."""
    with TemporaryDirectory(prefix="watermark-") as folder:
        path = Path(folder) / "copy.mp4"
        size = (frames.shape[2], frames.shape[1])
        rate = Fraction(fps).limit_denominator(1001)
        write_mp4(path, iter(frames), Encoding(size, rate, crf, "veryfast", threads=1, bit_rate=bit_rate))
        return np.concatenate(list(iterate_frames(path)))


def scaled(frames: Frames, width: int, height: int) -> Frames:
    """The frames at another size, even edges."""
    import cv2

    size = (max(2, width // 2 * 2), max(2, height // 2 * 2))
    way = cv2.INTER_AREA if size[0] < frames.shape[2] else cv2.INTER_CUBIC
    return np.stack([cv2.resize(frame, size, interpolation=way) for frame in frames])


def cut(frames: Frames, share: float) -> Frames:
    """What is left when `share` of width and height is cut off at every edge."""
    height, width = frames.shape[1:3]
    x, y = round(width * share), round(height * share)
    right, lower = x + (width - 2 * x) // 2 * 2, y + (height - 2 * y) // 2 * 2
    return np.ascontiguousarray(frames[:, y:lower, x:right])


def turned(frames: Frames, degrees: float) -> Frames:
    """The frames turned about their middle."""
    import cv2

    height, width = frames.shape[1:3]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return np.stack([cv2.warpAffine(frame, matrix, (width, height), flags=cv2.INTER_CUBIC) for frame in frames])


def _bright(frames: Frames, factor: float) -> Frames:
    changed: Frames = np.clip(np.rint(frames * np.float32(factor)), 0, 255).astype(np.uint8)
    return changed


def _half_and_back(frames: Frames, fps: float) -> Frames:
    height, width = frames.shape[1:3]
    return encoded(scaled(encoded(scaled(frames, width // 2, height // 2), fps), width, height), fps)


def _messenger(frames: Frames, fps: float) -> Frames:
    height, width = frames.shape[1:3]
    factor = min(1.0, _MESSENGER_EDGE / max(width, height))
    small = scaled(frames, round(width * factor), round(height * factor)) if factor < 1.0 else frames
    return encoded(small, fps, 28, _MESSENGER_RATE)


def _faster(frames: Frames, fps: float) -> Frames:
    count = round(len(frames) * 25 / 24)
    return encoded(frames[np.minimum(np.arange(count) * 24 // 25, len(frames) - 1)], fps * 25 / 24)


def _collage(frames: Frames, fps: float) -> Frames:
    height, width = frames.shape[1:3]
    small = scaled(frames, width // 2, height // 2)
    whole = np.full_like(frames, 90)
    whole[:, : small.shape[1], : small.shape[2]] = small
    return encoded(whole, fps)


def _barred(frames: Frames, fps: float) -> Frames:
    bar = frames.shape[2] // 12 * 2
    return encoded(np.pad(frames, ((0, 0), (bar, bar), (0, 0), (0, 0))), fps)


def _noisy(frames: Frames, fps: float) -> Frames:
    noise = np.random.default_rng(1).normal(0, 6, frames.shape).astype(np.float32)
    return encoded(np.clip(frames + noise, 0, 255).astype(np.uint8), fps)


def _blurred(frames: Frames, fps: float) -> Frames:
    import cv2

    return encoded(np.stack([cv2.GaussianBlur(frame, (0, 0), frame.shape[0] / 240) for frame in frames]), fps)


Attack = Callable[[Frames, float], Frames]
ASKED: dict[str, Attack] = {
    "H.264 crf 28": lambda frames, fps: encoded(frames, fps, 28),
    "50 % and back": _half_and_back,
    "crop 5 % at every edge": lambda frames, fps: encoded(cut(frames, 0.05), fps),
    "brightness +10 %": lambda frames, fps: encoded(_bright(frames, 1.1), fps),
    "brightness -10 %": lambda frames, fps: encoded(_bright(frames, 0.9), fps),
    "24 to 25 fps": _faster,
    "messenger, 16 MB": _messenger,
}
FURTHER: dict[str, Attack] = {
    "H.264 crf 34": lambda frames, fps: encoded(frames, fps, 34),
    "H.264 crf 40": lambda frames, fps: encoded(frames, fps, 40),
    "crop 15 % at every edge": lambda frames, fps: encoded(cut(frames, 0.15), fps),
    "crop 25 % at every edge": lambda frames, fps: encoded(cut(frames, 0.25), fps),
    "mirrored": lambda frames, fps: encoded(np.ascontiguousarray(frames[:, :, ::-1]), fps),
    "stretched to 4 : 3": lambda frames, fps: encoded(scaled(frames, frames.shape[1] * 4 // 3, frames.shape[1]), fps),
    "black bars": _barred,
    "half size in a collage": _collage,
    "turned by 0.5 degrees": lambda frames, fps: encoded(turned(frames, 0.5), fps),
    "turned by 2 degrees": lambda frames, fps: encoded(turned(frames, 2.0), fps),
    "noise, 6 code values": _noisy,
    "blurred": _blurred,
}
