"""How a text looks to the content policy: spelled plainly, whatever tricks were used to hide a word."""

from __future__ import annotations

import re
import unicodedata
from itertools import product

from videogen.text.words import is_word_character

# Cyrillic and Greek letters that look like Latin ones (a subset of Unicode's confusables, UTS #39).
_LOOKALIKES = str.maketrans("аеорсухіјѕкмтвнԁԛԝɡıοανικρτυ", "aeopcyxijskmtbhdqwgioavikptu")
_LEET_COMMON = {
    "0": "o",
    "3": "e",
    "4": "a",
    "5": "s",
    "7": "t",
    "8": "b",
    "@": "a",
    "$": "s",
    "!": "i",
    "|": "i",
}
_LEET = tuple(str.maketrans(_LEET_COMMON | {"1": one}) for one in "il")
_LEET_WORD = re.compile(r"[\w@$!|]*[a-z][\w@$!|]*\w|[@$!|\d]+[a-z]\w*")
_STRETCHED = re.compile(r"([^\W\d])\1{2,}")
_SENTENCE_END = re.compile(r"[.!?\u0964\u3002]\s|\n")
_GLUE = frozenset("-_.*~+\u00b7")


def policy_views(text: str) -> list[str]:
    """Every plain reading of `text`: lower-case words with single spaces around, "." where a sentence ends.

    Folded away: case, diacritics, full-width and styled letters, invisible characters, look-alike letters of other
    alphabets, digits and signs for letters ("b0mb"), stretched letters ("booomb"), letters set apart ("b o m b",
    "b.o.m.b").
    Words are never joined unless each is a single letter or they are glued by a hyphen, dot or underscore.
    """
    folded = fold(text)
    spellings = {folded, folded.translate(_LOOKALIKES)}
    spellings |= {_unleet(spelling, table) for spelling, table in product(tuple(spellings), _LEET)}
    spellings |= {_STRETCHED.sub(kept, spelling) for spelling, kept in product(tuple(spellings), (r"\1", r"\1\1"))}
    readings = dict.fromkeys(view for spelling in sorted(spellings) for view in _readings(spelling))
    first = f" {' '.join(_tokens(folded)[0])} "
    return [first, *(view for view in readings if view != first)]


def fold(text: str) -> str:
    """Lower case without diacritics on Latin, Greek and Cyrillic letters and without invisible characters."""
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    kept = (c for c in text if not "\u0300" <= c <= "\u036f" and unicodedata.category(c) != "Cf" and c not in "'\u2019")
    return unicodedata.normalize("NFC", "".join(kept))


def _unleet(text: str, table: dict[int, str]) -> str:
    return _LEET_WORD.sub(lambda word: word[0].translate(table), text)


def _readings(text: str) -> list[str]:
    tokens, glued = _tokens(text)
    joined: list[str] = []
    for token, sticks in zip(tokens, glued, strict=True):
        if sticks and joined:
            joined[-1] += token
        else:
            joined.append(token)
    variants = [tokens, joined, _spelled_out(tokens, 0), _spelled_out(tokens, 1)]
    return [f" {' '.join(variant)} " for variant in variants]


def _tokens(text: str) -> tuple[list[str], list[bool]]:
    """The words, "." after each sentence; and for each whether it is glued to the one before."""
    tokens: list[str] = []
    glued: list[bool] = []
    gap = " "
    index = 0
    while index < len(text):
        end = index
        word = is_word_character(text[index])
        while end < len(text) and is_word_character(text[end]) == word:
            end += 1
        if word:
            if tokens and _SENTENCE_END.search(gap) and len(tokens[-1]) > 1:
                tokens.append(".")
                glued.append(False)
            tokens.append(text[index:end])
            glued.append(bool(gap) and set(gap) <= _GLUE)
        else:
            gap = text[index:end]
        index = end
    return tokens, glued


def _spelled_out(tokens: list[str], skipped: int) -> list[str]:
    """`tokens` with runs of three or more single letters joined, the run's first `skipped` letters left alone."""
    result: list[str] = []
    run: list[str] = []
    for token in (*tokens, ""):
        if len(token) == 1 and token.isalpha():
            run.append(token)
            continue
        if len(run) >= 3 + skipped:
            run = [*run[:skipped], "".join(run[skipped:])]
        result += run
        run = []
        if token:
            result.append(token)
    return result
