"""Posters are short enough for Dagster's tables to show them at once, whatever the frame."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import PIL.Image
import pytest

from videogen.media.poster import SHOWN_AT_ONCE, poster


@pytest.mark.parametrize("size", [(720, 1280), (1280, 720), (160, 160), (8, 8)])
def test_even_noise_makes_a_poster_that_is_shown_at_once(size):
    noise = np.random.default_rng(3).integers(0, 256, (*size, 3), dtype=np.uint8)
    assert len(poster(noise, "x" * 500)) <= SHOWN_AT_ONCE


def test_a_poster_shows_its_frame():
    frame = np.zeros((720, 1280, 3), np.uint8)
    frame[:, 640:] = (220, 30, 40)
    markdown = poster(frame, "a red half")
    assert markdown.startswith("![a red half](data:image/svg+xml,")
    (webp,) = re.findall(r"image/webp;base64,([^']+)'", markdown)
    seen = np.asarray(PIL.Image.open(io.BytesIO(base64.b64decode(webp))).convert("RGB")).astype(int)
    assert seen[:, :30].max() < 40
    assert abs(seen[:, 50:].mean(axis=(0, 1)) - (220, 30, 40)).max() < 12
