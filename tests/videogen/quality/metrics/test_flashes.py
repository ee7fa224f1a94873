from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.videogen.quality.scenes import moving_scene, window
from videogen.quality.metrics.flashes import FlashRate, linear_rgb


def strobe(hertz: float, *, fps: int = 24, low: Any = 40, high: Any = 220, share: float = 1.0) -> np.ndarray:
    """Two seconds in which the left `share` of the frame is `high` for every other half period."""
    on = (np.arange(2 * fps) * hertz * 2 / fps).astype(int) % 2 == 1
    clip = np.empty((2 * fps, 90, 160, 3), np.uint8)
    clip[:] = low
    clip[on, :, : int(160 * share)] = high
    return clip


def rate(clip: np.ndarray, fps: float = 24.0) -> float:
    stream = FlashRate()
    return stream.summary(stream.update(window(clip, fps)))


@pytest.mark.parametrize("hertz", [1, 2, 3, 4, 6, 12])
@pytest.mark.parametrize("fps", [24, 60])
def test_flashes_are_counted_exactly(hertz: int, fps: int) -> None:
    assert rate(strobe(hertz, fps=fps), fps) == hertz


def test_flashes_are_counted_where_brightness_changes_over_several_frames() -> None:
    level = 130 + 90 * np.sin(2 * np.pi * 4 * np.arange(96) / 48)
    clip = np.broadcast_to(level[:, None, None, None], (96, 90, 160, 3)).astype(np.uint8)
    assert rate(clip, 48.0) in (4, 5)


def test_small_areas_are_no_flashes() -> None:
    assert rate(strobe(6, share=0.05)) == 0
    # A third of the width and a third of the height make the field; a quarter of that counts.
    assert rate(strobe(6, share=0.12)) == 6


def test_changes_below_a_tenth_of_the_luminance_are_no_flashes() -> None:
    assert rate(strobe(6, low=120, high=132)) == 0


def test_changes_between_bright_states_are_no_flashes() -> None:
    # Relative luminance 0.83 against 0.96: the darker state is not below 0.80.
    assert rate(strobe(6, low=235, high=250)) == 0


def test_red_flashes_of_low_luminance_count() -> None:
    dark_red, bright_red = (60, 0, 0), (150, 0, 0)
    luminance = 0.2126 * (linear_rgb(np.uint8([[bright_red]])) - linear_rgb(np.uint8([[dark_red]])))[0, 0, 0]
    assert luminance < 0.1
    assert rate(strobe(5, low=dark_red, high=bright_red)) == 5


@pytest.mark.parametrize("speed", [1.0, 4.0])
def test_things_that_move_through_stay_below_the_limit(speed: float) -> None:
    assert rate(moving_scene(48, speed=speed)) <= 2


def test_windows_do_not_change_the_count() -> None:
    from videogen.quality.measurement import measure

    clip = strobe(4)
    parts = iter([clip[:5], clip[5:6], clip[6:30], clip[30:]])
    result = measure(parts, fps=24.0, num_frames=48, streams={"flashes": FlashRate()})
    assert result.values["flashes"] == 4
