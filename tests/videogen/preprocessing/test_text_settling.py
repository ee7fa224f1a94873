"""What a prompt leaves open is said once, from the profile's wordings, where it fits."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from videogen.config.config import PROJECT_ROOT
from videogen.config.groups.all import PreprocessingSettings, ProcessingSettings
from videogen.domain.artifacts import PolicyVerdict
from videogen.models.profile import OpenChoice, load_profile
from videogen.preprocessing.text import TextPreprocessor

Tokenizer = Callable[[str], tuple[list[int], list[str]]]
CHOICES = (
    OpenChoice(one_of=("by day", "at night"), unless=("by day", "the day", "night")),
    OpenChoice(one_of=("red", "blue"), unless=("red", "blue"), only=("bus", "hot-air balloon", "balloon"), before=True),
)


@pytest.fixture
def settled(tokenizer: Tokenizer, allowed: PolicyVerdict) -> Callable[..., str]:
    def make(prompt: str, seed: int = 0, choices: tuple[OpenChoice, ...] = CHOICES, **limits: int) -> str:
        settings = PreprocessingSettings(text_steps=("settle",)), ProcessingSettings(**limits)
        return TextPreprocessor(*settings, tokenizer, choices=choices, seed=seed).process(prompt, "", allowed).enhanced

    return make


def test_what_the_prompt_says_is_left_as_it_is(settled: Callable[..., str]) -> None:
    assert settled("a red bus at night") == "a red bus at night"
    assert settled("Blue balloons during the day!") == "Blue balloons during the day!"


def test_open_choices_are_made_by_the_seed(settled: Callable[..., str]) -> None:
    made = {settled("a bus in the city.", seed) for seed in range(40)}
    assert made == {
        f"a {colour} bus in the city, {time}" for colour in ("red", "blue") for time in ("by day", "at night")
    }
    assert len({settled("a bus in the city.", 7) for _ in range(3)}) == 1


def test_a_colour_goes_before_the_whole_noun_and_nowhere_without_one(settled: Callable[..., str]) -> None:
    assert settled("a hot-air balloon at night") in (
        "a red hot-air balloon at night",
        "a blue hot-air balloon at night",
    )
    assert settled("Buses at night") in ("Red buses at night", "Blue buses at night")
    assert settled("heavy rain at night") == "heavy rain at night"
    assert settled("independence day") in ("independence day, by day", "independence day, at night")


def test_a_choice_stays_open_where_its_words_do_not_fit(settled: Callable[..., str]) -> None:
    assert settled("rain over the old town", max_text_length=5) == "rain over the old town"
    full = "the ministry tells all residents of the lower districts to keep the roads free for rescue teams today"
    assert settled(full) == full


def test_without_choices_nothing_changes(settled: Callable[..., str]) -> None:
    assert settled("a bus", choices=()) == "a bus"


@pytest.mark.parametrize(
    "prompt",
    [
        "heavy rain over the city",
        "a bus",
        "Solar power scheme for farmers",
        "Cyclone warning for the eastern coast tonight",
    ],
)
@pytest.mark.parametrize("seed", range(4))
def test_the_embedded_model_is_told_time_and_landscape_once(
    prompt: str, seed: int, tokenizer: Tokenizer, allowed: PolicyVerdict
) -> None:
    choices = load_profile("pib-mini", PROJECT_ROOT / "models").open_choices
    settings = PreprocessingSettings(), ProcessingSettings()
    text = TextPreprocessor(*settings, tokenizer, choices=choices, seed=seed).process(prompt, "", allowed).enhanced
    folded = text.casefold()
    assert sum(folded.count(time) for time in ("by day", "at sunset", "night")) == 1
    assert sum(folded.count(place) for place in ("city", "hills", "coast", "fields", "farmers")) == 1
    assert not ("solar" in folded and "at night" in folded)
