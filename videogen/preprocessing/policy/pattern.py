"""How the patterns of the policy file are written, and where they hit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from string import punctuation

from videogen.preprocessing.policy.folding import fold

GAP = 4
"""Words that may stand between two that belong together."""
_DEVANAGARI = re.compile("[\u0900-\u097f]")


@dataclass(frozen=True)
class Alternative:
    """One way to satisfy an element: words in a row, the last with any ending or, for `together`, any inflection."""

    words: tuple[str, ...]
    ending: bool = False
    inflected: bool = False


def ordered(pattern: str, lists: Mapping[str, str]) -> re.Pattern[str]:
    """A pattern as a regular expression over a reading in which every word is followed by a space.

    Raises:
        ValueError: the pattern is malformed; the message has it.
    """
    parts = []
    anchored = False
    for element in pattern.split():
        if element == "...":
            parts.append(rf"(?:[^ .]+ ){{0,{GAP}}}?")
            continue
        optional = element.endswith("?")
        words = [_as_regex(one) for one in alternatives(element.removesuffix("?"), pattern, lists)]
        anchored |= not optional
        parts.append(f"(?:{'|'.join(words)}) " if not optional else f"(?:(?:{'|'.join(words)}) )?")
    if not anchored:
        raise ValueError(f"the pattern {pattern!r} would match everything")
    return re.compile("(?<= )" + "".join(parts))


def alternatives(element: str, pattern: str, lists: Mapping[str, str]) -> list[Alternative]:
    """The alternatives of one element of `pattern`.

    Raises:
        ValueError: it uses an unknown list, or something that is not a word.
    """
    for name in re.findall(r"\{(\w+)\}", element):
        if name not in lists:
            raise ValueError(f"the pattern {pattern!r} uses the list {name!r}, which is not under 'lists:'")
        element = element.replace(f"{{{name}}}", "|".join(lists[name].replace("|", " ").split()))
    found = []
    for word in element.split("|"):
        ending, fixed = word.endswith("*"), word.startswith("=")
        stem = tuple(fold(word.removesuffix("*").removeprefix("=")).replace("_", " ").split())
        letters = "".join(stem)
        if len(letters) < (2 if ending else 1) or set(letters) & set(punctuation):
            raise ValueError(f"the pattern {pattern!r} has {word!r} where a word belongs")
        found.append(Alternative(stem, ending, not ending and not fixed))
    return found


def _as_regex(alternative: Alternative) -> str:
    return re.escape(" ".join(alternative.words)) + (r"[^ .]*" if alternative.ending else "")


class Together:
    """A pattern whose elements stand in any order, in any inflection, with at most `GAP` words between two."""

    def __init__(self, pattern: str, lists: Mapping[str, str]) -> None:
        self.elements = [_Element(alternatives(element, pattern, lists)) for element in pattern.split()]
        if len(self.elements) < 2:
            raise ValueError(f"the pattern {pattern!r} needs two words or more that stand together")
        self._reach = len(self.elements) + GAP * (len(self.elements) - 1)

    def find(self, words: Sequence[str]) -> str | None:
        """The words from the first to the last element, where it hits."""
        places: list[list[tuple[int, int]]] = []
        for element in self.elements:
            places.append(element.places(words))
            if not places[-1]:
                return None
        for first in sorted(place for found in places for place in found):
            last = self._last(places, first[0], frozenset(), first[0])
            if last is not None:
                return " ".join(words[first[0] : last])
        return None

    def _last(
        self, places: Sequence[list[tuple[int, int]]], first: int, taken: frozenset[int], last: int
    ) -> int | None:
        """Where the elements end that all begin at `first` or later, within reach and on different words."""
        if not places:
            return last
        for start, end in places[0]:
            if first <= start and end <= first + self._reach and taken.isdisjoint(range(start, end)):
                found = self._last(places[1:], first, taken | set(range(start, end)), max(last, end))
                if found is not None:
                    return found
        return None


class _Element:
    def __init__(self, ways: Sequence[Alternative]) -> None:
        self.ways = tuple(ways)
        single = [way for way in ways if len(way.words) == 1]
        self._exact = {way.words[0] for way in single if not way.ending}
        self._stems = {stem(way.words[0]) for way in single if way.inflected}
        self._prefixes = tuple(way.words[0] for way in single if way.ending)
        self._phrases = [way for way in ways if len(way.words) > 1]

    def places(self, words: Sequence[str]) -> list[tuple[int, int]]:
        found = [(index, index + 1) for index, word in enumerate(words) if self._is(word)]
        return found + [place for phrase in self._phrases for place in _phrase_places(phrase, words)]

    def _is(self, word: str) -> bool:
        return word in self._exact or stem(word) in self._stems or word.startswith(self._prefixes or ("\0",))


def _phrase_places(phrase: Alternative, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    count = len(phrase.words)
    for start in range(len(words) - count + 1):
        *row, last = words[start : start + count]
        *wanted, ending = phrase.words
        if row == wanted and (last.startswith(ending) if phrase.ending else _same(last, ending, phrase.inflected)):
            yield start, start + count


def _same(word: str, wanted: str, inflected: bool) -> bool:
    return word == wanted or (inflected and stem(word) == stem(wanted))


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The word without its inflection (Snowball: Porter 2001, and Hindi after Ramanathan and Rao 2003)."""
    import snowballstemmer

    language = "hindi" if _DEVANAGARI.search(word) else "english"
    return str(snowballstemmer.stemmer(language).stemWord(word))
