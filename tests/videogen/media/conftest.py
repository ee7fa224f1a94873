from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

Clip = NDArray[np.uint8]


def _disc(x: float, y: float, radius: float, height: int, width: int) -> NDArray[np.float64]:
    rows, columns = np.mgrid[0:height, 0:width]
    return np.clip(radius + 0.5 - np.hypot(columns - x, rows - y), 0.0, 1.0)[..., None]


def _texture(height: int, width: int, seed: int) -> NDArray[np.float64]:
    coarse = np.random.default_rng(seed).uniform(40, 215, (height // 8 + 2, width // 8 + 2, 3))
    return np.kron(coarse, np.ones((8, 8, 1)))[:height, :width].astype(np.float64)


@pytest.fixture
def moving_disc() -> Callable[..., Clip]:
    """A textured ground over which a striped disc moves at constant speed; any position between is exact."""

    def make(positions: NDArray[np.float64] | int, height: int = 120, width: int = 192, speed: float = 7.0) -> Clip:
        times = np.arange(positions, dtype=float) if isinstance(positions, int) else positions
        ground = _texture(height, width, 1)
        columns = np.arange(width)[None, :, None]
        frames = []
        for time in times:
            x = 30.0 + speed * time
            along = columns - x
            # Stripes that never repeat: a periodic pattern has no unambiguous motion.
            light = np.sin(along / 2.5) + np.sin(along / 4.1 + 1.0) + np.sin(along / 7.3) > 0
            stripes = np.where(light, 250.0, 20.0) * np.array([1.0, 0.6, 0.2])
            cover = _disc(x, height / 2, height / 5, height, width)
            frames.append(np.rint(ground * (1 - cover) + stripes * cover))
        return np.stack(frames).astype(np.uint8)

    return make


@pytest.fixture
def write_video(tmp_path: Path) -> Callable[..., Path]:
    """Write a video with plain PyAV, independently of the code under test."""
    import av

    def write(
        frames: Clip,
        name: str = "clip.mp4",
        *,
        fps: int = 24,
        pix_fmt: str = "yuv420p",
        codec: str = "libx264",
        times: list[int] | None = None,
        sound: bool = False,
        options: dict[str, str] | None = None,
    ) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w", options=options or {}) as container:
            stream = container.add_stream(codec, rate=fps)
            stream.width, stream.height, stream.pix_fmt = frames.shape[2], frames.shape[1], pix_fmt
            if codec == "libx264":
                stream.options = {"crf": "1", "preset": "ultrafast"}
            stream.codec_context.time_base = Fraction(1, fps * 10)
            audio = container.add_stream("aac", rate=48000) if sound else None
            for number, frame in enumerate(frames):
                picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
                picture.pts = (times[number] if times else number) * 10
                picture.time_base = Fraction(1, fps * 10)
                container.mux(stream.encode(picture))
            container.mux(stream.encode(None))
            if audio is not None:
                silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
                silence.sample_rate, silence.pts = 48000, 0
                container.mux(audio.encode(silence))
                container.mux(audio.encode(None))
        return path

    return write


@pytest.fixture
def psnr() -> Callable[[Clip, Clip], float]:
    """Peak signal-to-noise ratio in dB."""

    def measure(one: Clip, other: Clip) -> float:
        error = float(np.mean((one.astype(float) - other.astype(float)) ** 2))
        return float("inf") if error == 0 else 10 * np.log10(255.0**2 / error)

    return measure
