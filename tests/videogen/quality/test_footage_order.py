"""Shuffled and bent frames: told from intact ones by the direction and the growth of what changes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from benchmarks.quality.faults import boiling, shuffled
from benchmarks.quality.footage_calibration import CHECKING, CHOOSING
from benchmarks.quality.footage_order import KINDS, RESULTS, fitted_levels, mixed_up, passing
from tests.videogen.quality.scenes import moving_scene
from videogen.quality.measurement import measure
from videogen.quality.metrics.order import ChangeGrowth, MotionConsistency
from videogen.quality.thresholds import FOOTAGE

FRAMES = 24


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESULTS / "footage_order.json").read_text(encoding="utf-8"))["values"]
    return found


@pytest.fixture(scope="module")
def clip() -> np.ndarray:
    return moving_scene(FRAMES, (256, 160))


def both(clip: np.ndarray, *cuts: int) -> dict[str, float]:
    streams = {"motion_consistency": MotionConsistency(), "change_growth": ChangeGrowth()}
    parts = np.split(clip, cuts)
    return measure(iter(parts), fps=24.0, num_frames=len(clip), streams=streams).values


def test_the_limits_in_use_are_the_fitted_ones(values: dict[str, Any]) -> None:
    found = fitted_levels({str(shot): values[str(shot)] for shot in CHOOSING})
    for name, levels in found.items():
        for part in ("threshold", "good", "bad"):
            assert getattr(FOOTAGE[name], part) == pytest.approx(getattr(levels, part), rel=2e-3, abs=1e-6)


def test_films_that_chose_no_limit_pass_and_their_shuffled_and_bent_copies_fail(values: dict[str, Any]) -> None:
    unseen = {str(shot): values[str(shot)] for shot in CHECKING}
    levels = {name: FOOTAGE[name] for name in ("motion_consistency", "change_growth")}
    passed = {kind: len(passing(unseen, kind, levels)) for kind in KINDS}
    assert passed == {"intact": 7, "shuffled": 0, "mixed_up": 0, "bent": 0}


@pytest.mark.parametrize("spoil", [shuffled, mixed_up, boiling])
def test_a_spoiled_copy_of_a_moving_scene_is_beyond_a_limit(clip: np.ndarray, spoil: Any) -> None:
    intact, spoiled = both(clip), both(spoil(clip, np.random.default_rng(3)))
    assert all(FOOTAGE[name].passes(value) for name, value in intact.items())
    assert not all(FOOTAGE[name].passes(value) for name, value in spoiled.items())


def test_what_stands_still_but_for_grain_has_no_number(clip: np.ndarray) -> None:
    grain = np.random.default_rng(1).normal(0, 1.5, (FRAMES, *clip.shape[1:]))
    still = np.clip(np.repeat(clip[:1], FRAMES, axis=0) + grain, 0, 255).astype(np.uint8)
    assert np.isnan(both(still)["change_growth"])
    assert all(np.isnan(value) for value in both(np.repeat(clip[:1], FRAMES, axis=0)).values())


def test_windows_of_any_length_give_the_same(clip: np.ndarray) -> None:
    assert both(clip) == pytest.approx(both(clip, 1, 2, 9, 10))
