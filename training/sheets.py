"""Contact sheets: pictures of many clips for people to look at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.world.render import render_clip
from training.world.scenes import LANDSCAPES, SUBJECTS, TIMES, sample_scene


def tile(rows: list[list[NDArray[np.uint8]]], gap: int = 2) -> NDArray[np.uint8]:
    """One picture out of rows of equally large pictures, with white gaps."""
    height, width = rows[0][0].shape[:2]
    columns = max(len(row) for row in rows)
    sheet = np.full((len(rows) * (height + gap) - gap, columns * (width + gap) - gap, 3), 255, np.uint8)
    for i, row in enumerate(rows):
        for j, picture in enumerate(row):
            top, left = i * (height + gap), j * (width + gap)
            sheet[top : top + height, left : left + width] = picture
    return sheet


def save(path: Path, picture: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, optimize=True)


def world_sheet(size: tuple[int, int] = (128, 80), seed: int = 0) -> NDArray[np.uint8]:
    """Every subject at every time of day: first and last frame."""
    rng = np.random.default_rng(seed)
    rows = []
    for number, subject in enumerate(SUBJECTS):
        row = []
        for step, time in enumerate(TIMES):
            landscape = LANDSCAPES[(number + step) % len(LANDSCAPES)]
            clip = render_clip(sample_scene(rng, subject, landscape, time), size)
            row += [clip[1], clip[-2]]
        rows.append(row)
    return tile(rows)
