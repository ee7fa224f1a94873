from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videogen.domain.artifacts import PolicyVerdict
from videogen.domain.prompt_emphasis import split_emphasis
from videogen.preprocessing.prompt.keywords import MAX_KEYWORDS, extract_keywords
from videogen.preprocessing.text import TextPreprocessor


def words(text: str, language: str = "en") -> list[str]:
    return [keyword.word for keyword in extract_keywords(text, language)]


def test_emphasis_marks_leave_the_text_and_become_weights() -> None:
    text, keywords, warnings = split_emphasis("A (wind farm:1.4) at sunset, (boats : 0.5) far away")
    assert text == "A wind farm at sunset, boats far away"
    assert [(keyword.word, keyword.weight) for keyword in keywords] == [("wind farm", 1.4), ("boats", 0.5)]
    assert not warnings


def test_nested_marks_are_all_taken() -> None:
    text, keywords, _ = split_emphasis("((red:1.5) bus:1.2)")
    assert text == "red bus"
    assert {keyword.word: keyword.weight for keyword in keywords} == {"red": 1.5, "red bus": 1.2}


@pytest.mark.parametrize(
    "plain", ["the bureau (PIB)", "at noon (10:30)", "India wins (2:1)", "(see: page)", "(:1.2)", "a:1.3"]
)
def test_brackets_times_and_scores_are_no_marks(plain: str) -> None:
    assert split_emphasis(plain) == (plain, [], [])


def test_a_weight_out_of_range_is_clipped_with_a_warning() -> None:
    text, keywords, warnings = split_emphasis("(rain:9.5) and (snow:0)")
    assert text == "rain and snow"
    assert [keyword.weight for keyword in keywords] == [2.0, 0.1]
    assert len(warnings) == 2
    assert "'rain'" in warnings[0]


@given(st.text(st.sampled_from("()ab: .12"), max_size=60))
def test_splitting_ends_and_leaves_nothing_to_split(raw: str) -> None:
    text, keywords, _ = split_emphasis(raw)
    assert split_emphasis(text)[0] == text
    assert all(0 < keyword.weight <= 2 for keyword in keywords)


def test_long_runs_of_brackets_and_spaces_take_no_time() -> None:
    for hostile in ("(" * 5000, "(" + " " * 5000, "(a" * 2500, "(" * 2500 + "a:1.2)" * 400):
        split_emphasis(hostile)


def test_keywords_are_the_phrases_between_function_words() -> None:
    assert words("a red bus driving left through the city at night") == [
        "red bus",
        "driving left",
        "city",
        "night",
    ]
    assert words("wind turbines and solar panels in a sunny field") == [
        "wind turbines",
        "solar panels",
        "sunny field",
    ]


def test_words_that_matter_to_a_bulletin_are_no_stop_words() -> None:
    assert {"fire", "system", "bill"} <= {
        w for phrase in words("fire near the system, bill of the house") for w in phrase.split()
    }


def test_keywords_of_other_languages_use_their_function_words() -> None:
    assert words("मुंबई में भारी बारिश", "hi") == ["भारी बारिश", "मुंबई"]
    assert words("une éolienne au coucher du soleil", "fr") == ["éolienne", "coucher", "soleil"]


@given(st.text(max_size=300), st.sampled_from(["en", "hi", "und", "fi"]))
def test_keywords_stand_in_the_text_and_their_weights_are_mild(raw: str, language: str) -> None:
    keywords = extract_keywords(raw, language)
    assert len(keywords) <= MAX_KEYWORDS
    assert all(1 <= keyword.weight <= 1.2 for keyword in keywords)
    spaced = " ".join(raw.split())
    assert all(keyword.word.split()[0] in spaced for keyword in keywords)


def test_the_users_emphasis_comes_first_and_additions_stay_neutral(
    text: TextPreprocessor, allowed: PolicyVerdict
) -> None:
    asset = text.process("renewable energy in (Gujarat:1.6)", "", allowed)
    weights = {keyword.word: keyword.weight for keyword in asset.keywords}
    assert asset.keywords[0].word == "Gujarat"
    assert asset.keywords[0].weight == 1.6
    assert "(" not in asset.enhanced
    assert asset.cleaned == "renewable energy in Gujarat"
    assert weights["wind turbines"] == 1.0 < weights["renewable energy"]
