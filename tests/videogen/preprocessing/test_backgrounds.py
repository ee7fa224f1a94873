from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from videogen.config.groups.all import PreprocessingSettings, ProcessingSettings
from videogen.preprocessing import ImagePreprocessor
from videogen.preprocessing.image.background import subject_mask

SIZE = (128, 80)


def preprocessor(**changes: object) -> ImagePreprocessor:
    return ImagePreprocessor(PreprocessingSettings(**changes), ProcessingSettings(), SIZE)


def test_the_background_of_a_clear_subject_becomes_white(tmp_path: Path, speckled: Image.Image) -> None:
    mask, problem = subject_mask(speckled)
    assert mask is not None, problem
    found = np.asarray(mask) > 127
    drawn = Image.new("L", speckled.size)
    ImageDraw.Draw(drawn).ellipse((65, 30, 135, 120), fill=255)
    real = np.asarray(drawn) > 127
    assert (found & real).sum() / (found | real).sum() > 0.93
    speckled.save(tmp_path / "ball.png")
    result = preprocessor(remove_background=True).process([tmp_path / "ball.png"])
    assert result.sources[0]["background_removed"]
    assert result.sources[0]["steps"] == ["orient", "to_srgb", "enhance", "remove_background", "resize"]
    assert (result.pixels[0, 3, 3] > 250).all()
    assert result.pixels[0, 40, 64, 0] > 150
    assert result.pixels[0, 40, 64, 1] < 80


def test_a_background_that_cannot_be_told_apart_is_kept_with_a_warning(tmp_path: Path) -> None:
    Image.effect_noise((200, 150), 60).convert("RGB").save(tmp_path / "noise.png")
    with_step, without = (preprocessor(remove_background=on).process([tmp_path / "noise.png"]) for on in (True, False))
    assert "background was kept" in with_step.warnings[0]
    assert torch.equal(with_step.pixels, without.pixels)


def before(backdrop: tuple[int, int, int]) -> Image.Image:
    """A speckled red ball in front of a backdrop of this colour, with the noise of a camera."""
    rng = np.random.default_rng(2)
    pixels = np.full((150, 200, 3), backdrop, float) + rng.normal(0, 1.5, (150, 200, 3))
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    ball = Image.fromarray(np.clip(rng.normal((190, 40, 40), 12, (150, 200, 3)), 0, 255).astype(np.uint8))
    mask = Image.new("L", image.size)
    ImageDraw.Draw(mask).ellipse((65, 30, 135, 120), fill=255)
    image.paste(ball, mask=mask)
    return image


@pytest.mark.parametrize(
    ("colour", "kind"),
    [((128, 128, 130), "grey"), ((20, 20, 20), "grey"), ((40, 200, 60), "green"), ((30, 40, 220), "blue")],
)
def test_a_plain_backdrop_is_found_and_removed_without_being_asked(
    tmp_path: Path, colour: tuple[int, int, int], kind: str
) -> None:
    before(colour).save(tmp_path / "ball.png")
    result = preprocessor().process([tmp_path / "ball.png"])
    assert (result.sources[0]["backdrop"], result.sources[0]["background_removed"]) == (kind, True)
    assert (result.pixels[0, 3, 3] > 250).all()
    assert result.warnings == []
    kept = preprocessor(remove_background=False).process([tmp_path / "ball.png"])
    assert "backdrop" not in kept.sources[0]


def test_what_belongs_to_the_scene_stays(tmp_path: Path, landscape: Image.Image) -> None:
    """A landscape; a ball before the sky, and before a wall that gets darker; one colour without a subject."""
    wall = Image.fromarray(np.linspace(60, 200, 150).astype(np.uint8)[:, None, None].repeat(200, 1).repeat(3, 2))
    wall.paste(before((128, 128, 128)).crop((65, 30, 135, 120)), (65, 30))
    pictures = (landscape, before((120, 170, 235)), wall, Image.new("RGB", (200, 150), (128, 128, 128)))
    for number, picture in enumerate(pictures):
        picture.save(tmp_path / f"{number}.png")
        result = preprocessor().process([tmp_path / f"{number}.png"])
        assert "background_removed" not in result.sources[0], number
        assert not [warning for warning in result.warnings if "background" in warning]
