"""English word stems, remembered because texts repeat their words."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


@cache
def stem(word: str) -> str:
    """The Porter 2 stem of a lower-case English word; words of other scripts come back unchanged."""
    return str(_stemmer().stemWord(word)) if word.isascii() else word
