from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from videogen.config.groups.all import PreprocessingSettings, ProcessingSettings
from videogen.domain.artifacts import PolicyVerdict
from videogen.preprocessing.prompt.truncation import truncate_text, unseen_by
from videogen.preprocessing.text import TextPreprocessor
from videogen.text.words import count_words, word_spans

PROSE = st.text(st.sampled_from("ab cd,.;: -'1()é中。、\n"), max_size=120)


@example("1 。1中", 2)
@given(PROSE | st.text(max_size=120), st.integers(1, 20))
def test_truncation_keeps_whole_words_and_the_limit(text: str, limit: int) -> None:
    kept, rest = truncate_text(text, limit)
    assert count_words(kept) <= limit
    assert text.startswith(kept)
    # Where the cut falls inside what was a word, only punctuation was taken off its end.
    for start, end in word_spans(text):
        if start < len(kept) < end and rest:
            assert not any(character.isalnum() for character in text[len(kept) : end])


@given(st.lists(st.sampled_from(["a", "bus.", "Ünder", "(x)", "y,", "don't"]), max_size=40), st.integers(1, 20))
def test_every_word_is_either_kept_or_reported(words: list[str], limit: int) -> None:
    kept, rest = truncate_text(" ".join(words), limit)
    assert [word.rstrip(",") for word in f"{kept} {rest}".split()] == [word.rstrip(",") for word in words]


def test_a_short_text_is_left_alone() -> None:
    assert truncate_text("a red bus", 3) == ("a red bus", "")


def test_the_cut_is_at_the_last_sentence_that_fits() -> None:
    text = "Water rises in the village. Boats bring people to safety. Helicopters circle above the river"
    assert truncate_text(text, 12) == (
        "Water rises in the village. Boats bring people to safety.",
        "Helicopters circle above the river",
    )


def test_without_a_sentence_near_enough_the_cut_is_at_a_clause() -> None:
    assert (
        truncate_text("a boat on the lake at dawn, a train on the bridge behind it", 9)[0]
        == "a boat on the lake at dawn"
    )


def test_without_any_boundary_the_cut_is_between_words() -> None:
    assert truncate_text("one two three four five", 3) == ("one two three", "four five")


def test_decimal_points_and_thousands_are_no_boundaries() -> None:
    assert truncate_text("about 3.5 or 1,200 units of it", 4)[0] == "about 3.5 or 1,200"


def test_chinese_is_cut_after_a_full_stop() -> None:
    assert truncate_text("城市夜晚。红色公交车行驶", 8)[0] == "城市夜晚。"


def test_a_prompt_that_is_too_long_says_what_was_left_out(tokenizer, allowed: PolicyVerdict) -> None:
    few = TextPreprocessor(PreprocessingSettings(), ProcessingSettings(max_text_length=6), tokenizer)
    asset = few.process("Boats cross the lake. Trains follow the shore at night.", "", allowed)
    assert asset.truncated
    assert asset.enhanced == "Boats cross the lake."
    assert "'Trains follow the shore at night.'" in asset.warnings[0]
    assert asset.original.endswith("at night.")


def test_what_the_models_input_cannot_take_is_named(text: TextPreprocessor, allowed: PolicyVerdict) -> None:
    prompt = "one boat and two trains and three planes and four buses cross the wide green plain before the storm "
    prompt += "arrives"
    asset = text.process(prompt, "", allowed)
    assert asset.truncated
    assert len(asset.tokens) == 20
    assert "plain" in " ".join(asset.token_text)
    assert "'storm arrives'" in asset.warnings[-1]


def test_a_prompt_that_just_fits_is_not_called_truncated(
    tokenizer, text: TextPreprocessor, allowed: PolicyVerdict
) -> None:
    prompt = " ".join(["boat"] * 18)
    assert len(tokenizer(prompt)[0]) == 20
    assert unseen_by(tokenizer, prompt) == ""
    assert not text.process(prompt, "", allowed).truncated
    assert unseen_by(tokenizer, prompt + " boat") == "boat"
