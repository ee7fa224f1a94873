"""Finds places that a text puts where they are not: "Made in Berlin, France", "the Eiffel Tower in Berlin".

No verb says it, so it is a claim only where the knowledge base speaks against it: what a text merely names is not to be
proven, and a comma between two places may as well stand in a list.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from videogen.fact_check.reading.claim import Mention
from videogen.text.normalise import normal
from videogen.text.word_lists import word_set

_MOST_SENSES = 6
_APPOSED = re.compile(r"\s*(?:,|\(|/)\s*")
_WITHIN = re.compile(r"\s+in\s+(?:the\s+)?", re.IGNORECASE)
_OWNED = re.compile(r"['’]s?\s+(?:[a-z-]+\s+){0,2}")
# A list of places, or "Germany's", goes on behind the second name.
_GOES_ON = re.compile(r"\s*(?:['’&/-]|,?\s*(?:and|or|und|et)\s+(?-i:[A-Z]))", re.IGNORECASE)
_ENDS = re.compile(r"\s*(?:$|[.;:!?)\]\"”»|–—…]|,\s*(?![A-Z]))")
_NEXT_WORD = re.compile(r"\s+([A-Za-z]+)")
_WORD_BEFORE = re.compile(r"([\w’'-]+)\s+(?:the\s+)?$", re.IGNORECASE)
# Whoever comes from a town, or speaks of a building, may do so anywhere.
_ABOUT = word_set("of_a_place")
# Behind these words a town itself is meant, not its team or its people: "a walk through Munich in Italy".
_AT_PLACE = word_set("at_a_place")


@dataclass(frozen=True)
class Places:
    """Where things are, by what they are called in the base.

    countries: entity → normalised names of the countries that it lies in. cities: entity → normalised names of the
    town that it stands in. towns: entities that are towns.
    """

    countries: Mapping[str, Collection[str]] = field(default_factory=dict)
    cities: Mapping[str, Collection[str]] = field(default_factory=dict)
    towns: frozenset[str] = frozenset()

    def is_place_within(self, mention: Mention) -> bool:
        """Whether all that the name may mean lies in some country."""
        senses = mention.entities[:_MOST_SENSES]
        return bool(senses) and all(entity in self.countries for entity in senses)

    def is_landmark(self, mention: Mention) -> bool:
        """Whether it is a place, but no town or part of a country that people stand for."""
        return self.is_place_within(mention) and not self.towns.intersection(mention.entities[:_MOST_SENSES])

    def excludes(self, inner: Mention, outer: Mention) -> bool:
        """Whether nothing that `inner` may mean lies in anything that `outer` may mean."""
        if not self.is_place_within(inner):
            return False
        return not any(
            self._may_lie_in(one, other) for one in inner.entities[:_MOST_SENSES] for other in self._meant(outer, inner)
        )

    def _meant(self, outer: Mention, inner: Mention) -> list[str]:
        """What `outer` may mean. Of a town and a region of one name, what stands in a town is put into the town."""
        senses = outer.entities[:_MOST_SENSES]
        if not all(entity in self.cities for entity in inner.entities[:_MOST_SENSES]):
            return list(senses)
        named = {normal(entity) for entity in senses if entity in self.towns}
        return [entity for entity in senses if entity in self.towns or normal(entity.partition(" (")[0]) not in named]

    def _may_lie_in(self, inner: str, outer: str) -> bool:
        if outer not in self.countries:
            # A country; of a part of the world or anything else the base does not know what lies in it.
            return normal(outer) in self.countries[inner] or not self._is_country(outer)
        if outer not in self.towns and inner in self.towns:
            return True  # The base knows large towns only, and there may be a small one of that name.
        same_country = not set(self.countries[inner]).isdisjoint(self.countries[outer])
        elsewhere = outer in self.towns and inner in self.cities and not _among(normal(outer), self.cities[inner])
        return same_country and not elsewhere

    def _is_country(self, entity: str) -> bool:
        return any(normal(entity) in countries for countries in self.countries.values())


def _among(town: str, cities: Collection[str]) -> bool:
    """Whether a town is one of `cities`, or a part or the whole of one: Delhi and New Delhi."""
    return any(town == city or town in city.split() or city in town.split() for city in cities)


def misplaced(text: str, mentions: Collection[Mention], places: Places) -> Iterator[str]:
    """What a sentence says of where a place lies, where the base speaks against it; each as a sentence.

    Args:
        text: the sentence.
        mentions: the known names in it, in order.
        places: where they are.
    """
    before: Mention | None = None
    for first, second in pairwise(mentions):
        gap = text[first.end : second.start]
        inner, outer = (second, first) if _OWNED.fullmatch(gap) else (first, second)
        if _says_where(text, gap, before, first, second, places) and places.excludes(inner, outer):
            yield f"{inner.text} is in {outer.text}."
        before = first


def _says_where(text: str, gap: str, before: Mention | None, first: Mention, second: Mention, places: Places) -> bool:
    """Whether two names beside each other are a place and what it lies in."""
    if _is_part_of_name(text, first) or _GOES_ON.match(text, second.end):
        return False
    if _OWNED.fullmatch(gap):
        return places.is_landmark(second)
    word = _WORD_BEFORE.search(text, 0, first.start)
    about = word is not None and word[1].lower() in _ABOUT
    if _WITHIN.fullmatch(gap):
        at_place = word is not None and word[1].lower() in _AT_PLACE
        return at_place or (places.is_landmark(first) and not about)
    in_list = before is not None and text[before.end : first.start].strip() in (",", "/")
    return _APPOSED.fullmatch(gap) is not None and not in_list and _is_closed(text, second.end)


def _is_part_of_name(text: str, mention: Mention) -> bool:
    """Whether a capitalised word stands before it: "Queen Victoria". Words that begin sentences are no such words."""
    word = re.search(r"([\w’'-]+)\s+$", text[: mention.start])
    return word is not None and word[1][0].isupper() and word[1].lower() not in _LEADS


_LEADS = word_set("imperatives", "prepositions", "question_starts", "greetings") | {"the", "a", "an", "made", "welcome"}


def _is_closed(text: str, end: int) -> bool:
    """Whether nothing behind the second name makes the two a list or the subject of a verb."""
    if _ENDS.match(text, end):
        return True
    word = _NEXT_WORD.match(text, end)
    return word is not None and word[1].lower() in _FOLLOWERS


_FOLLOWERS = word_set("prepositions", "copulas") | {"today", "tonight", "now", "where", "who", "which", "that", "with"}
