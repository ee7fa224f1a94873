"""How well a template fits an alert."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from videogen.emergency.layout.template import EmergencyTemplate

# An all-clear must never look like the danger it ends; codes are exact, words nearly so, categories are broad.
_ALL_CLEAR, _CODE, _WORD, _RESPONSE, _CATEGORY = 1000.0, 500.0, 100.0, 20.0, 10.0
_ENDS = "AllClear"
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SIGNS_OF_CODES = re.compile(r"[\d;:,._/-]+")


def score(
    template: EmergencyTemplate,
    categories: Sequence[str],
    event: str,
    event_codes: Sequence[str],
    response_types: Sequence[str],
) -> float:
    """Higher is better, 0 does not fit at all.

    A longer event word beats a shorter one ("tropical storm" before "storm"), an earlier one a later one.
    """
    ends = _ENDS in response_types
    if ends:
        return _ALL_CLEAR if _ENDS in template.response_types else 0.0
    points = _CODE * bool(set(template.event_codes) & set(event_codes))
    words = [word for words in template.events.values() for word in words if mentions(event, word)]
    if words:
        points += _WORD + max(len(word) / (1 + _place(event, word) / 100) for word in words)
    points += _RESPONSE * bool(set(template.response_types) & set(response_types))
    if points and set(categories) & set(template.categories):
        points += _CATEGORY
    # A category says too little on its own: fog is "Met" as a cyclone is.
    if set(categories) & set(template.default_for):
        points += _CATEGORY
    return points


def words_of_code(code: str) -> str:
    """A code that is made of words, as words: ``"rainFlood"`` → ``"rain Flood"``; others as they are."""
    return " ".join(_SIGNS_OF_CODES.sub(" ", _HUMP.sub(" ", code)).split())


def mentions(event: str, word: str) -> bool:
    """Whether the word stands in the event: as a whole word, or anywhere in scripts without spaces."""
    return _pattern(word).search(_folded(event)) is not None


def _place(event: str, word: str) -> int:
    match = _pattern(word).search(_folded(event))
    return match.start() if match else 0


@lru_cache(maxsize=4096)
def _pattern(word: str) -> re.Pattern[str]:
    folded = re.escape(_folded(word))
    unspaced = any(_has_no_spaces(letter) for letter in word)
    # The end of a word is free where it may be inflected or plural: "floods", "Überschwemmungen".
    return re.compile(folded if unspaced else rf"(?<!\w){folded}(?:s|es|en|n|e)?(?!\w)")


def _has_no_spaces(letter: str) -> bool:
    """Whether the letter is of a script that puts no spaces between words."""
    name = unicodedata.name(letter, "")
    return unicodedata.east_asian_width(letter) in "WF" or name.startswith(("THAI", "LAO", "KHMER", "MYANMAR"))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
