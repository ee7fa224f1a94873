from __future__ import annotations

import numpy as np
import pytest

from tests.videogen.quality.scenes import labelled, moving_scene, texture, window
from videogen.media.label import Label
from videogen.quality.metrics.label_check import LabelReading, LabelWatch, read_label

SIZE = (640, 360)


def reading(clip: np.ndarray, text: str = "AI-generated", position: str = "top-right") -> LabelReading:
    watch = LabelWatch(Label.fitted(text, (clip.shape[2], clip.shape[1]), position))  # type: ignore[arg-type]
    watch.update(window(clip))
    return watch.result()


@pytest.fixture(scope="module")
def clip() -> np.ndarray:
    return moving_scene(12, SIZE)


@pytest.mark.parametrize("ground", [0, 128, 255])
def test_a_label_on_any_ground_is_present_and_legible(ground: int) -> None:
    result = reading(labelled(np.full((3, SIZE[1], SIZE[0], 3), ground, np.uint8)))
    assert result.present
    assert result.legible


def test_a_label_on_a_busy_picture_is_found(clip: np.ndarray) -> None:
    assert reading(labelled(clip)).legible


def test_a_video_without_label_has_none(clip: np.ndarray) -> None:
    assert not reading(clip).present


def test_another_text_in_its_place_is_not_the_label(clip: np.ndarray) -> None:
    assert not reading(labelled(clip, "Made by hand"), "AI-generated").present


def test_the_label_in_another_corner_is_not_found(clip: np.ndarray) -> None:
    assert not reading(labelled(clip), position="bottom-left").present


def test_a_label_missing_in_part_of_the_video_is_missing(clip: np.ndarray) -> None:
    marked = labelled(clip)
    marked[6:9] = clip[6:9]
    result = reading(marked)
    assert not result.present
    assert result.at == 6


def test_a_faded_label_is_present_but_not_legible() -> None:
    clip = np.full((1, SIZE[1], SIZE[0], 3), 120, np.uint8)
    faded = (clip + 0.08 * (labelled(clip).astype(float) - clip)).astype(np.uint8)
    result = reading(faded)
    assert result.present
    assert not result.legible


def test_contrast_is_wcags_ratio() -> None:
    label = Label.fitted("AI-generated", SIZE)
    frame = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    left, top, right, bottom = label.box
    frame[top:bottom, left:right] = np.where(label.ink[..., None] > 0.5, 255, 0)
    assert read_label(frame, label)[1] == pytest.approx(21.0)


def test_a_flat_box_has_no_likeness_and_no_contrast() -> None:
    likeness, contrast = read_label(np.full((SIZE[1], SIZE[0], 3), 90, np.uint8), Label.fitted("AI", SIZE))
    assert likeness == pytest.approx(0.0, abs=1e-6)
    assert contrast == pytest.approx(1.0)


def test_no_texture_looks_like_a_label() -> None:
    likeness = [reading(texture(SIZE[1], SIZE[0], seed, coarse=6)[None]).likeness for seed in range(30)]
    assert max(likeness) < 0.5
