"""Random frames of the wide world on disk, so that drawing takes no time from training: ``python -m training.wide.cache``.

One uint8 array, memory-mapped: N×112×192×3. It lies in training/cache/ (ignored by git) and is made again in minutes.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.wide.world.registry import SUBJECTS, sample_scene
from training.wide.world.render import FRAMES, SIZE, render_frame

FOLDER = Path(os.environ.get("PIB_TRAINING_CACHE", Path(__file__).resolve().parents[1] / "cache"))
FRAMES_FILE = FOLDER / "wide_frames.npy"
SEED = 2_000_000
HELD_OUT_SEED = 990_000


def draw(seed: int) -> NDArray[np.uint8]:
    """A random frame of a random scene."""
    rng = np.random.default_rng(seed)
    return render_frame(sample_scene(rng), int(rng.integers(FRAMES)))


def held_out(count: int) -> NDArray[np.uint8]:
    """Frames of scenes that are in no cache: every subject in turn."""
    frames = []
    for number in range(count):
        rng = np.random.default_rng(HELD_OUT_SEED + number)
        scene = sample_scene(rng, SUBJECTS[number % len(SUBJECTS)])
        frames.append(render_frame(scene, int(rng.integers(FRAMES))))
    return np.stack(frames)


def make(count: int, path: Path = FRAMES_FILE) -> None:
    """Draw `count` frames into `path`; it is there whole, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.npy")
    shape = (count, SIZE[1], SIZE[0], 3)
    frames = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.uint8, shape=shape)
    for number in range(count):
        frames[number] = draw(SEED + number)
        if number % 2000 == 1999:
            print(f"{number + 1} of {count} frames", flush=True)
    frames.flush()
    os.replace(temporary, path)


def load(path: Path = FRAMES_FILE) -> NDArray[np.uint8]:
    """The cached frames, N×H×W×3, memory-mapped.

    Raises:
        FileNotFoundError: they have not been drawn.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path}: draw the frames first (python -m training.wide.cache)")
    frames: NDArray[np.uint8] = np.load(path, mmap_mode="r")
    return frames


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=12_000)
    make(parser.parse_args().frames)


if __name__ == "__main__":
    main()
