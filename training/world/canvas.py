"""A small drawing surface in world units, so that one drawing serves every resolution.

The world is 128 units wide and 80 units high whatever the picture's size (or what a canvas is told). Shapes are drawn without
anti-aliasing on a surface several times as large, which is then reduced by area averaging: quicker than
anti-aliased drawing, and edges land on the same sub-pixel place at every size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH = 128.0
HEIGHT = 80.0
_SHIFT = 4

Colour = tuple[float, float, float]
Point = tuple[float, float]
Image = NDArray[np.uint8]


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """The colour that lies `share` of the way from a to b."""
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)


def supersampling(size: tuple[int, int]) -> int:
    """How many times larger the drawing surface is than the picture."""
    return 3 if size[0] <= 256 else 2


@dataclass(frozen=True)
class Canvas:
    """A picture with a local coordinate system: an origin in world units, a zoom and a mirror."""

    pixels: Image
    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0
    flip: bool = False
    world: tuple[float, float] = (WIDTH, HEIGHT)

    @classmethod
    def blank(cls, size: tuple[int, int], world: tuple[float, float] = (WIDTH, HEIGHT)) -> Canvas:
        """An empty canvas for a picture of `size` (width, height) pixels that shows `world` (width, height) units."""
        factor = supersampling(size)
        return cls(np.zeros((size[1] * factor, size[0] * factor, 3), np.uint8), world=world)

    def copy(self) -> Canvas:
        return replace(self, pixels=self.pixels.copy())

    def at(self, x: float, y: float, zoom: float = 1.0, flip: bool = False) -> Canvas:
        """The same picture seen from a local origin; `flip` mirrors left and right."""
        px, py = self._world(np.array([[x, y]], np.float64))[0]
        return replace(self, x=float(px), y=float(py), zoom=self.zoom * zoom, flip=self.flip != flip)

    def reduced(self, size: tuple[int, int]) -> Image:
        """The finished picture, H×W×3 uint8."""
        smaller: Image = cv2.resize(self.pixels, size, interpolation=cv2.INTER_AREA)
        return smaller

    def poly(self, points: Sequence[Point] | NDArray[np.float64], colour: Colour, alpha: float = 1.0) -> None:
        """A filled polygon; with alpha below one it is blended over what is there."""
        fixed = self._fixed(np.asarray(points, np.float64))
        if alpha >= 1.0:
            cv2.fillPoly(self.pixels, [fixed], colour, shift=_SHIFT)
            return
        low = np.clip((fixed.min(axis=0) >> _SHIFT) - 1, 0, None)
        high = (fixed.max(axis=0) >> _SHIFT) + 2
        region = self.pixels[low[1] : high[1], low[0] : high[0]]
        if region.size == 0:
            return
        layer = region.copy()
        cv2.fillPoly(layer, [fixed - (low << _SHIFT).astype(np.int32)], colour, shift=_SHIFT)
        region[:] = cv2.addWeighted(layer, alpha, region, 1.0 - alpha, 0.0)

    def rect(self, x0: float, y0: float, x1: float, y1: float, colour: Colour, alpha: float = 1.0) -> None:
        self.poly([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour, alpha)

    def disc(self, x: float, y: float, rx: float, colour: Colour, ry: float | None = None, alpha: float = 1.0) -> None:
        angles = np.linspace(0.0, 2.0 * np.pi, 33)[:-1]
        height = rx if ry is None else ry
        self.poly(np.stack([x + rx * np.cos(angles), y + height * np.sin(angles)], axis=1), colour, alpha)

    def stroke(self, a: Point, b: Point, width: float, colour: Colour, end_width: float | None = None) -> None:
        """A straight bar from a to b, tapering to `end_width` when it is given."""
        start, end = np.asarray(a, np.float64), np.asarray(b, np.float64)
        along = end - start
        normal = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-6)
        tip = width if end_width is None else end_width
        near, far = normal * width / 2, normal * tip / 2
        self.poly(np.stack([start + near, end + far, end - far, start - near]), colour)

    def ring(
        self, x: float, y: float, radius: float, width: float, colour: Colour, turn: float = 0.0, end: float = 1.0
    ) -> None:
        """A circle's line of `width`, or the part of it from share `turn` to share `end` (clockwise, from the right)."""
        angles = np.linspace(turn, end, 33) * 2.0 * np.pi
        rim = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        outer, inner = rim * (radius + width / 2), rim[::-1] * (radius - width / 2)
        self.poly(np.concatenate([outer, inner]) + np.array([x, y]), colour)

    def path(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """Straight bars from point to point, with round corners."""
        for a, b in pairwise(points):
            self.stroke(a, b, width, colour)
        for x, y in points[1:-1]:
            self.disc(x, y, width / 2, colour)

    def rounded(self, x0: float, y0: float, x1: float, y1: float, radius: float, colour: Colour) -> None:
        """A rectangle with round corners."""
        quarter = np.linspace(0.0, np.pi / 2, 5)
        corners = ((x1 - radius, y1 - radius, 0), (x0 + radius, y1 - radius, 1), (x0 + radius, y0 + radius, 2))
        points = []
        for cx, cy, turn in (*corners, (x1 - radius, y0 + radius, 3)):
            angle = quarter + turn * np.pi / 2
            points.append(np.stack([cx + radius * np.cos(angle), cy + radius * np.sin(angle)], axis=1))
        self.poly(np.concatenate(points), colour)

    def gradient(self, top: Colour, bottom: Colour, y0: float, y1: float) -> None:
        """Fill the rows from y0 to y1 with a vertical gradient."""
        rows = self.pixels.shape[0]
        first, last = round(y0 * rows / self.world[1]), round(y1 * rows / self.world[1])
        share = np.linspace(0.0, 1.0, last - first)[:, None]
        colours = np.asarray(top) * (1 - share) + np.asarray(bottom) * share
        self.pixels[first:last] = np.round(colours).astype(np.uint8)[:, None, :]

    def _world(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        out = points * self.zoom
        if self.flip:
            out[:, 0] = -out[:, 0]
        out[:, 0] += self.x
        out[:, 1] += self.y
        return out

    def _fixed(self, points: NDArray[np.float64]) -> NDArray[np.int32]:
        rows, columns = self.pixels.shape[:2]
        scale = np.array([columns / self.world[0], rows / self.world[1]]) * (1 << _SHIFT)
        # A pixel's centre lies half a pixel from its corner; without this, large and small pictures disagree.
        fixed: NDArray[np.int32] = np.round(self._world(points.copy()) * scale - (1 << _SHIFT) / 2).astype(np.int32)
        return fixed
