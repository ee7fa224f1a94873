"""Comparisons become a dataset: whose, of which videos, split how, and what an erasure leaves of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np
import pytest
import torch

from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import VideoLatents
from videogen.domain.requests import VideoRequest
from videogen.errors import InputError
from videogen.feedback import FeedbackIntegration
from videogen.feedback.erasure import erase_user
from videogen.feedback.tuning.dataset import note_weights, read_dataset
from videogen.feedback.tuning.pairs import LARGEST_SHARE, prompt_clusters
from videogen.storage.artifact_store import ArtifactStore

SUBJECTS = (
    "a red bus",
    "heavy rain",
    "a cyclone",
    "wind turbines",
    "a burning house",
    "a crowd",
    "solar panels",
    "a flag",
)
PLACES = ("in the city", "in the fields", "at the coast", "in the hills")
Compare = Callable[..., str]


@pytest.fixture
def compare(feedback: FeedbackIntegration) -> Compare:
    """Makes two attempts of a prompt, of which somebody prefers the second; returns the video's id."""
    numbers: Iterator[int] = count()

    def say(user: str, prompt: str, *, consent: bool = True, seeds: tuple[int, int] = (3, 3), **other: Any) -> str:
        requests = feedback.collector.requests
        request = requests.submit(VideoRequest(prompt=prompt))
        for seed in seeds:
            attempt = requests.open_attempt(request.id, reason="test")
            latents = torch.full((12, 2, 3, 4), float(next(numbers)))
            made = VideoLatents(latents, [999], 3.0, seed, other.get("profile", "pib-mini"), "r")
            ArtifactStore(requests.root).save(request.id, attempt.number, "video_latents", made)
        said = {"user": user, "attempt": 2, "other_attempt": 1, "consent_to_training": consent}
        feedback.collect_feedback(request.id, said)
        return request.id

    return say


def prompts(number: int) -> str:
    return f"{SUBJECTS[number % 8]} {PLACES[number // 8 % 4]}"


def test_a_dataset_holds_who_won_with_whose_latents_and_is_read_back(
    feedback: FeedbackIntegration, compare: Compare, config: VideoGenConfig
) -> None:
    for number in range(40):
        compare(f"rater {number % 25}", prompts(number))
    manifest = feedback.improver.generate_fine_tuning_dataset()
    _, rows, latents = read_dataset(config, manifest.id)
    assert (manifest.pairs, manifest.raters, manifest.profile) == (40, 25, "pib-mini")
    assert rows.groupby("rater").size().max() <= LARGEST_SHARE * len(rows)
    for row in rows.to_dict("records"):
        assert float(latents[row["winner"]].mean()) == float(latents[row["loser"]].mean()) + 1.0
        assert row["seed"] == 3
    sides = rows.groupby("prompt")["split"].nunique()
    assert set(sides) == {1}, "a prompt is on one side"


def test_what_may_not_be_learned_from_is_left_out_and_counted(feedback: FeedbackIntegration, compare: Compare) -> None:
    for number in range(24):
        compare(f"rater {number}", prompts(number))
    compare("no consent", prompts(1), consent=False)
    compare("two plans", prompts(2), seeds=(3, 4))
    compare("elsewhere", prompts(3), profile="wan21-1.3b")
    gone = compare("gone", prompts(4))
    ArtifactStore(feedback.collector.requests.root).remove(gone, 2, "video_latents")
    for number in range(9):
        compare("says too much", prompts(number))
    manifest = feedback.improver.generate_fine_tuning_dataset()
    assert manifest.refused == {
        "without consent to training": 1, "of different seeds": 1, "made with another model": 1,
        "whose latents were cleaned up": 1, "of a rater who gave more than 5 %": 8,
    }  # fmt: skip
    assert manifest.pairs == 25


def test_too_few_people_make_no_dataset(feedback: FeedbackIntegration, compare: Compare) -> None:
    for number in range(30):
        compare(f"rater {number % 3}", prompts(number))
    with pytest.raises(InputError, match="0 pairs are too few") as refused:
        feedback.improver.generate_fine_tuning_dataset()
    assert "at least 20" in refused.value.remedy


def test_paraphrases_share_a_cluster() -> None:
    one, same, other = prompt_clusters(["a red bus in the city", "a red bus in a city", "wind turbines at the coast"])
    assert one == same != other


def test_an_erased_person_leaves_the_dataset_and_the_trained_weights_are_named(
    feedback: FeedbackIntegration, compare: Compare, config: VideoGenConfig
) -> None:
    for number in range(24):
        compare(f"rater {number}", prompts(number))
    made = feedback.improver.generate_fine_tuning_dataset()
    note_weights(config, made.id, "adapters/choices.safetensors", "0" * 64)
    erased = erase_user(feedback.collector, "rater 7", "Art. 17")
    assert (erased.datasets, erased.weights) == ((made.id,), ("adapters/choices.safetensors",))
    manifest, rows, latents = read_dataset(config, made.id)
    assert (manifest.version, manifest.pairs, len(rows), len(latents)) == (2, 23, 23, 46)
    assert feedback.collector.keys.pseudonym("rater 7") not in set(rows["rater"])
    assert np.isfinite([float(one.mean()) for one in latents.values()]).all()
