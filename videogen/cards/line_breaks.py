"""Where a line of text may break: between words, between ideographs, and inside of a word that is wider than a line.

The rules of each script: spaces; ideographs (JIS X 4051); syllables of Burmese (a consonant begins one, unless it is
stacked or closes the one before); words of Thai and phrases of Japanese (BudouX, a small learned segmenter); ZERO
WIDTH SPACE in any script (Khmer and Lao are written with it). Words are hyphenated by LibreOffice's dictionaries
(Pyphen).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budoux import Parser
    from pyphen import Pyphen

HYPHEN = "-"
_SOFT_HYPHEN, _ZERO_WIDTH_SPACE = "\u00ad", "\u200b"
# Marks that must not begin a line (JIS X 4051), and brackets that must not end one.
_NOT_FIRST = frozenset("、。，．・：；？！）」』】〕〉》”’…ー々〜,.:;?!)]}%°ๆฯ")
_NOT_LAST = frozenset("（「『【〔〈《“‘([{")
# Vowels of Thai and Lao that are written before their consonant.
_BEFORE_CONSONANT = frozenset("เแโใไເແໂໃໄ")
_THAI = re.compile("[\u0e01-\u0e5b]")
_KANA = re.compile("[\u3041-\u30ff]")
_BURMESE_CONSONANT = re.compile("[\u1000-\u1021\u1023-\u1027\u1029\u102a\u103f]")
_BURMESE_STACKER, _BURMESE_CLOSERS = "\u1039", "\u103a\u1039"
# A number and its unit stay together: "11.2 m", "5 km", "17 °C".
_MEASURE = re.compile(
    r"(\d) (?=(?:[^\W\d_]{1,2}|°[CF]|%|km/h|mph|(?:thousand|million|billion|trillion|lakh|crore)s?|per ?cent|pour cent"
    r"|por cento|por ciento|Prozent|Tausend|Million(?:en)?|Milliarden?|millions?|milliards?"
    r"|लाख|करोड़|करोड़|हज़ार|हजार|अरब|प्रतिशत)(?!\w))"
)
# "Per" and "cent" are one word in many houses.
_PER_CENT = re.compile(r"\b(per|pour|por) (?=cent(?:o|\b)|ciento\b)")
# So do the parts of one abbreviation: "z. B.", "p. ex.".
_ABBREVIATED = re.compile(r"(?<!\w)(\w\.) (?=\w{1,2}\.)")
# Every white space but those that keep what they join on one line.
_SPACE = re.compile("[^\\S\u00a0\u202f\u2007]+")
# Inside of addresses and compounds a line may break after these, without a hyphen.
_AFTER = frozenset("-–/\\_.,;:?&=#@+%")
_WORD = re.compile(r"[^\W\d_]+")
_LEAST_LETTERS = 3
# Addresses and codes: a hyphen inside of one would be read as a part of it.
_TECHNICAL = re.compile(r"[/\\=&@_?#\d]|\w\.\w")


def units(text: str, *, phrases: bool = False) -> Iterator[tuple[str, bool]]:
    """Pieces that must not be broken, and whether a space stands before each.

    phrases: Japanese breaks between phrases only, as headlines do.
    """
    bound = _SPACE.sub(" ", text).strip()
    for pattern in (_MEASURE, _PER_CENT, _ABBREVIATED):
        bound = pattern.sub("\\1\u00a0", bound)
    for word in bound.split(" "):
        spaced = True
        for part in word.split(_ZERO_WIDTH_SPACE):
            for unit in _inside(part, phrases=phrases):
                yield unit, spaced
                spaced = False


def breaks_in_word(word: str, language: str) -> Iterator[tuple[int, str]]:
    """Proper places to break a word that is wider than a line: (characters before it, the hyphen to add or "")."""
    for end in range(1, len(word)):
        if word[end - 1] == _SOFT_HYPHEN:
            yield end, HYPHEN
        elif word[end - 1] in _AFTER and word[end] not in _AFTER:
            yield end, ""
    dictionary = None if _TECHNICAL.search(word) else _dictionary(language)
    if dictionary is not None:
        for found in _WORD.finditer(word):
            # The dictionaries are for words in small letters.
            for place in dictionary.positions(found.group().lower()):
                if _LEAST_LETTERS <= place <= len(found.group()) - _LEAST_LETTERS:
                    yield found.start() + place, HYPHEN


def joined(word: str, end: int) -> bool:
    """Whether the letters before and after `end` belong to one cluster."""
    before, after = word[end - 1], word[end]
    marks = unicodedata.category(after).startswith("M") or after in "\u200c\u200d\u0e33\u0eb3"
    return marks or unicodedata.combining(before) == 9 or before == "\u200d" or before in _BEFORE_CONSONANT


def _inside(word: str, *, phrases: bool) -> Iterator[str]:
    if _THAI.search(word):
        yield from _kept_together(_thai().parse(word))
    elif phrases and _KANA.search(word):
        yield from _kept_together(_japanese().parse(word))
    else:
        start = 0
        for end in range(1, len(word)):
            if _may_break(word, end) and word[end] not in _NOT_FIRST and word[end - 1] not in _NOT_LAST:
                yield word[start:end]
                start = end
        yield word[start:]


def _kept_together(parts: list[str]) -> Iterator[str]:
    """The parts, joined where a line must not break after all: before a closing mark, within a cluster."""
    unit = ""
    for part in parts:
        apart = unit and part[0] not in _NOT_FIRST and unit[-1] not in _NOT_LAST and not joined(unit + part, len(unit))
        if apart:
            yield unit
            unit = ""
        unit += part
    yield unit


def _may_break(word: str, end: int) -> bool:
    before, after = word[end - 1], word[end]
    if _ideograph(before) or _ideograph(after):
        return True
    following = word[end + 1 : end + 2]
    return bool(_BURMESE_CONSONANT.match(after)) and (
        before != _BURMESE_STACKER and not (following and following in _BURMESE_CLOSERS) and not _closed(word, end)
    )


def _closed(word: str, end: int) -> bool:
    """Whether the consonant at `end` carries a tone mark and then closes its syllable."""
    return word[end + 1 : end + 3] == "\u1037\u103a"


def _ideograph(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF" and not ("가" <= letter <= "힣")


@lru_cache(maxsize=16)
def _dictionary(language: str) -> Pyphen | None:
    from pyphen import Pyphen, language_fallback

    known = language_fallback(language.replace("-", "_")) if language else None
    return Pyphen(lang=known) if known else None


@lru_cache(maxsize=1)
def _thai() -> Parser:
    from budoux import load_default_thai_parser

    return load_default_thai_parser()


@lru_cache(maxsize=1)
def _japanese() -> Parser:
    from budoux import load_default_japanese_parser

    return load_default_japanese_parser()
