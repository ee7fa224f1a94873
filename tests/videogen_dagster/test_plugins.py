"""Own parts from a package outside: each is one file plus one line, an entry point."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from tests.dagster_helpers import Project, failure_text, that_make
from tests.tiny_models import PROFILE
from videogen.domain.artifacts import Frames, NoiseLatents, VideoFile
from videogen.domain.stages import STAGES
from videogen.media.reading import iterate_frames

OWN_PARTS = """
import numpy as np

from videogen.noise.priors import NoisePrior
from videogen.models.families.animatediff import AnimateDiff


def combine(base, residual, share, settings):
    noise = share**0.5 * base + (1 - share) ** 0.5 * residual
    noise[:, 1::2] *= -1
    return noise


def split(noise, share, settings):
    return noise[:, :1], noise


ALTERNATING = NoisePrior(combine, split)


class Nearest:
    def enlarge(self, frames, factor):
        times = round(factor)
        return frames.repeat(times, axis=1).repeat(times, axis=2)


def nearest(config, weights, device):
    return Nearest()


def white_corner(frames, context):
    for frame in frames:
        frame = np.array(frame)
        frame[:8, :8] = 255
        yield frame


class Negative(AnimateDiff):
    def decode(self, latents):
        return 255 - super().decode(latents)
"""
ENTRY_POINTS = """
[videogen.noise_priors]
alternating = own_parts:ALTERNATING
[videogen.upscalers]
nearest = own_parts:nearest
[videogen.frame_steps]
white_corner = own_parts:white_corner
[videogen.model_families]
negative = own_parts:Negative
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution with the own parts, found on the path like an installed one."""
    place = tmp_path / "site"
    info = place / "own_parts-1.0.dist-info"
    info.mkdir(parents=True)
    (place / "own_parts.py").write_text(OWN_PARTS, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: own-parts\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(ENTRY_POINTS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(place))


@pytest.fixture
def own_models(tiny_models: Path, tmp_path: Path) -> Path:
    """The tiny weights under a second profile, of the own family."""
    models = tmp_path / "models"
    (models / "profiles").mkdir(parents=True)
    (models / "tiny").symlink_to(tiny_models / "tiny")
    for name, family in (("tiny", "animatediff"), ("own", "negative")):
        (models / "profiles" / f"{name}.yaml").write_text(
            yaml.safe_dump(PROFILE | {"family": family}), encoding="utf-8"
        )
    return models


@pytest.mark.usefixtures("installed")
def test_an_own_prior_family_upscaler_and_frame_step_make_a_video(tiny_project: Project, own_models: Path) -> None:
    tiny_project.settings |= {
        "paths.models": str(own_models),
        "noise.prior": "alternating",
        "super_resolution.upscaler": "nearest",
        "super_resolution.frame_steps": ["upscale", "white_corner"],
    }
    ids = [
        *tiny_project.submit("a bus", seed=1, profile="tiny"),
        *tiny_project.submit("a bus", seed=1, profile="own"),
    ]
    stages = STAGES[: STAGES.index("rendered_video") + 1]
    result = tiny_project.materialize(that_make(stages), ids)
    assert result.success, failure_text(result)

    def load(video_id: str, name: str, kind: Any) -> Any:
        return tiny_project.storage.artifacts.load(video_id, 1, name, kind)

    assert load(ids[0], "base_noise_latents", NoiseLatents).prior == "alternating"
    usual, own = (load(video_id, "decoded_frames", Frames).frames for video_id in ids)
    # One rounding step apart: the two are not denoised in the same batch.
    assert (own.int() - (255 - usual.int())).abs().max() <= 1
    large = load(ids[1], "upscaled_frames", Frames).frames
    assert (large[:, :8, :8] == 255).all()
    assert torch.equal(large[:, 8::2, 8::2], own[:, 4:, 4:])
    shown = next(iterate_frames(load(ids[1], "rendered_video", VideoFile).path))
    assert shown[:, :6, :6].min() > 200
