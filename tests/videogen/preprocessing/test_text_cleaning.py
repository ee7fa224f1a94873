from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videogen.preprocessing.prompt.cleaning import clean_text
from videogen.text.words import bare_words, count_words

ANY_TEXT = st.text(st.characters(), max_size=200)
NASTY = st.text(
    st.sampled_from("a\u0301e \u200c\u200d\u200b\u0915\u094d\u0937\u212a\u1fef\u037e\ufeff\r\n\x00\x1b\u202e\ud800🇮👩"),
    max_size=30,
)


@given(ANY_TEXT | NASTY)
def test_cleaning_twice_changes_nothing_more(raw: str) -> None:
    once = clean_text(raw)
    assert clean_text(once) == once


@given(ANY_TEXT | NASTY)
def test_cleaned_text_has_no_control_characters_and_can_be_encoded(raw: str) -> None:
    cleaned = clean_text(raw)
    cleaned.encode("utf-8")
    assert all(unicodedata.category(character) not in ("Cc", "Cs", "Co") for character in cleaned)
    assert cleaned == " ".join(cleaned.split())
    assert unicodedata.is_normalized("NFC", cleaned)


def test_typographic_quotes_dashes_and_spaces_become_plain() -> None:
    assert clean_text("\u201cIt\u2019s\u00a0here\u201d \u2014  now\u2026\r\n") == '"It\'s here" - now...'


def test_an_accent_behind_a_joiner_that_goes_is_put_on_its_letter() -> None:
    assert clean_text("A\u200c\u0300") == "\u00c0"


def test_accents_typed_in_two_ways_become_the_same() -> None:
    assert clean_text("cafe\u0301") == clean_text("caf\u00e9") == "caf\u00e9"


def test_zero_width_characters_go_from_latin_words_and_stay_where_scripts_need_them() -> None:
    assert clean_text("so\u200blar\u200d pa\u00adnels\ufeff") == "solar panels"
    assert clean_text("\u0915\u094d\u200d\u0937") == "\u0915\u094d\u200d\u0937"
    assert clean_text("👩\u200d🚒 drives") == "👩\u200d🚒 drives"
    assert clean_text("می\u200cخواهم") == "می\u200cخواهم"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("a red bus", 3),
        ("", 0),
        ("  ", 0),
        ("well-known, isn't it?", 3),
        ("城市夜晚。", 4),
        ("मुंबई में बारिश", 3),
        ("5G in 2026", 3),
    ],
)
def test_words_are_counted_in_any_script(raw: str, words: int) -> None:
    assert count_words(raw) == words


def test_bare_words_keep_vowel_signs_hyphens_and_apostrophes() -> None:
    assert [word for word, _, _ in bare_words("बाढ़, isn't well-known - (5G).")] == [
        "बाढ़",
        "isn't",
        "well-known",
        "5G",
    ]


@given(ANY_TEXT)
def test_bare_words_are_where_they_say(raw: str) -> None:
    assert all(raw[start:end] == word for word, start, end in bare_words(raw))
