"""Limits for camera films: fitted on some films, checked on others, and honest about both."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

from benchmarks.quality.faults import flicker
from benchmarks.quality.footage_calibration import (
    CHECKING,
    CHOOSING,
    FAULTS,
    MEANT_FOR,
    RESULTS,
    dropped,
    evaluate,
    fitted_levels,
)
from benchmarks.quality.footage_order import MEANT_FOR as ORDER_METRICS
from tests.videogen.quality.scenes import moving_scene
from videogen.config.config import PROJECT_ROOT, VideoGenConfig
from videogen.quality.catalogue import METRICS
from videogen.quality.measurement import in_windows, measure
from videogen.quality.metrics.cadence import BrightnessFlicker, RepeatedFrames
from videogen.quality.reporting.verdict import levels_for
from videogen.quality.thresholds import FOOTAGE

# The kinds that the limits of camera films are meant to find; bent and shuffled frames are found in some films only.
ASKED = ("flicker", "noise", "blur", "blocks", "frozen", "still", "dropped")


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESULTS / "footage_calibration_values.json").read_text(encoding="utf-8"))
    return found


def of(values: dict[str, Any], shots: Any) -> dict[str, Any]:
    return {str(shot): values[str(shot)] for shot in shots}


def test_the_limits_in_use_are_the_fitted_ones(values: dict[str, Any]) -> None:
    found = fitted_levels(of(values, CHOOSING))
    assert set(FOOTAGE) == {*found, *ORDER_METRICS, "dynamic_degree"}
    for name, levels in found.items():
        for part in ("threshold", "good", "bad"):
            assert getattr(FOOTAGE[name], part) == pytest.approx(getattr(levels, part), rel=2e-3, abs=1e-6)


def test_good_films_pass_and_their_spoiled_copies_fail(values: dict[str, Any]) -> None:
    chosen, checked = evaluate(of(values, CHOOSING)), evaluate(of(values, CHECKING))
    assert chosen["intact_failed"] == {}
    assert len(checked["intact_failed"]) <= 1
    for kind in ASKED:
        assert chosen["spoiled"][kind]["passed"] == []
        assert len(checked["spoiled"][kind]["passed"]) <= 1


def test_the_stored_result_is_that_of_the_stored_values(values: dict[str, Any]) -> None:
    result = json.loads((RESULTS / "footage_calibration.json").read_text(encoding="utf-8"))
    for name, shots in (("choosing", CHOOSING), ("checking", CHECKING)):
        assert result[name] == json.loads(json.dumps(evaluate(of(values, shots))))
    assert result["whole_films"]["bikes.mp4"]["passed"]


def test_no_film_chooses_and_checks() -> None:
    assert not {shot.film for shot in CHOOSING} & {shot.film for shot in CHECKING}


def test_only_footage_has_these_limits() -> None:
    for content, table in (("footage", FOOTAGE), ("illustration", {})):
        quality = VideoGenConfig().updated({"quality.content_type": content}).quality
        for name in MEANT_FOR:
            assert levels_for(METRICS[name], quality) == table.get(name, METRICS[name].levels)
    quality = (
        VideoGenConfig().updated({"quality.content_type": "footage", "quality.thresholds": {"sharpness": 0.45}}).quality
    )
    assert levels_for(METRICS["sharpness"], quality).threshold == 0.45


def test_the_documentation_has_the_limits_of_footage() -> None:
    text = (PROJECT_ROOT / "docs" / "quality.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([≥≤]) ([0-9.]+) \| [^|]+ \|$", text, re.MULTILINE)
    signs = {"at least": "≥", "at most": "≤"}
    assert {name: (sign, float(limit)) for name, sign, limit in rows} == {
        name: (signs[levels.direction], levels.threshold) for name, levels in FOOTAGE.items()
    }


def value_of(stream: Any, clip: np.ndarray) -> float:
    found = measure(in_windows(clip), fps=24.0, num_frames=len(clip), streams={"it": stream})
    return found.values["it"]


def test_flicker_of_brightness_is_told_from_motion_and_from_a_slow_change_of_light() -> None:
    clip = moving_scene(40, (256, 160))
    slow = np.clip(clip * np.linspace(0.6, 1.0, len(clip))[:, None, None, None], 0, 255).astype(np.uint8)
    spoiled = flicker(clip, np.random.default_rng(1))
    assert value_of(BrightnessFlicker(), clip) < 0.5
    assert value_of(BrightnessFlicker(), slow) < 0.5
    assert value_of(BrightnessFlicker(), spoiled) > 2.0


def test_repeated_frames_are_counted_in_moving_pictures_only() -> None:
    clip = moving_scene(40, (256, 160))
    random = np.random.default_rng(3)
    spoiled = dropped(clip, random)
    repeats = np.mean([np.array_equal(one, other) for one, other in zip(spoiled[1:], spoiled[:-1], strict=True)])
    assert value_of(RepeatedFrames(), clip) == 0.0
    assert value_of(RepeatedFrames(), spoiled) == pytest.approx(repeats, abs=0.08)
    assert repeats > 0.1
    assert value_of(RepeatedFrames(), np.repeat(clip[:1], 40, axis=0)) == 0.0


@pytest.mark.parametrize("length", [1, 2, 3])
def test_very_short_videos_have_no_number_or_none_that_is_wrong(length: int) -> None:
    clip = moving_scene(length, (64, 48))
    assert np.isnan(value_of(BrightnessFlicker(), clip)) == (length < 3)
    assert np.isnan(value_of(RepeatedFrames(), clip)) == (length < 2)


def test_windows_of_any_length_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    clip = flicker(dropped(moving_scene(30, (128, 96)), np.random.default_rng(0)), np.random.default_rng(0))
    for make in (BrightnessFlicker, RepeatedFrames):
        whole, parts = make(), make()
        found = measure(iter([clip]), fps=24.0, num_frames=30, streams={"it": whole}).values["it"]
        cut = measure(iter([clip[:7], clip[7:8], clip[8:]]), fps=24.0, num_frames=30, streams={"it": parts}).values[
            "it"
        ]
        assert cut == pytest.approx(found, abs=1e-9)


@pytest.mark.parametrize("kind", FAULTS)
def test_faults_spoil_a_clip_and_keep_its_form(kind: str) -> None:
    clip = moving_scene(30, (96, 64))
    spoiled = FAULTS[kind](clip, np.random.default_rng(0))
    assert (spoiled.shape, spoiled.dtype) == (clip.shape, np.uint8)
    assert not np.array_equal(spoiled, clip)
