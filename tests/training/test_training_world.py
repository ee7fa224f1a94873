"""The procedural world: same seed same pixels, and the truth is what the pixels show."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from training.world import subjects
from training.world.render import FRAMES, caption, render_background, render_clip, render_frame, sample_scene
from training.world.scenes import COLOURED_SUBJECTS, COLOURS, LANDSCAPES, SUBJECT_DIRECTIONS, SUBJECTS, TIMES


def _scene(seed: int = 0, **wanted: str):
    return sample_scene(np.random.default_rng(seed), **wanted)


def _centroids(clip: np.ndarray, still: np.ndarray) -> np.ndarray:
    """x and y of the middle of what differs from the background, one row a frame."""
    found = []
    for frame in clip:
        mask = np.abs(frame.astype(int) - still).max(axis=2) > 40
        ys, xs = np.nonzero(mask)
        found.append((xs.mean(), ys.mean()))
    return np.array(found)


def test_the_same_seed_gives_the_same_scene_and_the_same_pixels() -> None:
    first, second = _scene(5), _scene(5)
    assert first == second
    assert np.array_equal(render_clip(first), render_clip(second))


def test_the_world_is_as_large_as_promised() -> None:
    assert len(SUBJECTS) >= 16
    assert len(LANDSCAPES) >= 4
    assert len(TIMES) >= 3
    assert len(COLOURS) >= 5


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_subject_is_seen_and_moves(subject: str) -> None:
    clip = render_clip(_scene(2, subject=subject))
    assert clip.shape == (FRAMES, 80, 128, 3)
    assert clip.dtype == np.uint8
    change = np.abs(np.diff(clip.astype(int), axis=0)).max(axis=3) > 20
    assert change.any(axis=0).mean() > 0.01


@pytest.mark.parametrize("subject", ["bus", "train", "ambulance", "boat", "plane", "balloon", "crowd"])
@pytest.mark.parametrize("direction", ["left", "right"])
def test_a_vehicle_goes_where_its_truth_says_and_far_enough_to_see(subject: str, direction: str) -> None:
    scene = replace(_scene(3, subject=subject, direction=direction, time_of_day="day"), position=0.5)
    x = _centroids(render_clip(scene), render_background(scene))[:, 0]
    way = x[-1] - x[0]
    assert np.sign(way) == (1 if direction == "right" else -1)
    assert abs(way) >= 0.2 * 128


@pytest.mark.parametrize("direction", ["rising", "falling"])
def test_a_balloon_rises_and_falls(direction: str) -> None:
    scene = _scene(4, subject="balloon", direction=direction, time_of_day="day")
    y = _centroids(render_clip(scene), render_background(scene))[:, 1]
    assert (y[-1] < y[0]) == (direction == "rising")


@pytest.mark.parametrize("direction", ["rising", "falling"])
def test_flood_water_covers_more_when_it_rises(direction: str) -> None:
    scene = _scene(4, subject="flood", direction=direction, time_of_day="day")
    still, clip = render_background(scene), render_clip(scene)
    covered = [(np.abs(frame.astype(int) - still).max(axis=2) > 30).mean() for frame in clip]
    assert (covered[-1] > covered[0]) == (direction == "rising")


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("time", TIMES)
def test_paint_stays_nearest_to_its_own_colour_at_any_time(colour: str, time: str) -> None:
    scene = _scene(1, subject="bus", colour=colour, time_of_day=time)
    shown = np.array(subjects.paint(scene))
    same_light = {name: np.array(subjects.paint(replace(scene, colour=name))) for name in COLOURS}
    assert min(same_light, key=lambda name: float(np.abs(same_light[name] - shown).sum())) == colour
    others = [np.abs(value - shown).sum() for name, value in same_light.items() if name != colour]
    assert min(others) > 60


def test_nothing_flashes_more_than_three_times_a_second() -> None:
    """WCAG 2.3.1: count the rises of brightness of the whole picture and of the lamp."""
    for subject in ("ambulance", "storm"):
        clip = render_clip(_scene(6, subject=subject, time_of_day="night")).astype(float)
        blocks = clip.mean(axis=3).reshape(FRAMES, 10, 8, 16, 8).mean(axis=(2, 4)).reshape(FRAMES, -1)
        rises = (np.diff(blocks, axis=0) > 25).sum(axis=0)
        assert rises.max() <= 6, subject
    assert subjects.FLASHES_PER_SECOND <= 2


def test_another_resolution_shows_the_same_content() -> None:
    for seed in range(8):
        scene = _scene(seed)
        small, large = render_frame(scene, 7), render_frame(scene, 7, (512, 320))
        reduced = cv2.resize(large, (128, 80), interpolation=cv2.INTER_AREA)
        assert np.abs(reduced.astype(float) - small).mean() < 4.0


def test_only_coloured_subjects_have_a_colour_and_only_moving_ones_a_direction() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        scene = sample_scene(rng)
        assert (scene.colour is not None) == (scene.subject in COLOURED_SUBJECTS)
        assert (scene.direction is not None) == bool(SUBJECT_DIRECTIONS[scene.subject])


def test_a_complete_caption_names_colour_and_direction() -> None:
    rng = np.random.default_rng(0)
    words = {"left": ("left",), "right": ("right",)}
    for _ in range(200):
        scene = sample_scene(rng, subject="bus")
        text = caption(scene, rng, complete=True)
        assert (scene.colour or "?") in text
        assert any(word in text for word in words[scene.direction or ""])


def test_captions_are_varied() -> None:
    rng = np.random.default_rng(0)
    scene = _scene(0, subject="bus")
    assert len({caption(scene, rng) for _ in range(100)}) > 80
