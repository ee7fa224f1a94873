"""The search for motion between frames: no motion at all is a candidate wherever frames are interpolated or smoothed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from training.world.render import render_clip
from training.world.scenes import sample_scene
from videogen.media.optical_flow import dense_flow


@pytest.fixture(scope="module")
def clips() -> list[np.ndarray]:
    size = (256, 160)
    return [render_clip(sample_scene(np.random.default_rng(seed), subject="bus"), size, 4)[:2] for seed in range(4)]


def grey(frame: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)


def test_rest_is_a_candidate_at_every_scale(clips: list[np.ndarray]) -> None:
    """As OpenCV's own engine has it with a start field of zeros; without one it gives something else."""
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    differs = False
    for before, now in clips:
        start = np.zeros((*before.shape[:2], 2), np.float32)
        resting = dense_flow(grey(now), grey(before), rest=True)
        assert np.array_equal(resting, search.calc(grey(now), grey(before), start))
        differs |= not np.array_equal(resting, dense_flow(grey(now), grey(before)))
    assert differs
