"""A new attempt that starts at the noise draws both halves of it with its own seed."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest
import torch

from tests.dagster_helpers import Project, that_make
from videogen.domain.artifacts import NoiseLatents
from videogen.domain.requests import Attempt
from videogen.domain.stages import STAGES, made_with
from videogen.noise import NoiseDecomposer

HALVES = made_with("base_noise_latents")
NOISE = that_make(STAGES[: STAGES.index("video_latents")])


def made_by(project: Project, attempt: Attempt) -> list[NoiseLatents]:
    """Both halves of the noise as the stages of the attempt read them, after a run of what it makes anew."""
    chosen = [key for asset in NOISE for key in asset.keys if key.path[-1] in (attempt.makes_anew() or STAGES)]
    tags = {"videogen/attempt": str(attempt.number)}
    assert project.materialize(NOISE, [attempt.video_id], selection=chosen, tags=tags).success
    storage = project.storage
    holders = [storage.requests.holder(attempt.video_id, attempt.number, stage) for stage in HALVES]
    return [
        storage.artifacts.load(attempt.video_id, holder, stage, NoiseLatents)
        for holder, stage in zip(holders, HALVES, strict=True)
    ]


def initial(project: Project, parts: list[NoiseLatents]) -> torch.Tensor:
    settings = project.storage.settings.config.noise
    return NoiseDecomposer(settings, 0.7, 0.3, "mixed").recombine(*parts)


@pytest.mark.parametrize("start", HALVES)
def test_another_seed_at_either_stage_of_the_noise_draws_both_halves_anew(tiny_project: Project, start: str) -> None:
    # With this prior the initial noise is the residual alone.
    tiny_project.settings["noise.prior"] = "independent"
    requests = tiny_project.storage.requests
    (video_id,) = tiny_project.submit("a bus", seed=1)
    first = made_by(tiny_project, requests.open_attempt(video_id, reason="first"))
    changes: dict[str, Any] = {"seed": 99, "model.base_noise_lambda": 0.8, "model.residual_noise_lambda": 0.2}
    second = made_by(
        tiny_project, requests.open_attempt(video_id, reason="another seed", from_stage=start, changes=changes)
    )
    assert [part.seed for part in first] == [1, 1]
    assert [part.seed for part in second] == [99, 99]
    assert [part.variance_share for part in second] == pytest.approx([0.8, 0.2])
    assert not torch.equal(initial(tiny_project, first), initial(tiny_project, second))


def test_a_run_that_makes_one_half_again_inherits_the_other_half_of_the_same_draw(tiny_project: Project) -> None:
    requests = tiny_project.storage.requests
    (video_id,) = tiny_project.submit("a bus", seed=1)
    first = made_by(tiny_project, requests.open_attempt(video_id, reason="first"))
    base = [dg.AssetKey("base_noise_latents")]
    assert tiny_project.materialize(NOISE, [video_id], selection=base).success
    holders = [requests.holder(video_id, 2, stage) for stage in HALVES]
    assert holders == [2, 1]
    again = tiny_project.storage.artifacts.load(video_id, 2, "base_noise_latents", NoiseLatents)
    assert torch.equal(again.noise, first[0].noise)
