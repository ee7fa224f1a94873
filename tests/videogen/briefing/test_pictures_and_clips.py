"""Pictures and clips: around their focus, never stretched or blown up, with credit, label and lower third."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from videogen.briefing.narration.silence import SilentVoice
from videogen.briefing.narration.speaking import narrated
from videogen.briefing.pictures.brand import load_brand
from videogen.briefing.pictures.drawing import Pictures
from videogen.briefing.pictures.formats import FORMATS, label_of
from videogen.briefing.pictures.photo import MOST_ZOOM, ZOOM_A_SECOND
from videogen.briefing.pictures.shot_picture import Setting
from videogen.briefing.production.clips import wanted
from videogen.briefing.storyboard.yaml_text import from_yaml
from videogen.briefing.timing.timeline import scheduled
from videogen.config.groups.all import ProcessingSettings
from videogen.config.groups.label_profile import LabelStyle
from videogen.errors import InputError, MediaError
from videogen.quality.metrics.label_check import LEGIBLE, PRESENT, read_label

BOARD = """\
briefing: 1
title: {{en: Wells}}
languages: [en]
formats: [wide]
shots:
  - id: a
    kind: {kind}
    {what}
    lower_third: {{name: {{en: Asha Rao}}, role: {{en: Minister of Wells}}}}
    narration: [{{text: {{en: The wells of the valley give water to every town and to every village of it.}}}}]
  - {{id: end, kind: end}}
