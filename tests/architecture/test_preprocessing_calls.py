"""Preprocessing as the architecture writes it, on plain inputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.architecture.spying import calls
from videogen import ImagePreprocessor, InputValidator, TextPreprocessor
from videogen.errors import InputError
from videogen.models.loading import tokenizer_for
from videogen.models.profile import profile_of


@calls("TextPreprocessor.enhance_prompt")
def test_an_abstract_prompt_gets_what_it_looks_like_and_a_concrete_one_stays() -> None:
    better = TextPreprocessor().enhance_prompt("renewable energy initiatives")
    assert better.startswith("renewable energy initiatives")
    assert set(better.lower().replace(",", " ").split()) & {"wind", "turbines", "solar", "panels"}
    assert TextPreprocessor().enhance_prompt("a red bus in a street") == "a red bus in a street"


@calls("TextPreprocessor.tokenize")
def test_tokens_are_those_of_the_models_own_tokenizer() -> None:
    ids, pieces = TextPreprocessor().tokenize("a lighthouse")
    assert (ids, pieces) == tuple(map(list, tokenizer_for(profile_of(None))("a lighthouse")))
    assert "lighthouse" in "".join(pieces).replace("##", "")


@calls("TextPreprocessor.detect_language")
def test_the_language_is_told_with_its_confidence() -> None:
    preprocessor = TextPreprocessor()
    for text, code in (
        ("The ministry opened a new bridge over the river today.", "en"),
        ("Das Ministerium hat heute eine neue Brücke über den Fluss eröffnet.", "de"),
        ("मंत्रालय ने आज नदी पर एक नया पुल खोला।", "hi"),
    ):
        found, confidence = preprocessor.detect_language(text)
        assert found == code
        assert confidence > 0.8


@calls("ImagePreprocessor.normalize")
def test_an_image_is_normalised_to_minus_one_to_one(photo: Path) -> None:
    levels = np.asarray(Image.open(photo), np.float64)
    for given in (photo, str(photo), Image.open(photo), levels.astype(np.uint8), levels / 255.0):
        values = ImagePreprocessor().normalize(given)
        assert values.dtype == np.float32
        assert np.abs(values - (levels / 127.5 - 1.0)).max() < 1e-6


@calls("ImagePreprocessor.resize")
def test_an_image_is_resized_without_being_squeezed(photo: Path) -> None:
    found = np.asarray(ImagePreprocessor().resize(photo, (112, 64)), float)
    assert found.shape == (64, 112, 3)
    # 16 of the 144 rows are too many for the shape asked for: they are cut where least is seen.
    with Image.open(photo) as opened:
        cuts = [opened.resize((112, 64), Image.Resampling.LANCZOS, (0, top, 224, top + 128)) for top in range(17)]
    assert min(np.abs(np.asarray(cut, float) - found).mean() for cut in cuts) < 1


@calls("ImagePreprocessor.extract_features")
def test_features_tell_a_bright_image_from_a_dark_one() -> None:
    from videogen.preprocessing.image.features import FEATURES, LENGTH

    dark, bright = (ImagePreprocessor().extract_features(np.full((40, 60, 3), level, np.uint8)) for level in (30, 220))
    assert dark.shape == bright.shape == (LENGTH,)
    changed = {name for name, place in FEATURES.items() if not np.allclose(dark[place], bright[place])}
    assert changed
    assert all(0.0 <= number <= 1.0 for number in (*dark, *bright))


@calls("InputValidator.validate_prompt")
def test_a_prompt_is_trimmed_and_an_empty_one_refused() -> None:
    assert InputValidator().validate_prompt("  a lighthouse \n") == "a lighthouse"
    with pytest.raises(InputError, match="the prompt is empty"):
        InputValidator().validate_prompt("   ")


@calls("InputValidator.validate_images")
def test_images_are_given_back_as_absolute_paths(photo: Path, tmp_path: Path) -> None:
    assert InputValidator().validate_images(images=[str(photo)]) == [photo.resolve()]
    (tmp_path / "no.png").write_bytes(b"text")
    with pytest.raises(InputError, match="picture 2"):
        InputValidator().validate_images([photo, tmp_path / "no.png"])


@calls("InputValidator.check_policy_compliance")
def test_the_policy_allows_an_ordinary_text_and_names_the_rule_against_another() -> None:
    validator = InputValidator()
    assert validator.check_policy_compliance("a lighthouse at dusk").allowed
    refused = validator.check_policy_compliance("a nude woman on the beach")
    assert (refused.allowed, refused.rule) == (False, "sexual-content")
    with pytest.raises(InputError, match="reads text"):
        validator.check_policy_compliance(np.zeros((4, 4, 3)))  # type: ignore[arg-type]
