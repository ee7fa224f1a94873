from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.videogen.quality.scenes import moving_scene, texture
from videogen.media.optical_flow import dense_flow
from videogen.quality.metrics import temporal


@given(step=st.integers(0, 40), start=st.integers(0, 50))
def test_flickering_of_a_constant_step_is_one_minus_the_step(step: int, start: int) -> None:
    frames = np.stack([np.full((16, 16, 3), start + step * index, np.uint8) for index in range(5)])
    assert temporal.temporal_flickering(frames) == pytest.approx(1 - step / 255)


def test_frame_difference_is_numpys_mean_absolute_difference() -> None:
    random = np.random.default_rng(0)
    first, second = random.integers(0, 256, (2, 31, 17, 3), dtype=np.uint8)
    expected = np.abs(first.astype(int) - second).mean()
    assert temporal.frame_difference(first, second) == pytest.approx(expected)


@pytest.mark.parametrize("shift", [1, 3, 6])
def test_motion_amount_of_a_shifted_picture_is_the_shift(shift: int) -> None:
    wide = texture(128, 256)
    first, second = wide[:, 20:212, 0], wide[:, 20 - shift : 212 - shift, 0]
    flow = dense_flow(np.ascontiguousarray(first), np.ascontiguousarray(second))
    assert temporal.motion_amount(flow) == pytest.approx(shift, abs=0.35)
    assert np.median(flow[..., 0]) == pytest.approx(shift, abs=0.1)


def test_motion_amount_of_a_still_picture_is_zero() -> None:
    gray = texture(64, 96)[..., 0].copy()
    assert temporal.motion_amount(dense_flow(gray, gray)) == 0.0


def test_warp_error_of_a_brighter_frame_is_the_squared_step() -> None:
    first = np.full((40, 60, 3), 100, np.uint8)
    none = np.zeros((40, 60, 2), np.float32)
    assert temporal.warp_error(first, first + np.uint8(51), none, none) == pytest.approx(0.2**2, rel=1e-5)


def test_warp_error_of_pure_motion_is_far_below_the_error_without_flow() -> None:
    wide = texture(96, 200)
    first, second = wide[:, 10:180].copy(), wide[:, 6:176].copy()
    forward = np.zeros((96, 170, 2), np.float32)
    forward[..., 0] = 4.0
    still = np.zeros_like(forward)
    moved = temporal.warp_error(first, second, forward, -forward)
    assert moved < 0.02 * temporal.warp_error(first, second, still, still)


def test_warp_error_ignores_what_is_hidden() -> None:
    frame = texture(40, 60)
    spoiled = frame.copy()
    spoiled[:, 30:] = 0
    forward = np.zeros((40, 60, 2), np.float32)
    backward = forward.copy()
    backward[:, 30:] = 20.0  # does not lead back: hidden
    assert temporal.occluded(forward, backward)[:, 31:].all()
    assert temporal.warp_error(frame, spoiled, forward, backward) == pytest.approx(0.0, abs=1e-9)


def test_nothing_is_hidden_where_the_flows_are_each_others_reverse() -> None:
    forward = np.full((30, 50, 2), 2.5, np.float32)
    assert not temporal.occluded(forward, -forward).any()


def test_midpoint_of_even_motion_is_the_frame_between() -> None:
    wide = texture(96, 200)
    before, middle, after = (wide[:, x : x + 160].copy() for x in (12, 10, 8))
    forward = np.zeros((96, 160, 2), np.float32)
    forward[..., 0] = 4.0
    inner = np.s_[:, 8:-8]
    predicted = temporal.midpoint(before, after, forward, -forward)
    assert np.abs(predicted[inner].astype(int) - middle[inner]).max() <= 1


def test_interpolation_error_grows_when_the_middle_frame_is_out_of_place() -> None:
    clip = moving_scene(9)
    gray = [frame[..., 1].copy() for frame in clip]
    flows = dense_flow(gray[0], gray[2]), dense_flow(gray[2], gray[0])
    right = temporal.interpolation_error(clip[0], clip[1], clip[2], *flows)
    wrong = temporal.interpolation_error(clip[0], clip[8], clip[2], *flows)
    assert right < 0.5 * wrong


def test_consistency_is_the_mean_of_both_cosines() -> None:
    features = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 2.0]])
    half = np.sqrt(0.5)
    expected = np.mean([(half + half) / 2, (half + 0.0) / 2])
    assert temporal.consistency(features) == pytest.approx(expected)


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=3), st.floats(0.1, 10))
def test_cosine_does_not_depend_on_length_and_is_one_with_itself(vector: list[float], factor: float) -> None:
    values = np.array(vector)
    if np.linalg.norm(values) < 1e-3:
        return
    assert temporal.cosine(values, factor * values) == pytest.approx(1.0)
    assert temporal.cosine(values, -values) == pytest.approx(-1.0)


def test_cosine_with_nothing_is_zero() -> None:
    assert temporal.cosine(np.zeros(3), np.ones(3)) == 0.0
