"""A frame of another shape keeps the whole picture; a little may be cut."""

from __future__ import annotations

import numpy as np
import pytest

from videogen.config.config import VideoGenConfig
from videogen.super_resolution.framing import extended, picture_size
from videogen.super_resolution.processor import SuperResolutionProcessor, build_processor
from videogen.super_resolution.upscalers import Lanczos

NATIVE = (128, 80)


@pytest.mark.parametrize(
    ("frame", "inside"),
    [
        ((1280, 720), (1280, 720)),  # a tenth is cut above and below, as ever
        ((720, 1280), (720, 450)),
        ((720, 720), (720, 450)),
        ((1920, 800), (1280, 800)),
    ],
)
def test_all_of_the_picture_stays_where_much_would_be_cut(frame: tuple[int, int], inside: tuple[int, int]) -> None:
    assert picture_size(NATIVE, frame, "extend") == inside
    assert picture_size(NATIVE, frame, "crop") == frame


@pytest.mark.parametrize("size", [(360, 640), (360, 360), (640, 200)])
def test_subjects_at_the_edges_are_still_there_and_seen_once(size: tuple[int, int]) -> None:
    frame = np.full((80, 128, 3), (60, 120, 200), np.uint8)
    frame[60:] = (90, 90, 90)
    frame[34:46, 2:14] = frame[34:46, 114:126] = (220, 20, 20)
    made = SuperResolutionProcessor(Lanczos(), size, fit="extend").process_video(frame[None])[0].astype(int)
    assert made.shape == (size[1], size[0], 3)
    red = (made[..., 0] > 150) & (made[..., 1] < 90)
    factor = min(size[0] / 128, size[1] / 80)
    assert red.sum() == pytest.approx(2 * 12 * 12 * factor**2, rel=0.1)
    halves = red[:, : size[0] // 2].sum(), red[:, size[0] // 2 :].sum()
    assert halves[0] == pytest.approx(halves[1], rel=0.1)
    assert np.abs(made[2, size[0] // 2] - (60, 120, 200)).max() < 6, "the sky goes on upwards"
    assert np.abs(made[-3, size[0] // 2] - (90, 90, 90)).max() < 6, "and the ground downwards"


def test_the_extension_has_no_seam_and_its_pattern_fades() -> None:
    row = np.random.default_rng(3).integers(0, 255, (1, 200, 3), dtype=np.uint8)
    made = extended(np.repeat(row, 50, axis=0), (200, 250)).astype(int)
    step = np.abs(np.diff(made, axis=0)).max(axis=(1, 2))
    assert step.max() < 20
    assert made[0].std() < 0.4 * made[125].std()
    assert (made[100:150] == row).all(), "the picture itself is left alone"


def test_the_setting_decides() -> None:
    for fit in ("crop", "extend"):
        config = VideoGenConfig().updated({"delivery.fit": fit, "super_resolution.upscaler": "lanczos"})
        assert build_processor(config, None, "cpu").fit == fit
