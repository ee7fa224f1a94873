"""Contact sheets: a few frames of a video in one small picture, for metadata that people look at."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from videogen.errors import MediaError
from videogen.media.fonts import font_for

if TYPE_CHECKING:
    import PIL.Image
    import torch

MOST_BYTES = 110_000
TILE = 320
"""Pixels of a frame's longer side from which on the sheets and posters do not become sharper."""
_GAP = 4
_MOST_TILES = 24
_MARK = (255, 176, 0)


def contact_sheet(
    frames: NDArray[np.uint8] | torch.Tensor,
    columns: int = 4,
    width: int = 640,
    marks: Collection[int] = (),
    numbers: Sequence[int] | None = None,
) -> bytes:
    """A JPEG of numbered frames, evenly chosen where there are more than 24.

    Args:
        frames: uint8, T×H×W×3.
        columns: tiles in a row.
        width: of the whole sheet, in pixels.
        marks: numbers of frames that get a frame in a warning colour; they are always shown.
        numbers: what each of `frames` is called, where they are a choice of a longer video; all are shown then.

    Raises:
        MediaError: no frame is given.
    """
    pixels = np.asarray(frames)
    if pixels.ndim != 4 or not len(pixels):
        raise MediaError("there are no frames to show", remedy="check the stage that made the frames")
    if numbers is None:
        numbers = chosen(len(pixels), marks)
        pixels = pixels[numbers]
    columns = min(columns, len(numbers))
    tile = (width - _GAP * (columns + 1)) // columns
    sheet = _sheet(pixels, numbers, columns, tile, frozenset(marks))
    for quality in (85, 75, 60, 45, 30):
        data = _jpeg(sheet, quality)
        if len(data) <= MOST_BYTES:
            return data
    shrink = math.sqrt(MOST_BYTES / len(data))
    return _jpeg(sheet.resize((max(1, int(sheet.width * shrink)), max(1, int(sheet.height * shrink)))), 30)


def strip(frames: NDArray[np.uint8], width: int = 640) -> bytes:
    """A JPEG of a few small frames in a row, enlarged without edges. frames: uint8, N×H×W×3."""
    import PIL.Image

    count, height, across, _ = frames.shape
    tile = (width - _GAP * (count - 1)) // count
    size = (tile, max(1, round(tile * height / across)))
    sheet = PIL.Image.new("RGB", (width, size[1]), (24, 24, 24))
    for place, frame in enumerate(frames):
        enlarged = PIL.Image.fromarray(np.ascontiguousarray(frame)).resize(size, PIL.Image.Resampling.BICUBIC)
        sheet.paste(enlarged, (place * (tile + _GAP), 0))
    return _jpeg(sheet, 85)


def as_markdown(jpeg: bytes, alt: str) -> str:
    """The picture as Markdown with a data URI; `alt` is what it shows."""
    clean = "".join(letter for letter in alt if letter not in "[]\r\n")
    return f"![{clean}](data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')})"


def chosen(count: int, marks: Collection[int] = ()) -> list[int]:
    """Numbers of the frames on the sheet: first, last, the marked ones, the rest evenly between."""
    if count <= _MOST_TILES:
        return list(range(count))
    wanted = [mark for mark in sorted(set(marks)) if 0 <= mark < count][:_MOST_TILES]
    even = np.linspace(0, count - 1, max(2, _MOST_TILES - len(wanted))).round().astype(int).tolist()
    return sorted({*wanted, *even})[: _MOST_TILES + 2]


def _sheet(
    pixels: NDArray[Any], numbers: Sequence[int], columns: int, tile: int, marks: frozenset[int]
) -> PIL.Image.Image:
    import PIL.Image
    import PIL.ImageDraw

    height = max(1, round(tile * pixels.shape[1] / pixels.shape[2]))
    rows = math.ceil(len(numbers) / columns)
    size = (_GAP + columns * (tile + _GAP), _GAP + rows * (height + _GAP))
    sheet = PIL.Image.new("RGB", size, (24, 24, 24))
    draw = PIL.ImageDraw.Draw(sheet)
    font = font_for("0123456789", max(10, height // 8))
    for place, number in enumerate(numbers):
        left = _GAP + place % columns * (tile + _GAP)
        top = _GAP + place // columns * (height + _GAP)
        picture = PIL.Image.fromarray(np.ascontiguousarray(pixels[place], dtype=np.uint8))
        sheet.paste(picture.resize((tile, height), PIL.Image.Resampling.LANCZOS, reducing_gap=2.0), (left, top))
        if number in marks:
            draw.rectangle((left, top, left + tile - 1, top + height - 1), outline=_MARK, width=3)
        box = draw.textbbox((left + 4, top + 3), str(number), font=font)
        draw.rectangle((box[0] - 3, box[1] - 2, box[2] + 3, box[3] + 2), fill=(0, 0, 0))
        draw.text((left + 4, top + 3), str(number), fill=(255, 255, 255), font=font)
    return sheet


def _jpeg(sheet: PIL.Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    sheet.save(stream, "JPEG", quality=quality, optimize=True)
    return stream.getvalue()
