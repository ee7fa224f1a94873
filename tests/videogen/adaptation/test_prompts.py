"""Prompts are put into the words that the model reads: nothing else changes, and every change is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from training.world.captions import caption
from training.world.scenes import sample_scene
from videogen.adaptation.adapter import ZeroShotAdapter
from videogen.adaptation.directions import find_direction
from videogen.adaptation.prompts import PromptEngineer
from videogen.adaptation.synonyms import synonyms_of
from videogen.config.config import PROJECT_ROOT, VideoGenConfig
from videogen.errors import ConfigError, InputError, ModelError, PolicyError
from videogen.models.profile import load_profile

SETS = yaml.safe_load((PROJECT_ROOT / "benchmarks" / "data" / "adaptation.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def engineer() -> PromptEngineer:
    return PromptEngineer(VideoGenConfig())


@pytest.mark.parametrize(
    ("prompt", "read"),
    [
        ("a trawler leaving the harbour", "a boat leaving the harbour"),
        ("An inundation in the old town", "flood in the old town"),
        ("a paramedic van in town", "an ambulance in town"),
        ("Villagers in the countryside", "crowd in the countryside"),
        ("a red bus coming from the right", "a red bus moving to the left"),
        ("a train crossing left to right at night", "a train moving to the right at night"),
        ("a balloon on its way down", "a balloon falling"),
    ],
)
def test_words_that_the_model_does_not_read_become_those_of_its_captions(
    engineer: PromptEngineer, prompt: str, read: str
) -> None:
    found = engineer.engineer(prompt)
    assert found.text == read
    assert found.original == prompt
    assert all(change.before in prompt and change.after in found.text and change.why for change in found.changes)


def test_captions_of_the_model_are_left_as_they_are(engineer: PromptEngineer) -> None:
    import numpy as np

    rng = np.random.default_rng(5)
    for _ in range(60):
        text = caption(sample_scene(rng), rng)
        assert engineer.engineer(text).text == text


@pytest.mark.parametrize("prompt", SETS["far"]["tuning"])
def test_far_prompts_are_not_rewritten_into_something_known(engineer: PromptEngineer, prompt: str) -> None:
    found = engineer.engineer(prompt)
    assert found.text == prompt
    assert found.unknown


def test_words_that_only_resemble_a_direction_stay() -> None:
    for text in ("human rights day", "people who left the harbour", "the left wins the election", "right now"):
        assert find_direction(text, upright=True) is None


@given(st.sampled_from(["left", "right"]), st.sampled_from(["from the {} to the {}", "{} to {}", "from {} to {}"]))
def test_a_movement_between_two_sides_goes_to_the_second(side: str, form: str) -> None:
    other = "left" if side == "right" else "right"
    found = find_direction(f"a bus drives {form.format(other, side)}", upright=False)
    assert found is not None
    assert found.direction == side


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=60).filter(lambda text: text.strip()))
def test_any_text_is_worded_or_left_alone(text: str) -> None:
    found = PromptEngineer(VideoGenConfig()).engineer(text)
    assert found.original == text
    assert found.text.strip()


def test_no_held_out_word_of_the_benchmark_stands_in_the_synonyms() -> None:
    listed = {word.lower() for word, _ in synonyms_of(load_profile("pib-mini", PROJECT_ROOT / "models")).pairs()}
    held_out = {word.lower() for words in SETS["words"]["held_out"].values() for word in words}
    assert not listed & held_out


def test_the_domain_adds_a_place_only_where_the_prompt_names_none(engineer: PromptEngineer) -> None:
    assert engineer.generate_enhanced_prompt("a yacht", "transport") == "a sailing boat, in the city"
    assert (
        engineer.generate_enhanced_prompt("a yacht at the coast", "transport") == "a sailing boat at the coast, by day"
    )
    none = PromptEngineer(VideoGenConfig().updated({"adaptation.max_additions": 0}))
    assert none.generate_enhanced_prompt("a yacht", "transport") == "a sailing boat"


def test_words_of_the_domain_come_before_the_models_own(engineer: PromptEngineer) -> None:
    assert engineer.engineer("exports grow", "finance").text.startswith("ship grow")


def test_a_profile_that_does_not_say_what_it_knows_gets_nothing_replaced() -> None:
    engineer = PromptEngineer(VideoGenConfig().updated({"model.profile": "animatediff-sd15"}))
    assert engineer.engineer("a trawler coming from the right", "transport").text == "a trawler coming from the right"


def test_key_terms_name_what_the_model_knows(engineer: PromptEngineer) -> None:
    found = {word.word: word for word in engineer.extract_domain_keywords("trawlers, quantum physics and wind farms")}
    assert found["wind farms"].known
    assert found["trawlers"].nearest == "boat"
    assert not found["quantum physics"].known


@pytest.mark.parametrize(
    ("content", "style", "text"),
    [
        ("a bus", "health/announcement", "a bus"),
        (
            {"subject": "a bus", "motion": "driving left", "time": "by day"},
            "health/announcement",
            "a bus driving left, by day",
        ),
        ({"subject": "solar panels", "place": "in the hills"}, "night", "solar panels, in the hills, at night"),
    ],
)
def test_templates_leave_empty_slots_out(engineer: PromptEngineer, content: object, style: str, text: str) -> None:
    assert engineer.apply_prompt_templates(content, style) == text  # type: ignore[arg-type]


def test_wrong_templates_say_what_there_is(engineer: PromptEngineer) -> None:
    with pytest.raises(InputError, match="did you mean 'health/announcement'") as error:
        engineer.apply_prompt_templates("a bus", "health/anouncement")
    assert "energy/night" in error.value.remedy
    with pytest.raises(InputError, match="several domains have a template 'announcement'"):
        engineer.apply_prompt_templates("a bus", "announcement")
    with pytest.raises(InputError, match="needs a subject"):
        engineer.apply_prompt_templates({"motion": "driving"}, "energy/night")
    with pytest.raises(InputError, match="unknown slot 'colur': did you mean 'colour'"):
        engineer.apply_prompt_templates({"subject": "a bus", "colur": "red"}, "energy/night")


@pytest.mark.parametrize("prompt", ["", "   "])
def test_an_empty_prompt_is_refused(engineer: PromptEngineer, prompt: str) -> None:
    with pytest.raises(InputError, match="the prompt is empty"):
        engineer.generate_enhanced_prompt(prompt)


def test_five_thousand_words_and_one_letter_are_worded(engineer: PromptEngineer) -> None:
    assert engineer.engineer("a").text == "a"
    assert " a boat goes" in engineer.engineer("and then a trawler " + "goes " * 5000).text


def test_a_misspelled_domain_is_answered_with_the_nearest() -> None:
    adapter = ZeroShotAdapter(VideoGenConfig())
    with pytest.raises(InputError, match="unknown domain 'helth': did you mean 'health'"):
        adapter.adapt_to_domain("helth")
    with pytest.raises(InputError, match="empty or too short"):
        adapter.adapt_to_domain(" ")


def with_domains(tmp_path: Path, text: str) -> VideoGenConfig:
    path = tmp_path / "domains.yaml"
    path.write_text(text, encoding="utf-8")
    return VideoGenConfig().updated({"adaptation.domains_file": path})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("domains: []", "must contain 'domains:'"),
        ("domains: {sea: {}}", "the domain 'sea' is not valid: description"),
        ("domains: {sea: 3}", "the domain 'sea' must have fields"),
        ("domains: {sea: {description: ships, templates: {a: '{thing}'}}}", "unknown slot 'thing'"),
        ("domains: {sea: {description: ships, templates: {a: 'at night'}}}", "has no slot {subject}"),
        ("domains: [", "not well-formed YAML"),
    ],
)
def test_a_bad_domains_file_names_the_entry(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        PromptEngineer(with_domains(tmp_path, text)).engineer("a bus", "sea")
    assert problem in str(error.value)


def test_words_that_the_policy_forbids_are_refused_in_a_domain(tmp_path: Path) -> None:
    config = with_domains(tmp_path, "domains: {bad: {description: naked children and other things}}")
    with pytest.raises(PolicyError, match="the domain 'bad' uses words that the content policy forbids"):
        ZeroShotAdapter(config).adapt_to_domain("bad")


def test_synonyms_of_something_that_the_world_does_not_name_are_refused(tmp_path: Path) -> None:
    profile = load_profile("pib-mini", PROJECT_ROOT / "models")
    (tmp_path / "pib-mini").mkdir()
    (tmp_path / "pib-mini" / "world.json").write_bytes((profile.models / "pib-mini" / "world.json").read_bytes())
    (tmp_path / "pib-mini" / "synonyms.yaml").write_text("things: {dragon: [wyvern]}", encoding="utf-8")
    with pytest.raises(ModelError, match="synonyms of 'dragon', which the model's world does not name"):
        synonyms_of(profile.model_copy(update={"models": tmp_path}))
