"""Tells English words from others, by a dictionary with the number of times that each word was seen."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spellchecker import SpellChecker


@lru_cache(maxsize=20_000)
def is_english_word(word: str, occurrences: int = 1) -> bool:
    """Whether `word` (lower case) was seen in English texts at least so often.

    Args:
        word: one word.
        occurrences: in 30 million sentences of subtitles; parts of words and foreign words are rare there.
    """
    return bool(_dictionary().word_frequency[word] >= occurrences)


@cache
def _dictionary() -> SpellChecker:
    from spellchecker import SpellChecker

    return SpellChecker(language="en", distance=1)
