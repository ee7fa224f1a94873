"""The words of prompts that are not about the subject, in the language of a model's captions."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from videogen.preprocessing.prompt.keywords import stop_words

if TYPE_CHECKING:
    from videogen.adaptation.world import KnownWorld

_WORDS = re.compile(r"[^\W\d_][\w'-]*")


def common_words(world: KnownWorld) -> frozenset[str]:
    """Lower-case words that say where, when, in which colour and how something is shown, and function words."""
    return _common(world.setting, world.languages)


@lru_cache(maxsize=4)
def _common(setting: tuple[str, ...], languages: tuple[str, ...]) -> frozenset[str]:
    words = {word.lower() for phrase in setting for word in _WORDS.findall(phrase)}
    return frozenset(words).union(*(stop_words(language) for language in languages))
