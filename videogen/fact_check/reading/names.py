"""Finds the names of known entities in text: longest match first, several readings kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Protocol

from videogen.fact_check.reading.claim import Mention
from videogen.fact_check.reading.places import Places
from videogen.text.normalise import Word, normal, words

_LONGEST, _LONGEST_CODE = 8, 3


class ValueRange(Protocol):
    """What the reader of claims needs to know about names."""

    def values_of(self, attribute: str) -> frozenset[str]:
        """Normalised values that the attribute has anywhere in the base."""


class NameIndex:
    """Alias → entities, the most prominent first.

    Args:
        aliases: (alias, entity, prominence); an entity should be listed under its own name too.
        places: gives where the entities are; asked once, when somebody wants to know.
    """

    def __init__(self, aliases: Iterable[tuple[str, str, float]], places: Callable[[], Places] = Places) -> None:
        self._located = places
        ranked: dict[str, dict[str, float]] = {}
        # Common nouns ("mile") are names in any case; proper names only where they are capitalised.
        self._common: set[str] = set()
        self._with_comma: set[str] = set()
        codes: set[str] = set()
        words_too: set[str] = set()
        for alias, entity, prominence in aliases:
            key = normal(alias)
            if not key:
                continue
            senses = ranked.setdefault(key, {})
            senses[entity] = max(prominence, senses.get(entity, 0.0))
            if alias[:1].islower() or key.startswith("."):
                self._common.add(key)
            (codes if len(alias) <= _LONGEST_CODE and alias.isupper() else words_too).add(key)
            if "," in alias:
                self._with_comma.add(key)
        # "IN" is India's code, "In" is not.
        self._codes = codes - words_too
        self._senses: Mapping[str, tuple[str, ...]] = {
            key: tuple(senses)
            if len(senses) == 1
            else tuple(sorted(senses, key=lambda entity: (-senses[entity], entity)))
            for key, senses in ranked.items()
        }
        self._first_words = {key.partition(" ")[0] for key in ranked}

    @cached_property
    def places(self) -> Places:
        """Where the entities are."""
        return self._located()

    def __contains__(self, name: str) -> bool:
        return normal(name) in self._senses

    def entities(self, name: str) -> tuple[str, ...]:
        """Entities of exactly that name, the most prominent first; empty if unknown."""
        return self._senses.get(normal(name), ())

    def find(self, text: str) -> tuple[Mention, ...]:
        """Mentions in order of the text, none overlapping."""
        tokens = words(text)
        found: list[Mention] = []
        position = 0
        while position < len(tokens):
            mention, used = self._longest_at(text, tokens, position)
            if mention:
                found.append(mention)
            position += used
        return tuple(found)

    def _longest_at(self, text: str, tokens: list[Word], position: int) -> tuple[Mention | None, int]:
        first = tokens[position].norm.partition(" ")[0]
        if first and first not in self._first_words:
            return None, 1
        for length in range(min(_LONGEST, len(tokens) - position), 0, -1):
            span = tokens[position : position + length]
            key = " ".join(word.norm for word in span if word.norm)
            senses = self._senses.get(key)
            if senses and self._written_as_name(key, span):
                start, end = span[0].start, span[-1].end
                if "\n" not in text[start:end] and ("," not in text[start:end] or key in self._with_comma):
                    return Mention(text=text[start:end], start=start, end=end, entities=senses), length
        return None, 1

    def _written_as_name(self, key: str, span: list[Word]) -> bool:
        first = span[0].text[:1]
        if key in self._codes:
            return span[0].text.isupper()
        return key in self._common or not first.islower()
