"""Counting and finding words in any script."""

from __future__ import annotations

import re
import unicodedata

# Han and kana are written without spaces: there each character counts as one word.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_WORD = re.compile(rf"[{_UNSPACED}][\u3099\u309a\ufe00-\ufe0f]*[^\w\s]*|[^\s{_UNSPACED}]+")


def word_spans(text: str) -> list[tuple[int, int]]:
    """Where each word starts and ends, punctuation included."""
    return [match.span() for match in _WORD.finditer(text)]


def count_words(text: str) -> int:
    """Words as `word_spans` finds them."""
    return len(word_spans(text))


def is_word_character(character: str) -> bool:
    """Letters, digits, and the marks that belong to letters (which `str.isalnum` leaves out in Indic scripts)."""
    return unicodedata.category(character)[0] in "LNM" or character in "\u200c\u200d"


def bare_words(text: str) -> list[tuple[str, int, int]]:
    """The words without punctuation, each with its start and end; inner hyphens and apostrophes stay."""
    words, start = [], None
    for index, character in enumerate(text + " "):
        inner = character in "-'" and start is not None and is_word_character(text[index + 1 : index + 2] or " ")
        if is_word_character(character) or inner:
            start = index if start is None else start
        elif start is not None:
            words.append((text[start:index], start, index))
            start = None
    return words
