from __future__ import annotations

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

from videogen.errors import MediaError
from videogen.media.preview import as_markdown, chosen, contact_sheet


def test_sheet_shows_every_frame_in_rows_of_four():
    colours = np.random.default_rng(0).integers(0, 255, (6, 1, 1, 3))
    frames = np.broadcast_to(colours, (6, 72, 128, 3)).astype(np.uint8)
    sheet = np.asarray(Image.open(io.BytesIO(contact_sheet(frames, columns=4, width=640))))
    assert sheet.shape[1] <= 640
    tile, height = (640 - 4 * 5) // 4, round((640 - 4 * 5) // 4 * 72 / 128)
    for number in range(6):
        x = 4 + number % 4 * (tile + 4) + tile * 3 // 4
        y = 4 + number // 4 * (height + 4) + height * 3 // 4
        assert np.abs(sheet[y, x].astype(int) - frames[number, 0, 0]).max() < 12


def test_noise_of_any_size_stays_below_the_metadata_limit():
    frames = np.random.default_rng(0).integers(0, 255, (24, 360, 640, 3)).astype(np.uint8)
    text = as_markdown(contact_sheet(torch.from_numpy(frames), width=1600), "decoded frames")
    assert len(text) < 150_000


def test_markdown_holds_the_same_picture():
    jpeg = contact_sheet(np.zeros((2, 64, 64, 3), np.uint8))
    text = as_markdown(jpeg, "two [black] frames\n")
    assert text.startswith("![two black frames](data:image/jpeg;base64,")
    assert base64.b64decode(text.partition("base64,")[2].removesuffix(")")) == jpeg


def test_marked_frames_are_always_shown_and_stand_out():
    assert 333 in chosen(1000, marks=[333])
    assert {0, 999} <= set(chosen(1000, marks=[333]))
    frames = np.zeros((4, 72, 128, 3), np.uint8)
    plain, marked = (
        np.asarray(Image.open(io.BytesIO(contact_sheet(frames, marks=marks)))).astype(int) for marks in ((), (2,))
    )
    assert (marked - plain).max() > 150


def test_no_frames_are_an_error():
    with pytest.raises(MediaError):
        contact_sheet(np.empty((0, 8, 8, 3), np.uint8))
