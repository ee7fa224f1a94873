"""Hazard symbols: SVG paths of a template as anti-aliased coverage, whole or partly drawn."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import Field

from videogen.domain.frozen_model import FrozenModel
from videogen.errors import ConfigError

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

SIDE = 100.0
"""Edge of the box that the paths of a symbol are drawn in."""
_SUPERSAMPLING = 2
_CURVE = 12
Corner = tuple[float, float]


class Stroke(FrozenModel):
    """A part of a symbol: an SVG path in a box of 100×100. width 0: filled (even-odd), else a round line."""

    path: str
    width: float = Field(0.0, ge=0.0, le=30.0)


def symbol_mask(strokes: Sequence[Stroke], size: int, drawn: float = 1.0, turned: float = 0.0) -> Image:
    """Coverage (mode L, size×size pixels) of a symbol.

    drawn: fraction of each line's length to draw, 0 … 1; filled parts grow from the bottom. turned: degrees,
    anticlockwise around the middle.

    Raises:
        ConfigError: a path is not SVG path data.
    """
    from PIL import Image, ImageDraw

    large = size * _SUPERSAMPLING
    image = Image.new("L", (large, large), 0)
    draw = ImageDraw.Draw(image)
    scale = large / SIDE
    cosine, sine = math.cos(math.radians(-turned)), math.sin(math.radians(-turned))

    def place(corner: Corner) -> Corner:
        x, y = corner[0] - SIDE / 2, corner[1] - SIDE / 2
        return (x * cosine - y * sine + SIDE / 2) * scale, (x * sine + y * cosine + SIDE / 2) * scale

    for stroke in strokes:
        outlines = [[place(corner) for corner in outline] for outline in outlines_of(stroke.path)]
        if stroke.width:
            for outline in outlines:
                _line(draw, _beginning(outline, drawn), stroke.width * scale)
        else:
            image.paste(255, mask=_filled(outlines, large, drawn))
    return image.resize((size, size), Image.Resampling.BOX)


@lru_cache(maxsize=256)
def outlines_of(path: str) -> tuple[tuple[Corner, ...], ...]:
    """The lines of an SVG path, curves as short straight pieces.

    Raises:
        ConfigError: `path` is not SVG path data.
    """
    from fontTools.pens.recordingPen import RecordingPen
    from fontTools.svgLib.path import parse_path

    pen = RecordingPen()
    try:
        parse_path(path, pen)
    except (ValueError, IndexError, AssertionError, TypeError) as error:
        raise ConfigError(
            f"{path[:60]!r} is not an SVG path: {error}", remedy="correct the template's symbol"
        ) from error
    lines: list[list[Corner]] = []
    for verb, points in pen.value:
        if verb == "moveTo":
            lines.append([_corner(points[0])])
        elif verb == "lineTo":
            lines[-1].append(_corner(points[0]))
        elif verb in ("curveTo", "qCurveTo"):
            lines[-1].extend(_curve([lines[-1][-1], *map(_corner, points)]))
        elif verb == "closePath":
            lines[-1].append(lines[-1][0])
    return tuple(tuple(line) for line in lines)


def _corner(point: Any) -> Corner:
    return float(point[0]), float(point[1])


def _curve(control: Sequence[Corner]) -> list[Corner]:
    """Points on a Bézier curve of any degree (Bernstein form), without the first."""
    degree = len(control) - 1
    points = []
    for step in range(1, _CURVE + 1):
        t = step / _CURVE
        weights = [math.comb(degree, k) * t**k * (1 - t) ** (degree - k) for k in range(degree + 1)]
        x = sum(weight * corner[0] for weight, corner in zip(weights, control, strict=True))
        y = sum(weight * corner[1] for weight, corner in zip(weights, control, strict=True))
        points.append((x, y))
    return points


def _beginning(outline: Sequence[Corner], share: float) -> list[Corner]:
    """The first `share` of a line's length."""
    if share >= 1.0:
        return list(outline)
    lengths = [math.dist(a, b) for a, b in itertools.pairwise(outline)]
    left = sum(lengths) * share
    kept = [outline[0]]
    for corner, length in zip(outline[1:], lengths, strict=True):
        if length > left:
            t = left / length
            kept.append((kept[-1][0] + (corner[0] - kept[-1][0]) * t, kept[-1][1] + (corner[1] - kept[-1][1]) * t))
            break
        kept.append(corner)
        left -= length
    return kept


def _line(draw: ImageDraw, corners: Sequence[Corner], width: float) -> None:
    if len(corners) < 2:
        return
    draw.line(list(corners), fill=255, width=round(width), joint="curve")
    # Pillow has no round ends; a disc at each end and at each sharp corner makes them.
    radius = width / 2 - 1
    for x, y in corners:
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


def _filled(outlines: Sequence[Sequence[Corner]], size: int, share: float) -> Image:
    """Even-odd filling, from the bottom up to `share` of the height."""
    from PIL import Image, ImageChops, ImageDraw

    whole = Image.new("1", (size, size), 0)
    for outline in outlines:
        one = Image.new("1", (size, size), 0)
        ImageDraw.Draw(one).polygon(list(outline), fill=1)
        whole = ImageChops.logical_xor(whole, one)
    mask = whole.convert("L")
    if share < 1.0:
        mask.paste(0, (0, 0, size, round(size * (1.0 - share))))
    return mask
