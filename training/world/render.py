"""The procedural world: clips of flat illustrations with their truth attached.

A `Scene` says everything about a clip; the same scene gives the same pixels at any time and the same content at
any resolution.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from training.world import phenomena, subjects
from training.world.canvas import Canvas, Image
from training.world.captions import caption
from training.world.landscapes import draw_land, draw_sky
from training.world.scenes import COLOURS, DIRECTIONS, LANDSCAPES, SUBJECTS, TIMES, Scene, sample_scene

__all__ = [
    "COLOURS",
    "DIRECTIONS",
    "FRAMES",
    "FRAMES_PER_SECOND",
    "LANDSCAPES",
    "SIZE",
    "SUBJECTS",
    "TIMES",
    "Scene",
    "caption",
    "render_background",
    "render_clip",
    "render_frame",
    "render_pair",
    "sample_scene",
]

SIZE = (128, 80)
FRAMES = 16
FRAMES_PER_SECOND = 8

_DRAW: dict[str, Callable[[Canvas, Scene, float], None]] = {
    "bus": subjects.draw_bus,
    "train": subjects.draw_train,
    "ambulance": subjects.draw_ambulance,
    "boat": subjects.draw_boat,
    "plane": subjects.draw_plane,
    "balloon": subjects.draw_balloon,
    "crowd": subjects.draw_crowd,
    "sun": phenomena.draw_sun,
    "flood": phenomena.draw_flood,
    "wind turbines": phenomena.draw_wind_turbines,
    "solar panels": phenomena.draw_solar_panels,
    "burning house": phenomena.draw_burning_house,
    "rain": phenomena.draw_rain,
    "storm": phenomena.draw_storm,
    "cyclone": phenomena.draw_cyclone,
    "trees": phenomena.draw_trees,
    "flag": phenomena.draw_flag,
}


class _Stage:
    """The still part of a scene at one size, drawn once and used for every frame."""

    def __init__(self, scene: Scene, size: tuple[int, int]) -> None:
        self.scene, self.size = scene, size
        self.still = Canvas.blank(size)
        draw_sky(self.still, scene)
        self.sky = self.still.copy() if scene.subject == "sun" else None
        draw_land(self.still, scene)
        self.land = self._land_mask() if self.sky is not None else None

    def _land_mask(self) -> NDArray[np.bool_]:
        black = Canvas.blank(self.size)
        white = black.copy()
        white.pixels[:] = 255
        draw_land(black, self.scene)
        draw_land(white, self.scene)
        drawn: NDArray[np.bool_] = (black.pixels == white.pixels).all(axis=2)
        return drawn

    def frame(self, share: float) -> Image:
        draw = _DRAW[self.scene.subject]
        if self.sky is None or self.land is None:
            canvas = self.still.copy()
            draw(canvas, self.scene, share)
            return canvas.reduced(self.size)
        canvas = self.sky.copy()
        draw(canvas, self.scene, share)
        np.copyto(canvas.pixels, self.still.pixels, where=self.land[:, :, None])
        return canvas.reduced(self.size)


def render_frame(scene: Scene, index: int, size: tuple[int, int] = SIZE, num_frames: int = FRAMES) -> NDArray[np.uint8]:
    """Frame `index` of the clip as an H×W×3 uint8 array; size is (width, height)."""
    return _Stage(scene, size).frame(index / max(num_frames - 1, 1))


def render_pair(scene: Scene, index: int, size: tuple[int, int] = SIZE) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Frame `index`, and the same scene without its subject."""
    stage = _Stage(scene, size)
    return stage.frame(index / (FRAMES - 1)), stage.still.reduced(size)


def render_clip(scene: Scene, size: tuple[int, int] = SIZE, num_frames: int = FRAMES) -> NDArray[np.uint8]:
    """The whole clip as a T×H×W×3 uint8 array (2 s, whatever the number of frames)."""
    stage = _Stage(scene, size)
    return np.stack([stage.frame(index / max(num_frames - 1, 1)) for index in range(num_frames)])


def render_background(scene: Scene, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """The scene without its subject, H×W×3 uint8."""
    return _Stage(scene, size).still.reduced(size)
