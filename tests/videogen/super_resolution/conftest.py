from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

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
