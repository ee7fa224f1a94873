from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.videogen.super_resolution.numbered_videos import TICKS, tone

Clip = NDArray[np.uint8]


@pytest.fixture
def picture() -> Callable[..., Clip]:
    """Shapes, lines and soft shades, the same for the same seed."""

    def make(height: int = 48, width: int = 64, seed: int = 0) -> Clip:
        import cv2

        rng = np.random.default_rng(seed)
        image = np.empty((height, width, 3), np.uint8)
        image[:] = np.linspace(40, 200, width)[None, :, None]
        for _ in range(8):
            centre = tuple(int(value) for value in rng.uniform(0, (width, height)))
            colour = tuple(int(value) for value in rng.integers(0, 255, 3))
            cv2.circle(image, centre, int(rng.integers(3, height // 4)), colour, -1, cv2.LINE_AA)
        return image

    return make


@pytest.fixture
def write_network(tmp_path: Path) -> Callable[..., Path]:
    """A folder with seeded networks of the given kinds, in the project's weight format."""

    def write(*entries: dict[str, Any], name: str = "upscaler") -> Path:
        import torch
        from safetensors.torch import save_file

        from videogen.super_resolution.compat import architecture

        folder = tmp_path / name
        folder.mkdir()
        config = {}
        for number, entry in enumerate(entries):
            arguments = {key: value for key, value in entry.items() if key != "class"}
            torch.manual_seed(number)
            network = architecture(entry["class"])(**arguments)
            file = f"net{number}.safetensors"
            state = {key: value * 0.5 for key, value in network.state_dict().items()}
            if "conv_last.bias" in state:
                # This network has no skip from its input: it starts from grey.
                state["conv_last.bias"] += 0.5
                state["conv_first.weight"] *= 4.0
                state["conv_last.weight"] *= 4.0
            save_file(state, folder / file)
            config[f"net{number}"] = {"file": file, **entry}
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        return folder

    return write


def _compact(scale: int, features: int = 6, convolutions: int = 3) -> dict[str, Any]:
    arguments = {"num_in_ch": 3, "num_out_ch": 3, "num_feat": features, "num_conv": convolutions}
    return {"class": "SRVGGNetCompact", **arguments, "upscale": scale, "act_type": "prelu"}


def _dense(scale: int) -> dict[str, Any]:
    arguments = {"num_in_ch": 3, "num_out_ch": 3, "num_feat": 8, "num_block": 1, "num_grow_ch": 4}
    return {"class": "RRDBNet", **arguments, "scale": scale}


@pytest.fixture
def compact() -> Callable[..., dict[str, Any]]:
    return _compact


@pytest.fixture
def dense() -> Callable[..., dict[str, Any]]:
    return _dense


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """A video written with plain PyAV. times: in ticks of `base`."""

    def make(
        frames: np.ndarray,
        name: str = "in.mp4",
        *,
        times: list[int] | None = None,
        base: Fraction = TICKS,
        codec: str = "libx264",
        sound: str | None = None,
        aspect: Fraction | None = None,
        options: dict[str, str] | None = None,
    ) -> Path:
        path = tmp_path / name
        times = times if times is not None else [512 * number for number in range(len(frames))]
        with av.open(str(path), "w", options=options or {}) as container:
            stream = container.add_stream(codec, rate=25)
            stream.width, stream.height = frames.shape[2], frames.shape[1]
            stream.pix_fmt = "yuv420p"
            stream.codec_context.time_base = base
            if codec == "libx264":
                stream.options = {"crf": "4", "preset": "fast"}
            if aspect:
                stream.codec_context.sample_aspect_ratio = aspect
            track = container.add_stream(sound, rate=48000, layout="stereo") if sound else None
            if track is not None:
                track.metadata["language"] = "deu"
            for time, frame in zip(times, frames, strict=True):
                picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
                picture.pts, picture.time_base = time, base
                container.mux(stream.encode(picture))
            container.mux(stream.encode(None))
            if track is not None:
                container.mux(tone(track, 0.04 + float((times[-1] - times[0]) * base), float(times[0] * base)))
        return path

    return make
