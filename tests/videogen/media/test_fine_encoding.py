"""What finer choices of the encoder give: fewer block borders in a drawn clip at about the same size."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from training.world.render import render_clip
from training.world.scenes import sample_scene
from videogen.media.containers import MP4
from videogen.media.encoding import Encoding, write_mp4
from videogen.media.interpolation import interpolate
from videogen.media.reading import iterate_frames
from videogen.quality.metrics.visual import blockiness

SIZE = (640, 400)


def pictures() -> Iterator[NDArray[np.uint8]]:
    """A clip of the world that pib-mini was trained on, enlarged and interpolated as a video of it is, with grain."""
    drawn = render_clip(sample_scene(np.random.default_rng(3), subject="flood"))
    large = np.stack([cv2.resize(frame, SIZE, interpolation=cv2.INTER_CUBIC) for frame in drawn])
    for number, picture in enumerate(interpolate(large, 2 * len(large), "motion")):
        grain = np.random.default_rng(number).normal(0, 1.0, (SIZE[1], SIZE[0], 1))
        yield np.clip(picture + grain, 0, 255).astype(np.uint8)


def encoded(path: Path, fine: bool) -> tuple[float, int]:
    write_mp4(path, pictures(), Encoding(SIZE, Fraction(24), crf=15, fine=fine))
    grey = [
        cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for batch in iterate_frames(path) for frame in np.atleast_3d(batch)[::2]
    ]
    return float(np.mean([max(blockiness(one, 8), blockiness(one, 16)) for one in grey])), path.stat().st_size


def test_finer_choices_show_fewer_block_borders_at_about_the_same_size(tmp_path: Path) -> None:
    coarse, large = encoded(tmp_path / "coarse.mp4", fine=False)
    fine, size = encoded(tmp_path / "fine.mp4", fine=True)
    assert fine < 0.9 * coarse
    assert size < 1.1 * large


@pytest.mark.parametrize(("preset", "finer"), [("veryfast", True), ("ultrafast", False), ("slow", False)])
def test_only_fast_presets_that_were_not_chosen_for_speed_are_refined(preset: str, finer: bool) -> None:
    assert ("x264-params" in MP4.picture_options(15, preset, Fraction(24), fine=True)) is finer
    assert "x264-params" not in MP4.picture_options(15, preset, Fraction(24))
