"""The word lists of `data/words.yaml`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

from videogen.text.normalise import normal


@cache
def _lists() -> dict[str, str]:
    text = files("videogen.text").joinpath("data/words.yaml").read_text(encoding="utf-8")
    lists: dict[str, str] = yaml.safe_load(text)
    return lists


def word_list(name: str) -> list[str]:
    """The words of one list, in the order of the file."""
    return _lists()[name].split()


def lines(name: str) -> list[str]:
    """The lines of one list, where each line is an entry of its own."""
    return _lists()[name].strip().splitlines()


def word_set(*names: str) -> frozenset[str]:
    """The words of the lists of these names together."""
    return frozenset(word for name in names for word in word_list(name))


def normal_set(*names: str) -> frozenset[str]:
    """The same, each word as `text.normal` writes it."""
    return frozenset(normal(word) for word in word_set(*names))
