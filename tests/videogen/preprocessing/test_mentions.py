"""Where a text has a phrase: the short cut finds what the pattern alone finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videogen.preprocessing.prompt.vocabulary import mentions, phrase_pattern

WORDS = st.sampled_from(
    ["red", "bus", "Bus", "buses", "fire-engine", "fire", "engine", "straße", "STRASSE", "तेज़", "बारिश"]
)
TEXTS = st.lists(st.tuples(WORDS, st.sampled_from([" ", "-", ", ", ""])), max_size=8).map(
    lambda parts: "".join(word + between for word, between in parts)
)


@given(phrase=st.lists(WORDS, min_size=1, max_size=3).map(" ".join), text=TEXTS)
def test_a_phrase_is_mentioned_where_its_pattern_finds_it(phrase: str, text: str) -> None:
    expected = [match.span() for match in phrase_pattern(phrase).finditer(text)]
    assert [match.span() for match in mentions(phrase, text)] == expected


@pytest.mark.parametrize("text", ["two Fire Engines", "a fire-engine", "FIRE ENGINE"])
def test_plurals_hyphens_and_capitals_count(text: str) -> None:
    assert any(mentions("fire engine", text))
