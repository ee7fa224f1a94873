"""Videos whose frames show their number, and what became of them after upscaling."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from videogen.config.config import VideoGenConfig
from videogen.super_resolution.files.video_file import UpscaledVideo, upscale_video

TICKS = Fraction(1, 12800)


def config_with(**changes: Any) -> VideoGenConfig:
    plain = {"super_resolution.upscaler": "lanczos", "delivery.preset": "ultrafast", "delivery.crf": 10}
    return VideoGenConfig().updated(plain | {key.replace("__", "."): value for key, value in changes.items()})


def upscale(source: Path, target: Path, **options: Any) -> UpscaledVideo:
    config = options.pop("config", None) or config_with()
    size = {"height": 96} if not {"width", "height"} & options.keys() else {}
    return upscale_video(source, target, config, options.pop("weights", None), "cpu", **size, **options)


def numbered(count: int, height: int = 48, width: int = 64) -> np.ndarray:
    """Every frame shows its number as five bright or dark fields, over a slow shade."""
    frames = np.full((count, height, width, 3), 90, np.uint8)
    for number in range(count):
        frames[number, :, :, 2] = 60 + number
        for bit in range(5):
            value = 230 if number >> bit & 1 else 20
            frames[number, 8:-8, 4 + bit * 12 : 12 + bit * 12] = value
    return frames


def number_of(frame: np.ndarray) -> int:
    height, width = frame.shape[:2]
    columns = [round((8 + bit * 12) * width / 64) for bit in range(5)]
    return sum(int(frame[height // 2, column].mean() > 125) << bit for bit, column in enumerate(columns))


def tone(track: Any, seconds: float, begin: float = 0.0) -> list[Any]:
    samples = np.sin(np.arange(round(seconds * 48000)) * 2 * np.pi * 440 / 48000) * 0.5
    packets = []
    for start in range(0, len(samples), 960):
        part = np.tile(samples[start : start + 960], (2, 1)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48000, start + round(begin * 48000), Fraction(1, 48000)
        packets += track.encode(frame)
    return packets + track.encode(None)


def shown_in(path: Path) -> tuple[list[Fraction], list[np.ndarray]]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        base = container.streams.video[0].time_base
    return [frame.pts * base for frame in frames], [frame.to_ndarray(format="rgb24") for frame in frames]


def sound_of(path: Path) -> tuple[np.ndarray, float]:
    """Samples of the first channel and the time of the first."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=48000)
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]), float(frames[0].time)
