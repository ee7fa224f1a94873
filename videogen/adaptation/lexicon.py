"""Lexicon: all words for what a model can draw, and which of them is nearest in meaning to an unlisted word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from videogen.adaptation.common_words import common_words
from videogen.preprocessing.prompt.vocabulary import mentions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from videogen.adaptation.domains import Domain
    from videogen.adaptation.synonyms import Synonyms
    from videogen.adaptation.world import KnownWorld

    Vectors = NDArray[np.float32]
    Embed = Callable[[Sequence[str]], Vectors]

NEAR = 0.5
"""Cosine to a listed word from which on an unlisted one is read as its neighbour.

Set on the synonyms themselves, each in turn left out together with all that share a word with it: 87 % of them have
such a neighbour, and 91 % of those are right. The nearest of 15 prompts outside of the world
had 0.45 (tuning half of benchmarks/data/adaptation.yaml).
"""
_VOTERS = 5


@dataclass(frozen=True)
class Neighbour:
    """A name of the world, the subject that it calls, and the cosine of its nearest word."""

    name: str
    subject: str
    similarity: float


@dataclass(frozen=True)
class Use:
    """Where a text uses a word of the lexicon. name: what stands for it; the same words where the model knows them."""

    start: int
    end: int
    word: str
    name: str
    subject: str

    @property
    def known(self) -> bool:
        return self.word.casefold() == self.name.casefold()


class Lexicon:
    """The names of a world, the model's synonyms, and the words of a domain.

    Args:
        embed: texts → unit vectors, N×D.
    """

    def __init__(self, world: KnownWorld, synonyms: Synonyms, domain: Domain | None, embed: Embed) -> None:
        self._world, self._embed = world, embed
        self.subjects = {name: subject for subject, entry in world.subjects.items() for name in entry.names}
        own = domain.pairs() if domain is not None else ()
        self._replacements = tuple(pair for pair in (*own, *synonyms.pairs()) if pair[1] in self.subjects)
        # A topic is read as it stands: "the public transport" is in captions, though "transport" is not. "Sunset" alone
        # is a time of day, not the subject.
        common = common_words(world)
        self._read = {name: name for name in self.subjects} | {
            topic: entry.names[0]
            for entry in world.subjects.values()
            for topic in entry.topics
            if any(word.lower() not in common for word in topic.split())
        }

    def uses(self, text: str) -> list[Use]:
        """All words of the lexicon in `text` in its order; of overlapping ones the longest."""
        found: list[Use] = []
        for word, name in self._words:
            for match in mentions(word, text):
                if all(match.end() <= other.start or match.start() >= other.end for other in found):
                    known = word in self._read
                    plain = match.group() if known else word
                    found.append(Use(match.start(), match.end(), plain, plain if known else name, self.subjects[name]))
        return sorted(found, key=lambda use: use.start)

    def nearest(self, words: Sequence[str]) -> list[Neighbour]:
        """For each of `words` the name that most of its five nearest words stand for, weighted by cosine⁴."""
        if not words:
            return []
        vectors, labels = self._vectors
        found = []
        for likeness in self._embed(words) @ vectors.T:
            votes: dict[str, float] = defaultdict(float)
            order = (-likeness).argsort()[:_VOTERS]
            for index in order:
                votes[self.subjects[labels[index]]] += max(float(likeness[index]), 0.0) ** 4
            subject = max(votes, key=lambda one: votes[one])
            best = next(index for index in order if self.subjects[labels[index]] == subject)
            found.append(Neighbour(labels[best], subject, round(float(likeness[order[0]]), 4)))
        return found

    @cached_property
    def _words(self) -> tuple[tuple[str, str], ...]:
        pairs = [*self._read.items(), *((word, name) for word, name in self._replacements if word not in self._read)]
        return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))

    @cached_property
    def _vectors(self) -> tuple[Vectors, list[str]]:
        listed = [*self._read.items(), *self._replacements]
        return _embedded(tuple(word for word, _ in listed), self._embed), [name for _, name in listed]


@lru_cache(maxsize=16)
def _embedded(words: tuple[str, ...], embed: Embed) -> Vectors:
    """The vectors of a list of words, worked out once a process: every prompt is compared with the same hundreds."""
    return embed(words)
