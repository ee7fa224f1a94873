from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from videogen.config.config import PROJECT_ROOT
from videogen.config.groups.all import PreprocessingSettings, ProcessingSettings
from videogen.errors import ConfigError
from videogen.preprocessing.prompt.enhancement import additions
from videogen.preprocessing.prompt.vocabulary import Vocabulary, load_vocabulary
from videogen.preprocessing.text import TextPreprocessor


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary(PROJECT_ROOT / "config/vocabulary.yaml")


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("renewable energy in Gujarat", "wind turbines"),
        ("Evacuation of coastal districts", "people carrying bags"),
        ("Digital India", "people using phones"),
        ("Rescue operations continue", "rescuers"),
        ("The cabinet decision on housing schemes", "podium"),
        ("a heat-wave", "glaring sun"),
    ],
)
def test_abstract_terms_are_said_in_things_that_can_be_shown(text: TextPreprocessor, prompt: str, shown: str) -> None:
    enhanced = text.enhance_prompt(prompt)
    assert enhanced.startswith(prompt)
    assert shown in enhanced.lower()


@pytest.mark.parametrize(
    "prompt",
    [
        "a red bus driving left through the city at night",
        "renewable energy: wind turbines on a hill",
        "an ambulance during the evacuation",
        "No evacuation needed in Goa",
        "une politique de l'énergie avec education pour tous les enfants du pays",
        "eco-nomy without meaning",
        "",
    ],
)
def test_concrete_denied_and_foreign_prompts_stay_as_they_are(text: TextPreprocessor, prompt: str) -> None:
    assert text.enhance_prompt(prompt) == prompt


def test_enhancing_twice_adds_nothing_more(text: TextPreprocessor, vocabulary: Vocabulary) -> None:
    for entry in vocabulary.languages["en"].entries:
        once = text.enhance_prompt(f"the {entry.terms[0]}")
        assert text.enhance_prompt(once) == once, once


def test_every_entry_of_the_vocabulary_can_speak_and_fits_the_embedded_model(
    text: TextPreprocessor, vocabulary: Vocabulary
) -> None:
    for entry in vocabulary.languages["en"].entries:
        for term in entry.terms:
            assert text.enhance_prompt(term) != term, term


def test_nothing_is_added_beyond_the_word_limit_or_the_models_input(tokenizer) -> None:
    long = "renewable energy " + "is discussed again today by them " * 3
    short_model = TextPreprocessor(PreprocessingSettings(), ProcessingSettings(), tokenizer)
    assert short_model.enhance_prompt(long.strip()) == long.strip()
    few_words = TextPreprocessor(PreprocessingSettings(), ProcessingSettings(max_text_length=5), tokenizer)
    assert few_words.enhance_prompt("renewable energy") == "renewable energy, wind turbines"


def test_another_language_is_one_more_key(vocabulary: Vocabulary) -> None:
    content = {"languages": {"hi": {"entries": [{"terms": ["निकासी"], "show": ["थैले लिए लोग"]}]}}}
    assert additions("तटीय जिलों में निकासी", "hi", Vocabulary.model_validate(content)) == [("थैले लिए लोग",)]
    assert additions("तटीय जिलों में निकासी", "hi", vocabulary) == []


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("languages: {en: {entries: [{terms: [], show: [a]}]}}", "languages.en.entries.0.terms"),
        ("languages: {en: {things: [no]}}", "languages.en.things.0"),
        ("langs: {}", "languages"),
        ("a: [", "YAML"),
    ],
)
def test_a_malformed_vocabulary_is_a_config_error_that_says_where(tmp_path: Path, content: str, named: str) -> None:
    file = tmp_path / "vocabulary.yaml"
    file.write_text(content)
    with pytest.raises(ConfigError, match=named):
        load_vocabulary(file)


def test_an_edited_vocabulary_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "vocabulary.yaml"
    file.write_text(yaml.safe_dump({"languages": {"en": {"things": ["bus"]}}}))
    load_vocabulary(file)
    import os

    file.write_text(yaml.safe_dump({"languages": {"en": {"things": ["tram"]}}}))
    os.utime(file, ns=(1, 1))
    assert load_vocabulary(file).languages["en"].things == ("tram",)


def test_a_missing_vocabulary_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        load_vocabulary(tmp_path / "none.yaml")
