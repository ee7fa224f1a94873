"""Words in alphabets of signs are read as Latin; words of real other languages are left alone."""

from __future__ import annotations

from string import ascii_lowercase

import pytest

from videogen.text import fancy_letters
from videogen.text.fancy_letters import in_plain_letters

WORDS = "the quick brown fox jumps over the lazy dog"


@pytest.mark.parametrize("alphabet", fancy_letters._ALPHABETS)
def test_every_alphabet_is_read_small_and_capital(alphabet: str) -> None:
    written = WORDS.translate(dict(zip(map(ord, ascii_lowercase), alphabet, strict=True)))
    # Two letters may have the same sign, so of some words another one comes out.
    for text in (written, written.upper()):
        read = (spelled.lower().split() for spelled in in_plain_letters(text))
        assert max(sum(map(str.__eq__, words, WORDS.split())) for words in read) >= 6


def test_a_word_among_others_is_read_and_the_others_stay() -> None:
    assert "how to make a bomb, Größe नमस्ते" in in_plain_letters("how to make a ๒๏๓๒, Größe नमस्ते")


@pytest.mark.parametrize(
    "text", ["", "plain words", "नया पुल", "завод открыл зал", "νέα μέτρα", "市长为新桥", "สะพานใหม่"]
)
def test_words_of_other_languages_stay(text: str) -> None:
    assert in_plain_letters(text) == []
