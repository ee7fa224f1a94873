"""Looks: one map of colours for a whole video, exact on moments and the same in every frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from videogen.adaptation.describing import palette_of
from videogen.config.config import VideoGenConfig
from videogen.errors import ConfigError, InputError
from videogen.super_resolution.look import Moments, colour_map, load_looks, map_for, moments


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_map_takes_one_normal_distribution_to_the_other(seed: int) -> None:
    """T A Tᵀ = B and T μ + s = μ', the definition of the map, on random distributions."""
    rng = np.random.default_rng(seed)
    one, two = (rng.normal(0.0, 12.0, (3, 3)) for _ in range(2))
    a, b = one @ one.T + np.eye(3), two @ two.T + np.eye(3)
    source = Moments.of_numbers([50.0, 3.0, -4.0, *a.ravel()])
    target = Moments.of_numbers([60.0, -8.0, 20.0, *b.ravel()])
    found = colour_map(source, target)
    assert found.matrix @ (a + np.eye(3)) @ found.matrix.T == pytest.approx(b + np.eye(3), rel=1e-6, abs=1e-6)
    assert found.matrix @ np.asarray(source.mean) + found.shift == pytest.approx(np.asarray(target.mean))


def test_no_strength_and_equal_moments_change_nothing() -> None:
    rng = np.random.default_rng(0)
    frame = rng.integers(0, 256, (24, 32, 3), np.uint8)
    world = moments([frame])
    other = Moments.of_numbers([70.0, 20.0, 20.0, *np.eye(3).ravel()])
    for change in (colour_map(world, world), colour_map(world, other, 0.0)):
        assert np.abs(change(frame).astype(int) - frame).max() <= 1


def test_frames_with_a_look_have_its_colours() -> None:
    config = VideoGenConfig().updated({"adaptation.look": "night_vision"})
    change = map_for(config)
    assert change is not None
    from training.world.render import render_frame
    from training.world.scenes import sample_scene

    rng = np.random.default_rng(8)
    frames = [render_frame(sample_scene(rng), 3) for _ in range(12)]
    found = moments([change(frame) for frame in frames])
    target = load_looks(config.path(config.adaptation.looks_file))["night_vision"]
    assert np.asarray(found.mean) == pytest.approx(np.asarray(target.mean), abs=9.0)
    red, green, blue = np.mean([change(frame).mean(axis=(0, 1)) for frame in frames], axis=0)
    assert green > 2 * max(red, blue)


def test_unknown_looks_and_looks_without_pictures_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown look 'sepai': did you mean 'sepia'"):
        map_for(VideoGenConfig().updated({"adaptation.look": "sepai"}))
    with pytest.raises(ConfigError, match="the request has none"):
        map_for(VideoGenConfig().updated({"adaptation.look": "references"}))
    with pytest.raises(ConfigError, match="does not say which colours its model draws"):
        map_for(VideoGenConfig().updated({"adaptation.look": "sepia", "model.profile": "animatediff-sd15"}))
    bad = tmp_path / "looks.yaml"
    bad.write_text("looks: {odd: {description: a look, mean: [1, 2], covariance: [1]}}", encoding="utf-8")
    with pytest.raises(ConfigError, match="are not valid"):
        map_for(VideoGenConfig().updated({"adaptation.look": "odd", "adaptation.looks_file": bad}))


def test_reference_pictures_give_the_palette(tmp_path: Path) -> None:
    path = tmp_path / "orange.png"
    Image.new("RGB", (40, 30), (230, 120, 20)).save(path)
    numbers = palette_of([path])
    assert numbers is not None
    assert numbers[0] == pytest.approx(62.0, abs=2.0)
    assert numbers[3:] == pytest.approx([0.0] * 9, abs=1e-6)
    text = tmp_path / "notes.png"
    text.write_text("not a picture")
    with pytest.raises(InputError, match="cannot be read as a picture"):
        palette_of([text])
