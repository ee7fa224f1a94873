"""What the calls share: a home of their own, clips that anybody may have, and small settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from videogen import VideoGenConfig

SHORT = {"num_frames": 4, "num_inference_steps": 2, "resolution": (320, 180)}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Stores, tables and knowledge of the defaults lie in a folder of the tests'."""
    folder = tmp_path_factory.mktemp("architecture")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIDEOGEN_STORE", str(folder / "videos"))
        patch.setenv("VIDEOGEN_WAREHOUSE", str(folder / "warehouse"))
        patch.setenv("VIDEOGEN_KNOWLEDGE_BASE", str(folder / "knowledge"))
        yield


@pytest.fixture(scope="module")
def short(home: None) -> VideoGenConfig:
    """The default model, as quick as it can be."""
    return VideoGenConfig(**SHORT)


@pytest.fixture(scope="session")
def clip() -> np.ndarray:
    """A textured square that moves over a still, textured ground: uint8, 12×144×224×3."""
    ground = np.kron(np.random.default_rng(3).uniform(60, 200, (18, 28, 3)), np.ones((8, 8, 1)))
    pattern = np.kron(np.random.default_rng(4).uniform(20, 240, (8, 8, 3)), np.ones((6, 6, 1)))
    frames = np.repeat(ground[None], 12, axis=0)
    for number, frame in enumerate(frames):
        frame[48:96, 30 + 5 * number : 78 + 5 * number] = pattern
    return np.rint(frames).astype(np.uint8)


@pytest.fixture(scope="session")
def photo(clip: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "ground.png"
    Image.fromarray(clip[0]).save(path)
    return path


@pytest.fixture(scope="session")
def video(clip: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clip as a file, at 24 frames a second."""
    from fractions import Fraction

    from videogen.media.encoding import Encoding, write_mp4

    path = tmp_path_factory.mktemp("video") / "clip.mp4"
    write_mp4(path, iter(clip), Encoding((224, 144), Fraction(24), crf=4))
    return path


@pytest.fixture(scope="session")
def worlds() -> list[np.ndarray]:
    """Clips of the embedded model's world that no training has seen: 16 of 16×80×128×3."""
    from training.scores import held_out_scene
    from training.world.render import render_clip

    return [render_clip(held_out_scene(number)[0]) for number in range(16)]


@pytest.fixture(scope="session")
def world(worlds: list[np.ndarray]) -> tuple[np.ndarray, str]:
    """One of them with its caption."""
    from training.scores import held_out_scene

    return worlds[0], held_out_scene(0)[1]
