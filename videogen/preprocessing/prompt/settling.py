"""The text step `settle` (prompt completion): fills in attributes that a prompt leaves open, once per video.

A model whose frames share only their noise would decide again in every frame whether it is day or night.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from videogen.preprocessing.prompt.text_state import TextState
from videogen.preprocessing.prompt.truncation import unseen_by
from videogen.preprocessing.prompt.vocabulary import mentions
from videogen.runtime.seeds import derive_seed
from videogen.text.words import count_words

if TYPE_CHECKING:
    import re

    from videogen.models.profile import OpenChoice


def settle(state: TextState) -> TextState:
    """Add words for each of the profile's open attributes that the prompt does not mention, if they fit.

    The seed decides which; the same prompt and seed give the same words.
    """
    text = state.text
    for number, choice in enumerate(state.context.choices):
        drawn = derive_seed(state.context.seed, "settle", number) % len(choice.one_of)
        settled = _settled(text, choice, choice.one_of[drawn])
        if count_words(settled) <= state.context.max_words and not unseen_by(state.context.tokenizer, settled):
            text = settled
    return replace(state, text=text)


def _settled(text: str, choice: OpenChoice, wording: str) -> str:
    noun = _first(text, choice.only)
    if _first(text, choice.unless) or (choice.only and noun is None):
        return text
    if choice.before and noun is not None:
        before, rest = text[: noun.start()], text[noun.start() :]
        if not before and rest[0].isupper():
            wording, rest = wording.capitalize(), rest[0].lower() + rest[1:]
        return f"{before}{wording} {rest}"
    return f"{text.rstrip(' ,;:-.')}, {wording}"


def _first(text: str, phrases: Sequence[str]) -> re.Match[str] | None:
    """The earliest use of one of the phrases, the longest of those that begin there."""
    found = [match for phrase in phrases for match in mentions(phrase, text)]
    return min(found, key=lambda match: (match.start(), -match.end()), default=None)
