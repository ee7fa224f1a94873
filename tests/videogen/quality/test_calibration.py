"""The limits in use are those that the calibration found, and the calibration shows that the metrics work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.quality.calibration import FITTED, KINDS, MEANT_FOR, rated
from benchmarks.quality.faults import FAULTS, SIZE
from benchmarks.quality.fitting import auc, fitted
from training.world.render import render_clip, sample_scene
from videogen.quality.catalogue import METRICS
from videogen.quality.thresholds import LEVELS, Levels

RESULTS = Path(__file__).resolve().parents[3] / "benchmarks" / "results" / "quality_calibration.json"


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    if not RESULTS.exists():
        pytest.skip("there are no results: run python -m benchmarks.quality.calibration --apply")
    loaded: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("name", FITTED)
def test_the_limits_in_use_are_the_fitted_ones(results: dict[str, Any], name: str) -> None:
    found = results["fitted_levels"][name]
    levels = LEVELS[name]
    assert levels.direction == found["direction"]
    for part in ("threshold", "good", "bad"):
        assert getattr(levels, part) == pytest.approx(found[part], rel=2e-3, abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_is_told_from_intact_by_its_metric_and_by_the_score(results: dict[str, Any], kind: str) -> None:
    entry = results["kinds"][kind]
    assert max(entry["auc_of_metric"].values()) >= 0.95
    assert entry["auc_of_score"] >= 0.95
    assert set(entry["auc_of_metric"]) == {name for name, kinds in MEANT_FOR.items() if kind in kinds}


def test_intact_clips_pass_and_spoiled_ones_do_not(results: dict[str, Any]) -> None:
    assert results["intact_passed_share"] >= 0.9
    for kind, entry in results["kinds"].items():
        assert entry["passed_share"] <= 0.1, kind


def test_auc_is_the_share_of_pairs_in_the_right_order() -> None:
    assert auc([3.0, 4.0], [1.0, 2.0], True) == 1.0
    assert auc([3.0, 4.0], [1.0, 2.0], False) == 0.0
    assert auc([2.0], [2.0], True) == 0.5


def test_the_rule_puts_the_limit_a_sixth_of_the_way_to_the_spoiled() -> None:
    intact = [10.0] * 50
    easy, hard = [1.0, 1.0, 1.0], [4.0, 4.0, 4.0]
    levels = fitted(Levels("at least", 0.0, 0.0, 0.0), intact, [easy, hard])
    assert (levels.threshold, levels.good, levels.bad) == pytest.approx((9.0, 10.0, 4.0))
    reverse = fitted(Levels("at most", 0.0, 0.0, 0.0), [1.0] * 50, [[7.0]])
    assert reverse.threshold == pytest.approx(2.0)


def test_rating_by_values_fails_what_is_beyond_a_limit() -> None:
    good = {name: [LEVELS[name].good] for name in METRICS}
    assert rated(good) == ([pytest.approx(1.0)], [True])
    scores, verdicts = rated({**good, "sharpness": [LEVELS["sharpness"].bad]})
    assert verdicts == [False]
    assert scores[0] < 0.6


@pytest.mark.parametrize("kind", FAULTS)
def test_faults_spoil_a_clip_and_keep_its_form(kind: str) -> None:
    random = np.random.default_rng(0)
    clip = render_clip(sample_scene(random, subject="bus"), SIZE, 6)
    clip = np.concatenate([clip] * 8)
    spoiled = FAULTS[kind](clip, random)
    assert spoiled.shape == clip.shape
    assert spoiled.dtype == np.uint8
    assert not np.array_equal(spoiled, clip)
