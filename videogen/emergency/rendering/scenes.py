"""Scenes: each page drawn and checked once, when its time comes, with what moves on it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from videogen.cards.page import Page
from videogen.cards.timing import Turn
from videogen.emergency.layout.check import PageCheck
from videogen.emergency.layout.drawing import Drawing, draw_page, without_faint_names
from videogen.emergency.layout.frame import Frame
from videogen.emergency.layout.layout import tint
from videogen.emergency.layout.template import EmergencyTemplate
from videogen.emergency.rendering.accents import motions_of
from videogen.emergency.rendering.frame_stream import Scene
from videogen.emergency.rendering.moving_ground import MovingGround, clip_planes
from videogen.media.planes import Planes
from videogen.storage.atomic_folder import Folder

if TYPE_CHECKING:
    from videogen.media.label import Label

Style = Literal["template", "text_card"]


@dataclass(frozen=True)
class Background:
    """A clip to show behind the text. frames: uint8, T×H×W×3, sRGB, any size; they are played to and fro.

    origin: what made it, e.g. ``"pib-mini 1"``. Such a video carries the house's "AI-generated" label.
    """

    frames: NDArray[np.uint8]
    fps: float
    origin: str


class Scenes:
    """Makes the scene of a turn, and reports to `check` what was drawn."""

    def __init__(
        self,
        template: EmergencyTemplate,
        frame: Frame,
        check: PageCheck,
        label: Label | None,
        background: Background | None,
        style: Style,
        cache: Path | None,
    ) -> None:
        self._template, self._frame, self.check, self._label = template, frame, check, label
        self._background, self._style, self._cache = background, style, cache

    def __call__(self, turn: Turn) -> Scene:
        translucent = self._background is not None
        page, drawing = self._drawn(turn.page, translucent=translucent)
        self.check.drawing(page, drawing)
        if self._background is not None:
            ground = MovingGround(drawing.picture, self._clip, self._background.fps)
            motions = motions_of(page, drawing, self._template, with_steps=False)
            return ground, motions
        motions = motions_of(page, drawing, self._template) if self._style == "template" else []
        return Planes.from_rgb(drawing.rgb), motions

    def _drawn(self, page: Page, *, translucent: bool) -> tuple[Page, Drawing]:
        """The page as it can be read: names on its map that could not are left out."""
        drawing = draw_page(page, self._template, self._frame, label=self._label, translucent=translucent)
        legible = without_faint_names(page, drawing, self._template.quality.contrast)
        if legible is page:
            return page, drawing
        return legible, draw_page(legible, self._template, self._frame, label=self._label, translucent=translucent)

    @cached_property
    def _clip(self) -> list[Planes]:
        """The background at the size of the video; kept in the cache, because resizing takes longer than reading."""
        assert self._background is not None
        if self._cache is None:
            return clip_planes(self._background.frames, self._frame.size)
        width, height = self._frame.size
        digest = hashlib.sha256(np.ascontiguousarray(self._background.frames).data).hexdigest()[:32]
        folder, name = Folder(self._cache), f"backgrounds/{digest}-{width}x{height}.npy"
        if not folder.exists(name):
            packed = np.stack([planes.packed() for planes in clip_planes(self._background.frames, self._frame.size)])
            with folder.writing(name) as path, path.open("wb") as file:
                np.save(file, packed)
        kept = np.load(folder.local(name), mmap_mode="r", allow_pickle=False)
        return [Planes.stacked(packed, self._frame.size) for packed in kept]


def progress_ink(template: EmergencyTemplate) -> tuple[int, int, int]:
    """Y, Cb and Cr of the progress bar."""
    planes = Planes.from_rgb(np.full((2, 2, 3), tint(template), np.uint8))
    return int(planes.luma[0, 0]), int(planes.blue[0, 0]), int(planes.red[0, 0])
