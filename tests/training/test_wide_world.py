"""The wide world: what its truth says is what is drawn, and its captions say it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.wide.world import words
from training.wide.world.captions import caption
from training.wide.world.registry import PARTNERS, SUBJECTS, THINGS, partners_of, sample_scene
from training.wide.world.render import SIZE, render_clip, render_frame, render_truth
from training.wide.world.scene import SETTINGS, TIMES, Scene


def scene_of(subject: str, seed: int = 0, **given: str) -> Scene:
    return sample_scene(np.random.default_rng(seed), subject, **given)


def test_it_is_wide() -> None:
    assert len(SUBJECTS) >= 40
    assert len(SETTINGS) >= 7
    assert {setting for thing in THINGS.values() for setting in thing.settings} == set(SETTINGS)
    assert len(PARTNERS) >= 5


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_is_seen_in_each_of_its_settings_and_says_where(subject: str) -> None:
    thing = THINGS[subject]
    for number, setting in enumerate(dict.fromkeys(thing.settings)):
        scene = sample_scene(np.random.default_rng(number), subject, setting, TIMES[number % 3])
        frames, truths = render_truth(replace(scene, second=None), num_frames=3)
        assert frames.shape == (3, SIZE[1], SIZE[0], 3)
        seen = [truth.boxes.get(subject) for truth in truths]
        areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in seen if box is not None]
        assert areas, f"{subject} is not to be seen in {setting}"
        assert max(areas) > 0.03


@pytest.mark.parametrize("direction", ["left", "right"])
@pytest.mark.parametrize("subject", ["bus", "tractor", "ship", "helicopter", "helpers", "deer"])
def test_the_box_of_a_subject_goes_the_way_that_the_truth_says(subject: str, direction: str) -> None:
    scene = replace(scene_of(subject, direction=direction), second=None, rain=False, position=0.5, speed=0.3)
    _, truths = render_truth(scene)
    middles = [(box[0] + box[2]) / 2 for box in (truth.boxes[subject] for truth in truths)]
    went = middles[-1] - middles[0]
    assert np.sign(went) == (1 if direction == "right" else -1)
    assert went == pytest.approx(sum(truth.motion[0] for truth in truths[:-1]), abs=0.05)


def test_two_subjects_have_a_box_each_on_their_own_sides() -> None:
    scene = scene_of("ballot box", setting="village", second="hospital")
    _, truths = render_truth(scene, num_frames=2)
    boxes = truths[0].boxes
    assert set(boxes) == {"ballot box", "hospital"}
    left, right = ("hospital", "ballot box") if scene.mirrored else ("ballot box", "hospital")
    assert boxes[left][0] < boxes[right][0]


def test_only_what_fits_stands_behind_another() -> None:
    assert partners_of("bus", "interior") == ()
    assert partners_of("flood", "city") == ()
    assert "hospital" in partners_of("bus", "city")
    assert "parliament" not in partners_of("bus", "fields")


def test_the_same_scene_gives_the_same_pixels_and_its_content_at_any_size() -> None:
    scene = scene_of("bus", setting="city", time_of_day="day")
    once, again = render_clip(scene), render_clip(scene)
    np.testing.assert_array_equal(once, again)
    large = render_frame(scene, 5, (SIZE[0] * 2, SIZE[1] * 2)).astype(np.float32)
    small = large.reshape(SIZE[1], 2, SIZE[0], 2, 3).mean(axis=(1, 3))
    assert np.abs(small - once[5]).mean() < 3.0


def test_rain_falls_on_a_rainy_scene_and_the_sky_is_grey() -> None:
    dry = replace(scene_of("bus", setting="city", time_of_day="day"), rain=False)
    wet, dry_sky = render_frame(replace(dry, rain=True), 4), render_frame(dry, 4)
    assert np.abs(wet.astype(int) - dry_sky).mean() > 8
    assert wet[:10].std(axis=2).mean() < dry_sky[:10].std(axis=2).mean(), "less blue above"


def test_every_subject_has_words_and_every_mover_words_for_each_of_its_ways() -> None:
    assert set(words.NOUNS) == set(words.POLICY) == set(SUBJECTS)
    for name, thing in THINGS.items():
        for way in thing.ways:
            assert words.MOTION[name][way]


@pytest.mark.parametrize("seed", range(40))
def test_a_complete_caption_says_all_of_its_scene(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = sample_scene(rng)
    text = caption(scene, rng, complete=True)
    assert any(noun in text for noun in words.NOUNS[scene.subject])
    if scene.second is not None:
        assert any(noun in text for noun in words.NOUNS[scene.second])
    if scene.colour is not None:
        assert scene.colour in text
    if scene.direction in ("left", "right"):
        assert scene.direction in text
    if scene.rain:
        assert "rain" in text
    if scene.subject != "sun":
        assert any(time in text for time in words.TIMES[scene.time_of_day])
