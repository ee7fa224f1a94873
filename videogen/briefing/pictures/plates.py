"""Text on a dark plate over a picture: credits, and captions that are burnt in."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from videogen.briefing.pictures.canvas import RTL, Pixels
from videogen.briefing.pictures.formats import Format
from videogen.briefing.pictures.shot_picture import Setting
from videogen.cards.page import Box
from videogen.cards.text_setting import Face, ascent, draw_line, line_height, set_line, wrapped

_PLATE, _OPACITY = 12.0, 0.78
_CREDIT, _LEAST_CREDIT = 0.026, 0.018
_CAPTION = {"wide": 0.052, "square": 0.05, "tall": 0.062}


def draw_plate(setting: Setting, pixels: Pixels, text: str) -> Box:
    """A credit at the lower edge of the body, at its end; in place."""
    form = setting.format
    body = form.body
    face = Face(round(form.unit * _CREDIT), rtl=setting.language in RTL, language=setting.language)
    lines = tuple(line.text for line in wrapped(text, face, (body[2] - body[0]) * 0.9))
    ink = _ink(lines, face, middle=False)
    left = body[0] if setting.language in RTL else body[2] - ink.shape[1]
    return _blend(pixels, ink, left, body[3] - ink.shape[0])


def draw_caption(form: Format, language: str, pixels: Pixels, text: str) -> Box:
    """A caption of one or more lines in the middle of the captions' region, at its bottom; in place."""
    lines = tuple(text.split("\n"))
    room = form.captions
    size = round(form.unit * _CAPTION[form.name])
    while True:
        face = Face(size, bold=True, rtl=language in RTL, language=language)
        ink = _ink(lines, face, middle=True)
        if (ink.shape[1] <= room[2] - room[0] and ink.shape[0] <= room[3] - room[1]) or size <= form.unit // 40:
            break
        size -= 1
    left = room[0] + (room[2] - room[0] - ink.shape[1]) // 2
    return _blend(pixels, ink, left, room[3] - ink.shape[0])


def _blend(pixels: Pixels, ink: NDArray[np.float32], left: int, top: int) -> Box:
    high, wide = ink.shape[:2]
    under = pixels[top : top + high, left : left + wide].astype(np.float32)
    plate = under * (1.0 - _OPACITY) + _PLATE * _OPACITY
    cover = ink[..., None]
    pixels[top : top + high, left : left + wide] = np.rint(plate * (1.0 - cover) + 255.0 * cover).astype(np.uint8)
    return left, top, left + wide, top + high


@lru_cache(maxsize=16)
def _ink(lines: tuple[str, ...], face: Face, *, middle: bool) -> NDArray[np.float32]:
    """Coverage 0 … 1 of the lines with the plate's padding around them."""
    from PIL import Image, ImageDraw

    padding = round(face.size * 0.45)
    placed = [set_line(line, face) for line in lines]
    deep = max(line_height(line, face) for line in lines)
    wide = max(line.width for line in placed)
    canvas = Image.new("L", (round(wide) + 2 * padding, deep * len(lines) + padding), 0)
    pen = ImageDraw.Draw(canvas)
    for number, line in enumerate(placed):
        spare = wide - line.width
        x = padding + (spare / 2 if middle else spare if face.rtl else 0.0)
        draw_line(pen, line, face, (x, padding // 2 + number * deep + ascent(line.text, face)), 255)  # type: ignore[arg-type]
    return np.asarray(canvas, dtype=np.float32) / 255.0
