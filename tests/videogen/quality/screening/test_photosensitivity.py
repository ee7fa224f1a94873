"""Flashes that broadcasters refuse: the numbers of ITU-R BT.1702, and what does not count as a flash."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from videogen.quality.screening.photosensitivity import Photosensitivity, screen_light

FPS = 25
Draw = Callable[[np.ndarray, bool], None]


def code(light: float) -> int:
    """The grey level of a luminance in cd/m² on the standard's screen (200 cd/m², gamma 2.4)."""
    return round(255 * (light / 200.0) ** (1 / 2.4))


def flashing(per_second: float, draw: Draw, seconds: float = 2.0, ground: int = 100) -> Iterator[np.ndarray]:
    for number in range(round(seconds * FPS)):
        frame = np.full((90, 160, 3), ground, np.uint8)
        draw(frame, int(number * 2 * per_second / FPS) % 2 == 1)
        yield frame


def grey(low: float, high: float, rows: int = 90) -> Draw:
    def draw(frame: np.ndarray, bright: bool) -> None:
        frame[:rows] = code(high if bright else low)

    return draw


def red(frame: np.ndarray, bright: bool) -> None:
    frame[:] = (200, 0, 0) if bright else (30, 30, 30)


def verdict(frames: Iterator[np.ndarray], fps: float = FPS):
    return Photosensitivity().screen(frames, fps)


@pytest.mark.parametrize(
    ("per_second", "draw", "allowed"),
    [
        (2.5, grey(10, 150), True),
        (5, grey(10, 150), False),
        (10, grey(100, 125), False),
        # The change is below 20 cd/m², or the darker state is not below 160.
        (10, grey(100, 115), True),
        (10, grey(165, 195), True),
        # A fifth of the screen, and a third.
        (10, grey(10, 150, rows=18), True),
        (10, grey(10, 150, rows=30), False),
        (5, red, False),
    ],
)
def test_more_than_three_flashes_over_a_quarter_of_the_screen_are_refused(per_second, draw, allowed) -> None:
    found = verdict(flashing(per_second, draw))
    assert found.allowed == allowed, found.reason
    assert found.limit == 3.0
    assert (found.frame is None) == allowed
    assert not found.absolute


def test_the_rate_counts_in_seconds_not_in_frames() -> None:
    assert not verdict(flashing(5, grey(10, 150))).allowed
    assert verdict(flashing(5, grey(10, 150)), fps=12.5).allowed


def test_three_flashes_are_the_most_that_is_allowed() -> None:
    levels = [10, 150] * 3 + [10] * 30
    frames = (np.full((90, 160, 3), code(level), np.uint8) for level in np.repeat(levels, 3))
    found = verdict(frames)
    assert (found.allowed, found.value) == (True, 3.0)


def test_moving_stripes_a_cut_and_a_fade_are_no_flashes() -> None:
    stripes = (
        np.tile(((np.arange(160) + 4 * n) // 20 % 2 * 220)[None, :, None], (90, 1, 3)).astype(np.uint8)
        for n in range(50)
    )
    assert verdict(stripes).value == 0
    cut = (np.full((90, 160, 3), 20 if n < 25 else 220, np.uint8) for n in range(50))
    assert verdict(cut).value == 0
    fade = (np.full((90, 160, 3), 5 * n, np.uint8) for n in range(50))
    assert verdict(fade).value == 0


def test_white_is_two_hundred_candela_and_half_the_signal_a_fifth_of_it() -> None:
    light, redness = screen_light(np.full((90, 160, 3), 255, np.uint8))
    assert np.allclose(light, 200.0, atol=0.1)
    assert not redness.any()
    half, _ = screen_light(np.full((90, 160, 3), 128, np.uint8))
    assert np.allclose(half, 200.0 * (128 / 255) ** 2.4, atol=0.1)
