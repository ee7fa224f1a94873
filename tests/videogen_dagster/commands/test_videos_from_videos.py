"""`videogen generate --from-video` and `videogen vary`, over the tiny model: what is kept, shown and linked."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from videogen.domain.artifacts import ConditioningEmbeddings, NoiseLatents
from videogen.domain.source import Source
from videogen.intake.variation import Change
from videogen.media.encoding import Encoding, write_mp4
from videogen.noise import NoiseDecomposer
from videogen_dagster.project import Project
from videogen_dagster.variation.finding import varied_request


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    frames = (np.full((64, 96, 3), 10 * number, np.uint8) for number in range(18))
    write_mp4(path, frames, Encoding((96, 64), Fraction(24)))
    return path


@pytest.fixture
def first(videogen, clip) -> dict[str, Any]:
    """A video made from a clip, with a source of the issuer."""
    (clip.parent / "release.txt").write_text("The bus runs every day.\n", encoding="utf-8-sig")
    options = (
        "--from-video",
        clip,
        "--strength",
        0.4,
        "--invert",
        "--source",
        clip.parent / "release.txt",
        "--seed",
        3,
    )
    made = videogen("generate", "a red bus", *options, "--json").data
    assert any("the clip lasts 0.75 s of 1.00 s" in warning for warning in made["warnings"])
    return made


def test_a_video_from_a_clip_and_a_variation_of_it(videogen, first, clip, config) -> None:
    shown = videogen("show", first["video_id"])
    assert "start.mp4 (its noise worked out of it)" in shown.out
    home = Project(config)
    started = home.artifacts.load(first["video_id"], 1, "conditioning_embeddings", ConditioningEmbeddings)
    assert tuple(started.start_latents.shape) == (4, 8, 20, 32)

    varied = videogen("vary", first["video_id"], "--strength", 0.3, "--seed", 8, "--json").data
    request = home.requests.get(varied["video_id"])
    assert (request.varied_from, request.varied_attempt, request.seed) == (first["video_id"], 1, 3)
    assert (request.prompt, request.strength, request.invert) == ("a red bus", 0.4, True)
    old = home.requests.get(first["video_id"])
    assert [text.sha256 for text in home.requests.source_texts(request)] == [
        text.sha256 for text in home.requests.source_texts(old)
    ]
    assert home.requests.clip_path(request).read_bytes() == clip.read_bytes()
    assert f"{first['video_id']}, attempt 1" in videogen("show", varied["video_id"]).out

    def noise(video_id: str) -> torch.Tensor:
        parts = [
            home.artifacts.load(video_id, 1, f"{name}_noise_latents", NoiseLatents) for name in ("base", "residual")
        ]
        return NoiseDecomposer(home.config).recombine(*parts)

    before, after = noise(first["video_id"]), noise(varied["video_id"])
    assert torch.nn.functional.cosine_similarity(before.mean(1).flatten(), after.mean(1).flatten(), dim=0) > 0.999
    assert not torch.allclose(before, after, atol=0.1)

    # A variation of the variation starts from it.
    storage = SimpleNamespace(requests=home.requests, artifacts=home.artifacts)
    change = Change(0.5, "content", 11)
    with varied_request(storage, home.config, varied["video_id"], None, change, Source.PYTHON) as again:
        chain = again.overrides["noise.variations"]
    assert [(one["of"], one["strength"], one["seed"]) for one in chain] == [("motion", 0.3, 8), ("content", 0.5, 11)]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("vary", "20261122-093000123-red-bus-city-a1b2c3d4"), "does not exist"),
        (("generate", "a red bus", "--strength", "0.5"), "strength without from_video"),
        (("generate", "a red bus", "--from-video", "nowhere.mp4"), "nowhere.mp4"),
        (("generate", "a red bus", "--from-video", __file__), "neither a video nor a picture"),
    ],
)
def test_what_cannot_be_made_is_said_before_anything_is_stored(videogen, config, arguments, problem) -> None:
    before = Project(config).requests.ids()
    answer = videogen(*arguments)
    assert answer.code != 0
    assert problem in answer.err
    assert Project(config).requests.ids() == before
