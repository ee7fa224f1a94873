"""Scenes to pictures, with the truth of every frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.wide.world import backdrops, built
from training.wide.world.nature import streaks
from training.wide.world.registry import THINGS
from training.wide.world.scene import HEIGHT, WIDTH, WORLD, Scene, travelled
from training.world.canvas import Canvas, Colour, Image, mix

SIZE = (192, 112)
FRAMES = 16
FRAMES_PER_SECOND = 8
SECOND_PLACE = (0.74, 94.0, 0.8)
"""Where the second subject stands (share of the width, foot) and how large; in mirrored scenes on the other side."""

_LAND: dict[str, Callable[[Canvas, Scene], None]] = {
    "city": built.city,
    "hills": backdrops.hills,
    "coast": backdrops.coast,
    "fields": backdrops.fields,
    "village": built.village,
    "river": backdrops.river,
    "port": built.port,
    "interior": built.interior,
}
_GRASS: dict[str, Colour] = {
    "city": (176, 178, 172),
    "hills": (104, 164, 88),
    "coast": (236, 214, 160),
    "fields": (158, 178, 96),
    "village": (222, 196, 150),
    "river": (130, 182, 98),
    "port": (174, 172, 168),
}
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Truth:
    """The truth of one frame.

    boxes: by subject (left, top, right, bottom as fractions of the picture); absent where nothing of it is seen. The
    rest says how far the subject moves to the next frame, as fractions of the width and of the height.
    """

    boxes: dict[str, Box]
    motion: tuple[float, float]


def land(canvas: Canvas, scene: Scene) -> None:
    """The setting and, where the subject needs it, road, rails or water."""
    view = canvas.at(WIDTH, 0.0, flip=True) if scene.mirrored else canvas
    _LAND[scene.setting](view, scene)
    if not scene.inside:
        _ground(view, scene)


def _ground(canvas: Canvas, scene: Scene) -> None:
    kind = THINGS[scene.subject].ground
    if kind == "road":
        canvas.rect(0, 92, WIDTH, HEIGHT, scene.ambient((92, 96, 108)))
        canvas.rect(0, 91, WIDTH, 93, scene.ambient((206, 206, 200)))
        for mark in range(5):
            canvas.rect(mark * 42 + 8, 107, mark * 42 + 28, 108.8, scene.ambient((244, 240, 224)))
    elif kind == "rail":
        canvas.rect(0, 97, WIDTH, HEIGHT, scene.ambient((146, 132, 120)))
        for sleeper in range(18):
            canvas.rect(sleeper * 11 + 2, 102.5, sleeper * 11 + 8, 107, scene.ambient((92, 70, 58)))
        canvas.rect(0, 101, WIDTH, 103.4, scene.ambient((200, 204, 212)))
    elif kind == "viaduct":
        concrete = scene.ambient((176, 178, 182))
        for pillar in range(4):
            canvas.rect(pillar * 56 + 10, 94, pillar * 56 + 20, HEIGHT, mix(concrete, (40, 44, 60), 0.2))
        canvas.rect(0, 89.5, WIDTH, 97, concrete)
        canvas.rect(0, 95, WIDTH, 97, mix(concrete, (40, 44, 60), 0.3))
    elif kind == "water":
        canvas.gradient(scene.ambient((66, 156, 208)), scene.ambient((30, 96, 164)), 86.0, HEIGHT)
        for place in range(8):
            x, y = place * 28.0 + 9 * scene.layout - 10, 92 + 8.0 * (place % 2)
            canvas.rounded(x, y, x + 16, y + 1.8, 0.9, scene.ambient((150, 206, 236)))
    elif kind == "forest":
        for number in range(6):
            trunk = 14.0 + 33 * number + 5 * ((number + scene.layout) % 3)
            backdrops.pine(canvas.at(trunk, 95 + 5 * (number % 2), 1.7), scene, (40, 104, 62))
    elif kind == "plain":
        canvas.disc(WIDTH / 2, 105, 92, scene.ambient(_GRASS[scene.setting]), ry=11)


class _Stage:
    """The still part of a scene at one size, drawn once and used for every frame."""

    def __init__(self, scene: Scene, size: tuple[int, int]) -> None:
        self.scene, self.size, self.thing = scene, size, THINGS[scene.subject]
        self.still = Canvas.blank(size, WORLD)
        if not scene.inside:
            backdrops.sky(self.still, scene)
        self.sky = self.still.copy() if self.thing.behind else None
        land(self.still, scene)
        self.front = self._land_mask() if self.sky is not None else None

    def _land_mask(self) -> NDArray[np.bool_]:
        black, white = Canvas.blank(self.size, WORLD), Canvas.blank(self.size, WORLD)
        white.pixels[:] = 255
        land(black, self.scene)
        land(white, self.scene)
        return np.asarray((black.pixels == white.pixels).all(axis=2))

    def frame(self, share: float, subject: bool = True, second: bool = True) -> Image:
        """The picture after `share` of the clip; with parts left out, to see what is theirs."""
        canvas = (self.still if self.sky is None else self.sky).copy()
        scene = self.scene
        if scene.second is not None and second:
            x, foot, zoom = SECOND_PLACE
            pen = canvas.at((1 - x if scene.mirrored else x) * WIDTH, foot, zoom)
            THINGS[scene.second].draw(pen, scene, share)
        if subject:
            self._subject(canvas, share)
        if self.sky is not None and self.front is not None:
            np.copyto(canvas.pixels, self.still.pixels, where=self.front[:, :, None])
        if scene.rain:
            streaks(canvas, scene, share, 46, (176, 196, 220) if scene.night else (120, 150, 186))
        return canvas.reduced(self.size)

    def _subject(self, canvas: Canvas, share: float) -> None:
        scene, thing = self.scene, self.thing
        if thing.whole:
            thing.draw(canvas, scene, share)
            return
        dx, dy = travelled(scene, share)
        zoom, x = (0.84, 0.34) if scene.second is not None else (1.0, 0.5)
        if scene.second is not None and not thing.ways:
            x = (1 - x if scene.mirrored else x) + (scene.position - 0.5) * 0.6
        else:
            x = scene.position
        pen = canvas.at(x * WIDTH + dx, thing.foot + dy, zoom, flip=scene.direction == "left")
        thing.draw(pen, scene, share)


def render_frame(scene: Scene, index: int, size: tuple[int, int] = SIZE, num_frames: int = FRAMES) -> NDArray[np.uint8]:
    """Frame `index` of the clip as an H×W×3 uint8 array; size is (width, height)."""
    return _Stage(scene, size).frame(index / max(num_frames - 1, 1))


def render_clip(scene: Scene, size: tuple[int, int] = SIZE, num_frames: int = FRAMES) -> NDArray[np.uint8]:
    """The whole clip as a T×H×W×3 uint8 array (2 s, whatever the number of frames)."""
    stage = _Stage(scene, size)
    return np.stack([stage.frame(index / max(num_frames - 1, 1)) for index in range(num_frames)])


def render_truth(
    scene: Scene, size: tuple[int, int] = SIZE, num_frames: int = FRAMES
) -> tuple[NDArray[np.uint8], list[Truth]]:
    """The clip, and the truth of each of its frames: boxes are measured on the pictures, not calculated."""
    stage, frames, truths = _Stage(scene, size), [], []
    for index in range(num_frames):
        share = index / max(num_frames - 1, 1)
        frames.append(stage.frame(share))
        found = {scene.subject: changed(frames[-1], stage.frame(share, subject=False))}
        if scene.second is not None:
            alone = stage.frame(share, subject=False)
            found[scene.second] = changed(alone, stage.frame(share, subject=False, second=False))
        here, there = travelled(scene, share), travelled(scene, share + 1 / max(num_frames - 1, 1))
        motion = ((there[0] - here[0]) / WIDTH, (there[1] - here[1]) / HEIGHT)
        truths.append(Truth({name: box for name, box in found.items() if box is not None}, motion))
    return np.stack(frames), truths


def changed(picture: NDArray[np.uint8], without: NDArray[np.uint8]) -> Box | None:
    """The box of what differs, as shares of the picture."""
    there = np.abs(picture.astype(np.int16) - without).max(axis=2) > 16
    if not there.any():
        return None
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    height, width = there.shape
    return columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height
