"""Judges whether a prompt asks for something that a model can draw.

A prompt is inside of a model's world if its language is one that the model reads, and if what is left of it without
place, time, colour and motion is close in meaning to a known subject or topic. Closeness is the cosine of sentence
vectors (all-MiniLM-L6-v2; Reimers and Gurevych 2019, arXiv 1908.10084). The limits come from the development half of
benchmarks/data/prompt_coverage.yaml; benchmarks/prompt_coverage.py measures the rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from videogen.adaptation.known_vectors import known_vectors
from videogen.adaptation.world import KnownWorld
from videogen.domain.artifacts import Coverage
from videogen.preprocessing.prompt.vocabulary import mentions, phrase_pattern

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Embed = Callable[[Sequence[str]], Vectors]

LIKE = 0.57
"""Cosine to a known name or topic from which on a prompt is about it."""
LIKE_NAMED = 0.54
"""The same where the prompt names a known subject: "bus drivers vote on a strike" names one and is about another."""
LIKE_SURELY = 0.70
"""Cosine from which on a further thing that the model does not know does not matter: "solar power for farmers"."""
NEAREST = 0.35
"""Cosine below which nothing known is near enough to be offered instead."""
_RIVALS = 0.05
_EMPTY_WORDS = frozenset(
    {"a", "an", "the", "of", "to", "in", "on", "at", "for", "is", "are", "with", "and", "by", "over", "from", "near",
     "into", "through", "above", "past", "one", "some", "there"}
)  # fmt: skip
_WORDS = re.compile(r"[\w'-]+")


def judge(prompt: str, world: KnownWorld, language: str, embed: Embed, things: Sequence[str] = ()) -> Coverage:
    """Compare a prompt with what a model knows.

    Args:
        language: ISO 639-1 code of the prompt, or "und".
        embed: texts → unit vectors, N×D.
        things: concrete things that people name; those that the world does not hold are unknown to the model.
    """
    labels, known = known_vectors(world, embed)
    likeness = (embed([prompt, subject_part(prompt, world)]) @ known.T).max(axis=0)
    best = float(likeness.max())
    named = named_subjects(prompt, world)
    unknown = () if named or best >= LIKE_SURELY else unknown_things(prompt, world, things)
    foreign = language != "und" and language not in world.languages
    about = best >= (LIKE_NAMED if named else LIKE) and not unknown
    close = [labels[index] for index in (-likeness).argsort() if likeness[index] >= best - _RIVALS]
    inside = about and not foreign
    return Coverage(
        inside=inside,
        cause="" if inside else "language" if foreign else "subject",
        language=language,
        subjects=tuple(dict.fromkeys([*named, *close])) if inside else (),
        nearest=close[0] if best >= NEAREST else None,
        likeness=round(best, 4),
        unknown=unknown,
    )


def subject_part(prompt: str, world: KnownWorld) -> str:
    """What a prompt says beyond place, time, colour, motion and form; all of it where nothing else is left."""
    left = prompt
    for phrase in _longest_first(world.setting):
        if any(mentions(phrase, left)):
            left = phrase_pattern(phrase).sub(" ", left)
    words = [word for word in _WORDS.findall(left) if word.lower() not in _setting_words(world)]
    return " ".join(words) if any(word.lower() not in _EMPTY_WORDS for word in words) else prompt


def named_subjects(prompt: str, world: KnownWorld) -> tuple[str, ...]:
    """The known subjects that the prompt calls by one of their names, earliest first."""
    places = {
        subject: min(match.start() for match in found)
        for subject, entry in world.subjects.items()
        if (found := [match for name in entry.names for match in mentions(name, prompt)])
    }
    return tuple(sorted(places, key=places.__getitem__))


def unknown_things(prompt: str, world: KnownWorld, things: Sequence[str]) -> tuple[str, ...]:
    """The things in the prompt that none of the world's words contains."""
    words = " \n ".join(
        [*world.setting, *(name for entry in world.subjects.values() for name in (*entry.names, *entry.topics))]
    )
    found = [thing for thing in things if any(mentions(thing, prompt))]
    return tuple(thing for thing in found if not any(mentions(thing, words)))


@lru_cache(maxsize=4)
def _longest_first(phrases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(phrases, key=len, reverse=True))


@lru_cache(maxsize=4)
def _words(phrases: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word.lower() for phrase in phrases for word in _WORDS.findall(phrase))


def _setting_words(world: KnownWorld) -> frozenset[str]:
    """The single words of the setting that no known subject is called by."""
    return _words(world.setting) - _words(tuple(name for entry in world.subjects.values() for name in entry.names))
