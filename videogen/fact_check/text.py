"""Words of a text, normalised so that spellings of one name compare equal."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """One word: as written, normalised, and where it stands."""

    text: str
    norm: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """Words with offsets. A possessive 's is left out; hyphens split, inner dots and apostrophes do not."""
    found = []
    for match in re.finditer(
        r"(?:(?<!\S)\.(?=[a-z]))?(?:[^\W_]|[\u0900-\u0963\u0966-\u097f\u200c\u200d])+(?:[.'’](?:[^\W_]|[\u0900-\u0963\u0966-\u097f])+)*",
        text,
    ):
        written = re.sub(r"['’]s$", "", match.group())
        found.append(Word(written, normal(written), match.start(), match.start() + len(written)))
    return found


def normal(text: str) -> str:
    """Lower case, compatibility forms folded, Latin accents and punctuation dropped: "São  Tomé" → "sao tome".

    Devanagari keeps its vowel signs; its nukta is dropped, because writers leave it out (करोड़ = करोड).
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in decomposed if not 0x300 <= ord(c) <= 0x36F and c not in "\u093c'’.\u200c\u200d")
    # A leading dot is part of an internet domain: ".in" is not the word "in".
    lead = "." if re.match(r"\.[^\W\d_]", text) else ""
    return lead + " ".join(re.findall(r"[^\s\-–—_,;:()\[\]\"“”/&]+", unicodedata.normalize("NFC", kept)))
