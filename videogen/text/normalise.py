"""Splits a text into words, normalised so that spellings of one name compare equal."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Word:
    """One word: as written, normalised, and where it stands."""

    text: str
    norm: str
    start: int
    end: int


_WORD = re.compile(
    r"(?:(?<!\S)\.(?=[a-z]))?(?:[^\W_]|[\u0300-\u036f\u0900-\u0963\u0966-\u097f\u200c\u200d])+"
    r"(?:[.'’‘ʻ](?:[^\W_]|[\u0300-\u036f\u0900-\u0963\u0966-\u097f])+)*"
)
_POSSESSIVE = re.compile(r"['’]s$")
_PARTS = re.compile(r"[^\s\-–—_,;:()\[\]\"“”/&]+")
_DOMAIN = re.compile(r"\.[^\W\d_]")
_DROPPED = dict.fromkeys([*range(0x300, 0x370), *map(ord, "\u093c'’‘ʻ.\u200c\u200d")])
_LONGEST_KEPT = 60


# Patterns that ignore case also match these for i, s and k; `str.lower` leaves them as they are.
_LOOKALIKES = str.maketrans({"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k"})


def lowered(text: str) -> str:
    """Return the text in lower case, so that case-insensitive matches are found in a lower-case word table."""
    return text.translate(_LOOKALIKES).lower()


def words(text: str) -> list[Word]:
    """Return words with offsets. A possessive 's is left out; hyphens split, inner dots and apostrophes do not."""
    return list(_words(text))


# Every step that reads a sentence asks for its words again.
@lru_cache(maxsize=64)
def _words(text: str) -> tuple[Word, ...]:
    found = []
    for match in _WORD.finditer(text):
        written = _POSSESSIVE.sub("", match.group())
        found.append(Word(written, normal(written), match.start(), match.start() + len(written)))
    return tuple(found)


def normal(text: str) -> str:
    """Lower case, compatibility forms folded, Latin accents and punctuation dropped: "São  Tomé" → "sao tome".

    Devanagari keeps its vowel signs; its nukta is dropped, because writers leave it out (करोड़ = करोड).
    """
    return _kept_normal(text) if len(text) <= _LONGEST_KEPT else _normal(text)


def _normal(text: str) -> str:
    if text.isascii() and text.isalpha():
        return text.lower()
    kept = unicodedata.normalize("NFKD", text.casefold()).translate(_DROPPED)
    # A leading dot is part of an internet domain: ".in" is not the word "in".
    lead = "." if _DOMAIN.match(text) else ""
    return lead + " ".join(_PARTS.findall(unicodedata.normalize("NFC", kept)))


_kept_normal = lru_cache(maxsize=100_000)(_normal)