"""
PICTURE = "picture: {{file: well.png, credit: Bureau of Wells, licence: own, alt: {{en: A well}}, focus: [{x}, 0.5], move: {move}}}"


def pictures(form_name: str, kind: str, what: str, file=None, clip=None, label_text: str = "AI-generated"):
    board = from_yaml(BOARD.format(kind=kind, what=what))
    form = FORMATS[form_name]
    timeline = scheduled(board.shots_in("en"), narrated(board, "en", SilentVoice()), Fraction(25))
    label = label_of(LabelStyle(label_text), form)
    setting = Setting(board, "en", form, load_brand("plain"), Fraction(25), label)

    def none(name):
        raise InputError(f"{name} is missing")

    made = Pictures(setting, file or none, ProcessingSettings(), clip or (lambda shot: None))
    return made, timeline, label


def with_marks(path: Path, size=(2400, 1500)) -> Path:
    """A grey picture with a red square in its left third."""
    pixels = np.full((size[1], size[0], 3), 90, np.uint8)
    pixels[size[1] // 2 - 60 : size[1] // 2 + 60, size[0] // 4 - 60 : size[0] // 4 + 60] = (220, 20, 20)
    Image.fromarray(pixels).save(path)
    return path


def red(frame: np.ndarray) -> np.ndarray:
    return (frame[..., 0] > 170) & (frame[..., 1] < 90) & (frame[..., 2] < 90)


@pytest.mark.parametrize("form_name", FORMATS)
def test_the_focus_stays_in_every_crop_and_squares_stay_square(form_name, tmp_path):
    path = with_marks(tmp_path / "well.png", (2700, 2700) if form_name != "wide" else (2400, 1500))
    made, timeline, _ = pictures(form_name, "picture", PICTURE.format(x=0.25, move="still"), lambda name: path)
    mask = red(made.picture_of(timeline.shots[0]).segments[0].draw(0))
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    assert len(rows), "the focus is in the picture"
    assert (rows[-1] - rows[0]) == pytest.approx(columns[-1] - columns[0], abs=6)


def test_a_picture_is_zoomed_slowly_and_smoothly(tmp_path):
    path = with_marks(tmp_path / "well.png")
    made, timeline, _ = pictures("wide", "picture", PICTURE.format(x=0.25, move="zoom-in"), lambda name: path)
    timed = timeline.shots[0]
    segment = made.picture_of(timed).segments[0]
    sizes = [float(red(segment.draw(frame)).sum()) ** 0.5 for frame in (0, timed.count // 2, timed.count - 1)]
    assert sizes[0] < sizes[1] < sizes[2]
    assert sizes[2] / sizes[0] <= 1 + min(MOST_ZOOM, ZOOM_A_SECOND * timed.count / 25) + 0.02


@pytest.mark.parametrize("form_name", FORMATS)
@pytest.mark.parametrize("ground", [0, 255])
def test_the_label_is_legible_over_black_and_over_white(form_name, ground, tmp_path):
    path = tmp_path / "well.png"
    Image.fromarray(np.full((1920, 1920, 3), ground, np.uint8)).save(path)
    made, timeline, label = pictures(form_name, "picture", PICTURE.format(x=0.5, move="zoom-out"), lambda name: path)
    likeness, contrast = read_label(made.picture_of(timeline.shots[0]).segments[0].draw(10), label)
    assert likeness >= PRESENT
    assert contrast >= LEGIBLE


def test_a_picture_that_would_be_blown_up_is_refused_with_the_size_it_needs(tmp_path):
    path = with_marks(tmp_path / "well.png", (640, 360))
    made, timeline, _ = pictures("wide", "picture", PICTURE.format(x=0.5, move="still"), lambda name: path)
    with pytest.raises(MediaError, match="640×360 pixels, too small for 1920×1080") as caught:
        made.picture_of(timeline.shots[0])
    assert "1280×720" in caught.value.remedy


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n broken", b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_what_is_not_a_picture_is_refused(content, tmp_path):
    path = tmp_path / "well.png"
    path.write_bytes(content)
    made, timeline, _ = pictures("wide", "picture", PICTURE.format(x=0.5, move="still"), lambda name: path)
    with pytest.raises(InputError):
        made.picture_of(timeline.shots[0])


@pytest.mark.parametrize("mode", ["CMYK", "LA", "I;16", "P"])
def test_pictures_of_other_kinds_are_shown(mode, tmp_path):
    path = tmp_path / ("well.tif" if mode in ("CMYK", "I;16") else "well.png")
    plain = Image.new("RGB", (1920, 1080), (90, 120, 150))
    made_of = Image.fromarray(np.full((1080, 1920), 30000, np.uint16)) if mode == "I;16" else plain.convert(mode)
    made_of.save(path)
    made, timeline, _ = pictures("wide", "picture", PICTURE.format(x=0.5, move="still"), lambda name: path)
    assert made.picture_of(timeline.shots[0]).segments[0].draw(0).shape == (1080, 1920, 3)


def clip(count: int, fps: float):
    frames = np.zeros((count, 720, 1280, 3), np.uint8)
    frames += np.linspace(40, 200, count).astype(np.uint8)[:, None, None, None]
    return frames, fps


def test_a_clip_is_slowed_and_held_but_never_looped():
    made, timeline, label = pictures(
        "wide", "clip", "clip: {prompt: a well in the sun, seed: 7}", clip=lambda shot: clip(40, 10.0)
    )
    timed = timeline.shots[0]
    segment = made.picture_of(timed).segments[0]
    levels = [float(segment.draw(frame)[500, 900].mean()) for frame in range(0, timed.count, 12)]
    assert all(b >= a - 1 for a, b in pairwise(levels)), "it never begins again"
    assert read_label(segment.draw(5), label)[0] >= PRESENT


def test_a_clip_that_is_far_too_short_is_an_error():
    made, timeline, _ = pictures(
        "wide", "clip", "clip: {prompt: a well in the sun, seed: 7}", clip=lambda shot: clip(8, 10.0)
    )
    with pytest.raises(MediaError, match="too short"):
        made.picture_of(timeline.shots[0])


def test_a_shot_without_a_usable_clip_shows_its_sentence():
    made, timeline, _ = pictures("wide", "clip", "clip: {prompt: a well in the sun, seed: 7}")
    picture = made.picture_of(timeline.shots[0])
    assert [role for role, _ in picture.texts if role == "statement"]


def test_a_clip_is_asked_for_once_for_the_longest_language():
    _, timeline, _ = pictures("wide", "clip", "clip: {prompt: a well in the sun, seed: 7}")
    board = from_yaml(BOARD.format(kind="clip", what="clip: {prompt: a well in the sun, seed: 7}"))
    (asked,) = wanted(board.shots, [timeline, timeline])
    shot = timeline.shots[0]
    assert 2.0 <= asked.seconds <= shot.count / 25
    assert asked.seconds * 1.15 + 1.5 >= shot.count / 25
