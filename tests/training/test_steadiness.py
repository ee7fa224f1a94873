"""The error inside moving things: nothing for a thing that only moves, more for one that wavers on its way."""

from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.steadiness import moving_error

SHIFT = 4


def clip(waver: int = 0, frames: int = 6) -> tuple[np.ndarray, list[tuple[float, float, float, float]]]:
    """A patterned block goes right by four pixels a frame over a striped ground."""
    rng = np.random.default_rng(0)
    block = rng.integers(40, 200, (20, 30, 3))
    made, boxes = [], []
    for index in range(frames):
        frame = np.tile((np.arange(120) % 7 * 30)[None, :, None], (60, 1, 3)).astype(np.uint8)
        left = 10 + SHIFT * index
        frame[20:40, left : left + 30] = np.clip(block + rng.integers(-waver, waver + 1, block.shape), 0, 255)
        made.append(frame)
        boxes.append((left / 120, 20 / 60, (left + 30) / 120, 40 / 60))
    return np.stack(made), boxes


def test_motion_alone_is_no_error_and_wavering_is() -> None:
    motion = [(SHIFT / 120, 0.0)] * 5
    assert moving_error(*clip(), motion) == pytest.approx(0.0, abs=0.01)
    assert moving_error(*clip(waver=20), motion) == pytest.approx(13.7, abs=1.5)


def test_a_thing_that_did_not_go_its_true_way_is_an_error() -> None:
    made, boxes = clip()
    found = moving_error(made, boxes, [(-SHIFT / 120, 0.0)] * 5)
    assert found is not None
    assert found > 20


def test_what_is_not_seen_or_too_small_is_not_measured() -> None:
    made, boxes = clip()
    assert moving_error(made, [None] * 6, [(0.0, 0.0)] * 5) is None
    assert moving_error(made, [(0.0, 0.0, 0.02, 0.02)] * 6, [(0.0, 0.0)] * 5) is None
    some = [boxes[0], None, boxes[2], boxes[3], boxes[4], boxes[5]]
    assert moving_error(made, some, [(SHIFT / 120, 0.0)] * 5) == pytest.approx(0.0, abs=0.01)
