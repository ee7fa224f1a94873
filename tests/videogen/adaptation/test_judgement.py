"""Before anything is drawn it is known whether the model can draw it, and what is nearest to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.known_world import PATH, known_world
from videogen.adaptation.forecast import coverage_for, prompt_adapter
from videogen.adaptation.judgement import subject_part, unknown_things
from videogen.adaptation.known_vectors import known_vectors
from videogen.adaptation.world import KnownWorld, vectors_file, world_of
from videogen.config.config import PROJECT_ROOT, VideoGenConfig
from videogen.errors import ModelError
from videogen.fact_check.knowledge.embeddings import embed
from videogen.models.profile import load_profile


def test_the_published_world_holds_the_words_that_the_model_was_trained_with() -> None:
    assert KnownWorld.model_validate_json(PATH.read_bytes()) == known_world()


def test_the_published_vectors_are_those_of_the_published_words() -> None:
    world = world_of(load_profile("pib-mini", PROJECT_ROOT / "models"))
    assert world is not None

    labels, stored = known_vectors(world, unasked)

    texts = [text for entry in world.subjects.values() for text in (*entry.names, *entry.topics)]
    assert len(labels) == len(texts)
    np.testing.assert_allclose(stored, embed(texts), atol=1e-5)


def test_a_list_that_was_changed_by_hand_is_embedded_again() -> None:
    changed = json.loads(PATH.read_text(encoding="utf-8"))
    changed["subjects"]["bus"]["names"].append("omnibus")
    world = KnownWorld.model_validate(changed).model_copy(update={"vectors": vectors_file(PATH)})

    labels, vectors = known_vectors(world, embed)

    last = len(changed["subjects"]["bus"]["names"]) - 1
    place = labels.index("bus") + last
    np.testing.assert_allclose(vectors[place], embed(["omnibus"])[0], atol=1e-5)


def test_damaged_vectors_are_an_error_of_the_model(tmp_path: Path) -> None:
    (tmp_path / "vectors.safetensors").write_bytes(b"not a file of vectors")
    subjects = {"kite": {"names": ["a kite that nobody has drawn yet"]}}
    world = KnownWorld(languages=("en",), subjects=subjects, vectors=tmp_path / "vectors.safetensors")

    with pytest.raises(ModelError, match=r"vectors\.safetensors cannot be read"):
        known_vectors(world, embed)


def unasked(texts: Sequence[str]) -> Any:
    raise AssertionError(f"{len(texts)} texts are embedded again")


@pytest.mark.parametrize(
    ("prompt", "subject"),
    [
        ("a red bus in the city", "bus"),
        ("windmills on a hill", "wind turbines"),
        ("A policy briefing on renewable energy initiatives", "wind turbines"),
        ("Ferry service to the islands resumes tomorrow", "boat"),
        ("people queueing at a polling station", "crowd"),
    ],
)
def test_a_prompt_of_the_world_names_its_subject_and_warns_of_nothing(prompt: str, subject: str) -> None:
    found = coverage_for(prompt, VideoGenConfig())
    assert found is not None
    assert found.inside
    assert subject in found.subjects
    assert found.warning == ""


@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        ("a helicopter above the sea", ("helicopter", "nearest subject that it can draw is plane")),
        ("a red car driving left through the city at night", ("car", "nearest")),
        ("the finance minister gives a budget speech", ("cannot draw", "bus, train, ambulance")),
        ("bus drivers vote on a strike", ("cannot draw",)),
    ],
)
def test_a_prompt_beyond_the_world_is_told_with_what_can_be_drawn(prompt: str, told: tuple[str, ...]) -> None:
    found = coverage_for(prompt, VideoGenConfig())
    assert found is not None
    assert (found.inside, found.cause, found.subjects) == (False, "subject", ())
    for words in told:
        assert words in found.warning


@pytest.mark.parametrize(("prompt", "drawn"), [("an underwater coral reef", "flood"), ("a bee on a sunflower", "sun")])
def test_a_word_that_is_only_the_nearest_known_one_is_not_what_was_asked_for(prompt: str, drawn: str) -> None:
    adapter = prompt_adapter(VideoGenConfig())
    assert adapter is not None
    assert [change.after for change in adapter(prompt, "en").changes] == [drawn]
    found = coverage_for(prompt, VideoGenConfig())
    assert found is not None
    assert (found.inside, found.subjects) == (False, ())
    assert "cannot draw" in found.warning


def test_a_word_that_means_the_same_is_what_was_asked_for() -> None:
    found = coverage_for("a trawler at sea", VideoGenConfig())
    assert found is not None
    assert (found.inside, found.subjects) == (True, ("boat",))


@pytest.mark.parametrize(
    ("prompt", "language"),
    [
        ("Hochwasserwarnung für die Altstadt, bitte meiden Sie das Ufer", "German"),
        ("बाढ़ की चेतावनी, ऊँचे स्थान पर जाएँ", "Hindi"),
        ("un bus rouge roule dans la ville la nuit", "French"),
    ],
)
def test_a_prompt_in_another_language_is_told_so(prompt: str, language: str) -> None:
    found = coverage_for(prompt, VideoGenConfig())
    assert found is not None
    assert (found.inside, found.cause) == (False, "language")
    assert f"in {language}" in found.warning
    assert "only English" in found.warning


def test_only_the_subject_of_a_prompt_is_compared() -> None:
    world = known_world()
    assert subject_part("a helicopter flying left in the hills at sunset", world) == "a helicopter"
    assert subject_part("by the sea at night", world) == "by the sea at night"


def test_things_are_unknown_only_where_no_word_of_the_world_holds_them() -> None:
    assert unknown_things("cars and trees by a farm", known_world(), ("car", "tree", "farm")) == ("car",)


def test_a_profile_without_a_world_knows_of_nothing_beyond_it() -> None:
    config = VideoGenConfig.load(None, {"model.profile": "animatediff-sd15"})
    assert coverage_for("a helicopter above the sea", config) is None


def test_a_damaged_world_is_an_error_that_names_the_file(tmp_path) -> None:
    from videogen.adaptation.world import world_of

    profile = load_profile("pib-mini", PROJECT_ROOT / "models").model_copy(
        update={"models": tmp_path, "world": "world.json"}
    )
    with pytest.raises(ModelError, match=r"world\.json cannot be read"):
        world_of(profile)
    (tmp_path / "world.json").write_text(json.dumps({"languages": []}))
    with pytest.raises(ModelError, match=r"world\.json is not a valid list"):
        world_of(profile)


@pytest.mark.parametrize(
    ("prompt", "subject"),
    [("Hochwasserwarnung für die Küste", "flood"), ("बाढ़ की चेतावनी जारी की गई", "flood"),
     ("Un tren cruza las montañas al atardecer", "train")],
)  # fmt: skip
def test_a_prompt_in_another_language_is_offered_the_nearest_thing_by_what_it_means(prompt: str, subject: str) -> None:
    found = coverage_for(prompt, VideoGenConfig())
    assert found is not None
    assert found.cause == "language"
    assert f"the nearest subject that it can draw is {subject}" in found.warning
