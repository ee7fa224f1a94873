"""A name and a function in the lower third of a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from videogen.briefing.pictures.brand import rgb
from videogen.briefing.pictures.canvas import Canvas, Pixels
from videogen.briefing.pictures.shot_picture import Setting
from videogen.briefing.storyboard.model import LowerThird
from videogen.cards.page import Box

_NAME, _ROLE, _LEAST = 0.048, 0.034, 0.026
_WIDEST = 0.62


Drawn = tuple[NDArray[np.uint8], Box]


def lower_third_of(setting: Setting, shot: str, lower: LowerThird | None) -> Drawn | None:
    """It as pixels and where they stand, above the captions' region and the credit; None: no text in the language."""
    name = lower.name.get(setting.language) if lower is not None else None
    if lower is None or name is None:
        return None
    return _drawn(setting, shot, name, lower.role.get(setting.language, ""))


def put(pixels: Pixels, drawn: Drawn | None) -> None:
    """Write it onto a frame, in place."""
    if drawn is not None:
        left, top, right, bottom = drawn[1]
        pixels[top:bottom, left:right] = drawn[0]


def _drawn(setting: Setting, shot: str, name: str, role: str) -> Drawn:
    form, colours = setting.format, setting.kit.colours
    canvas = Canvas(form, setting.kit, setting.language, shot)
    body, unit = form.body, form.unit
    pad = round(unit * 0.02)
    wide = round((body[2] - body[0]) * (_WIDEST if form.name == "wide" else 0.9)) - 3 * pad
    texts = [canvas.fitted(name, (wide, round(unit * 0.14)), _NAME, _LEAST, bold=True, most=2)]
    if role:
        texts.append(canvas.fitted(role, (wide, round(unit * 0.12)), _ROLE, _LEAST * 0.9, most=2))
    high = sum(text.height for text in texts) + 2 * pad
    long = round(max(line.width for text in texts for line in text.lines)) + 3 * pad
    # Above the line on which the credit stands.
    bottom = body[3] - round(unit * 0.065)
    box = canvas.mirrored((body[0], bottom - high, body[0] + long, bottom))
    canvas.rectangle(box, rgb(colours.panel))
    canvas.rectangle(canvas.mirrored((body[0], bottom - high, body[0] + pad // 2, bottom)), rgb(colours.accent))
    inner = canvas.mirrored((body[0] + 2 * pad, 0, body[0] + long, 0))
    top = bottom - high + pad
    for number, text in enumerate(texts):
        canvas.write(text, (inner[0], top, inner[2], bottom), rgb(colours.muted if number else colours.ink))
        top += text.height
    left, upper, right, lower = box
    return canvas.pixels()[upper:lower, left:right].copy(), box
