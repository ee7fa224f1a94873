"""Words that the profile's open choices add to a prompt belong to the attempt that made `prompt_asset`."""

from __future__ import annotations

from typing import Any

from tests.dagster_helpers import Project, that_make
from videogen.domain.artifacts import PromptAsset

PROMPT = "heavy rain over the city"
FIRST = that_make(["prompt_asset"])


def words(project: Project, video_id: str, number: int = 1) -> str:
    """The enhanced prompt that the stages of an attempt read."""
    holder = project.storage.requests.holder(video_id, number, "prompt_asset")
    return project.storage.artifacts.load(video_id, holder, "prompt_asset", PromptAsset).enhanced


def retry(project: Project, video_id: str, **options: Any) -> int:
    return project.storage.requests.open_attempt(video_id, reason="another take", **options).number


def test_an_attempt_behind_the_prompt_keeps_its_words_whatever_its_seed_and_one_from_the_start_settles_anew(
    project: Project,
) -> None:
    ids = [project.submit(PROMPT, seed=seed)[0] for seed in range(6)]
    assert project.materialize(FIRST, ids).success
    settled = [words(project, video_id) for video_id in ids]
    video, was = ids[0], settled[0]
    seed = next(seed for seed, text in enumerate(settled) if text != was)

    behind = retry(project, video, changes={"seed": seed}, from_stage="base_noise_latents")
    assert words(project, video, behind) == was
    anew = retry(project, video, changes={"seed": seed})
    assert project.materialize(FIRST, [video], tags={"videogen/attempt": str(anew)}).success
    assert words(project, video, anew) == settled[seed]


def test_the_words_follow_a_seed_that_was_inherited_once_the_prompt_is_made_anew(project: Project) -> None:
    ids = [project.submit(PROMPT, seed=seed)[0] for seed in range(6)]
    assert project.materialize(FIRST, ids).success
    settled = [words(project, video_id) for video_id in ids]
    seed = next(seed for seed, text in enumerate(settled) if text != settled[0])
    retry(project, ids[0], changes={"seed": seed}, from_stage="base_noise_latents")
    third = retry(project, ids[0], from_stage="prompt_asset")
    assert project.materialize(FIRST, [ids[0]], tags={"videogen/attempt": str(third)}).success
    assert words(project, ids[0], third) == settled[seed]
