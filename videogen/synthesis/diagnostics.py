"""Draws diagnostics of denoised latents as one small image.

Drawn with Pillow: a plotting library would take longer to load than the video to decode.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from videogen.media.fonts import font_for

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_SIDE, _GAP, _TEXT = 180, 16, 12
_PAPER, _INK, _GREY = (255, 255, 255), (20, 20, 20), (170, 170, 170)
_IN_SPACE, _IN_TIME = (31, 119, 180), (255, 127, 14)
# −1 blue, 0 white, 1 red.
_COLOURS = np.array([[59, 76, 192], [255, 255, 255], [180, 4, 38]], np.float64)


def neighbour_correlation(noise: Mapping[str, Any]) -> float:
    """Mean correlation of the initial noise of each frame with that of the next, −1 … 1.

    Args:
        noise: what `videogen.noise.analysis.analyze` gives of two frames or more.
    """
    rows: Sequence[Sequence[float]] = noise["frame_correlation"]
    return sum(row[i + 1] for i, row in enumerate(rows[:-1])) / (len(rows) - 1)


def picture(diagnostics: Mapping[str, Any]) -> bytes:
    """JPEG of some 600×230 pixels.

    It shows the power of the initial noise by spatial and temporal frequency, the correlation of its frames (blue −1,
    white 0, red 1), and, if it was recorded, which frames attended to which (white never, red most).

    Args:
        diagnostics: those of `VideoLatents`.
    """
    import PIL.Image
    import PIL.ImageDraw

    noise, attention = diagnostics["noise"], diagnostics.get("temporal_attention")
    panels = [("correlation of the noise, frame by frame", noise["frame_correlation"], 1.0)]
    if attention is not None:
        panels.append(("temporal attention", attention, float(np.max(attention))))
    width = _GAP + (1 + len(panels)) * (_SIDE + _GAP)
    sheet = PIL.Image.new("RGB", (width, _SIDE + 2 * _GAP + _TEXT + 4), _PAPER)
    draw = PIL.ImageDraw.Draw(sheet)
    _title(draw, _GAP, "power of the noise")
    _spectra(draw, noise["spatial_bands"], noise["temporal_bands"])
    for place, (title, rows, most) in enumerate(panels, start=1):
        left = _GAP + place * (_SIDE + _GAP)
        _title(draw, left, title)
        sheet.paste(_matrix(np.asarray(rows, np.float64) / (most or 1.0)), (left, _top()))
    stream = io.BytesIO()
    sheet.save(stream, "JPEG", quality=85)
    return stream.getvalue()


def _top() -> int:
    return _GAP + _TEXT + 4


def _title(draw: ImageDraw, left: int, words: str) -> None:
    size = _TEXT
    while size > 8 and draw.textlength(words, font=font_for(words, size)) > _SIDE:
        size -= 1
    draw.text((left, _GAP - 4), words, fill=_INK, font=font_for(words, size))


def _matrix(values: NDArray[np.float64]) -> Image:
    import PIL.Image

    place = np.clip((values + 1.0) * 0.5 * (len(_COLOURS) - 1), 0.0, len(_COLOURS) - 1)
    channels = [np.interp(place, np.arange(len(_COLOURS)), _COLOURS[:, channel]) for channel in range(3)]
    pixels = np.stack(channels, axis=-1).round().astype(np.uint8)
    return PIL.Image.fromarray(pixels).resize((_SIDE, _SIDE), PIL.Image.Resampling.NEAREST)


def _spectra(draw: ImageDraw, in_space: Sequence[float], in_time: Sequence[float]) -> None:
    """Both from the lowest frequency, left, to the highest; white noise of variance 1 lies on the grey line."""
    left, top = _GAP, _top()
    most = 1.2 * max(1.0, *in_space, *in_time)
    draw.rectangle((left, top, left + _SIDE - 1, top + _SIDE - 1), outline=_GREY)

    def height(power: float) -> float:
        return top + _SIDE * (1.0 - power / most)

    draw.line((left, height(1.0), left + _SIDE, height(1.0)), fill=_GREY)
    for line, (name, power, colour) in enumerate((("in space", in_space, _IN_SPACE), ("in time", in_time, _IN_TIME))):
        step = (_SIDE - 12) / max(1, len(power) - 1)
        points = [(left + 6 + step * index, height(value)) for index, value in enumerate(power)]
        draw.line(points, fill=colour, width=2)
        if len(power) < 40:
            for x, y in points:
                draw.ellipse((x - 2, y - 2, x + 2, y + 2), fill=colour)
        words = f"{name}, at most {max(power):.2f}"
        font = font_for(words, 11)
        right = left + _SIDE - 6 - draw.textlength(words, font=font)
        draw.text((right, top + 6 + line * (_TEXT + 3)), words, fill=colour, font=font)
