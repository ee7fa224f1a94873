from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import gaussian_filter, maximum_filter, minimum_filter

from videogen.errors import ConfigError
from videogen.super_resolution.artifact_removal import cleaned
from videogen.super_resolution.details import DetailEnhancer, sharpness


def _soft_edge(width: float = 2.0) -> np.ndarray:
    step = np.zeros((480, 160, 3))
    step[:, 80:] = 1.0
    return np.rint(60 + 130 * gaussian_filter(step, (0, width, 0))).astype(np.uint8)


@settings(max_examples=40, deadline=None)
@given(
    frame=arrays(np.uint8, (24, 20, 3), elements=st.integers(0, 255)),
    level=st.floats(0.0, 1.0),
)
def test_no_pixel_leaves_the_range_of_its_neighbourhood(frame, level):
    made = DetailEnhancer().balance_sharpness(frame, level)
    low, high = (f(frame, size=(3, 3, 1), mode="nearest") for f in (minimum_filter, maximum_filter))
    assert (made >= low).all()
    assert (made <= high).all()


def test_soft_edge_becomes_steeper_without_any_overshoot():
    edge = _soft_edge()
    made = DetailEnhancer().balance_sharpness(edge, 1.0)
    steepness = [np.abs(np.diff(frame[60, :, 0].astype(int))).max() for frame in (edge, made)]
    assert steepness[1] > 1.25 * steepness[0]
    assert made.min() == edge.min()
    assert made.max() == edge.max()


def test_more_level_means_steeper_edges():
    edge = _soft_edge()
    steepness = [
        np.abs(np.diff(DetailEnhancer().balance_sharpness(edge, level)[60, :, 0].astype(int))).max()
        for level in (0.0, 0.3, 1.0)
    ]
    assert steepness[0] < steepness[1] < steepness[2]
    assert np.array_equal(DetailEnhancer().balance_sharpness(edge, 0.0), edge)


def test_noise_in_flat_areas_does_not_grow():
    noise = np.random.default_rng(0).normal(128, 1.5, (120, 160, 3)).round().astype(np.uint8)
    made = DetailEnhancer().balance_sharpness(noise, 1.0)
    assert made.std() <= 1.05 * noise.std()


def test_soft_shades_are_left_alone():
    ramp = np.broadcast_to(np.linspace(50, 90, 160)[None, :, None], (120, 160, 3)).astype(np.uint8)
    assert np.abs(DetailEnhancer().balance_sharpness(ramp, 1.0).astype(int) - ramp).max() <= 1


def test_footage_is_sharpened_less_than_illustration():
    edge, enhancer = _soft_edge(), DetailEnhancer(0.5)
    change = {
        kind: np.abs(enhancer.adaptive_enhancement(edge, kind).astype(int) - edge).mean()
        for kind in ("illustration", "footage", "own kind")
    }
    assert change["footage"] < change["own kind"] < change["illustration"]


def test_blurred_frames_are_sharpened_more_than_sharp_ones():
    assert sharpness(_soft_edge(4.0)) < sharpness(_soft_edge(2.0)) < sharpness(_soft_edge(0.5)) <= 1.0
    assert sharpness(np.full((60, 60, 3), 90, np.uint8)) == 1.0


def test_strength_zero_changes_nothing():
    edge = _soft_edge()
    assert np.array_equal(DetailEnhancer(0.0).enhance_details(edge), edge)


@pytest.mark.parametrize("level", [-0.1, 1.1])
def test_level_outside_of_its_range_is_refused(level):
    with pytest.raises(ConfigError, match="sharpness_level"):
        DetailEnhancer().balance_sharpness(_soft_edge(), level)


def test_artifact_removal_flattens_ripples_and_keeps_edges():
    edge = _soft_edge(0.5)
    ripples = np.rint(4 * np.sin(np.arange(160) * 2.1))[None, :, None]
    rippled = np.clip(edge + ripples, 0, 255).astype(np.uint8)
    made = cleaned(rippled)
    flat = np.s_[:, 10:60]
    assert made[flat].std() < 0.6 * rippled[flat].std()
    assert np.abs(np.diff(made[60, :, 0].astype(int))).max() > 0.9 * np.abs(np.diff(edge[60, :, 0].astype(int))).max()
