"""Just enough Hindi grammar to tell assertions from descriptions and instructions."""

from __future__ import annotations

from videogen.text.normalise import Word
from videogen.text.word_lists import word_set

_FINITE = word_set("hindi_finite")
_ORDERS = word_set("hindi_orders")
_PROGRESS = word_set("hindi_progressive")


def has_finite_verb(tokens: list[Word]) -> bool:
    """Whether a Hindi clause ends in a finite verb."""
    return any(token.text in _FINITE for token in tokens[-3:])


def is_instruction(tokens: list[Word]) -> bool:
    """Whether a Hindi clause tells somebody to do something."""
    return any(token.text in _ORDERS for token in tokens[-2:])


def is_progressive(tokens: list[Word]) -> bool:
    """Return whether a clause is progressive, like "… चल रही है": something that goes on in the scene."""
    return any(token.text in _PROGRESS for token in tokens[-3:])
