"""The text step `truncate`, and the part of a text that the tokenizer cuts off."""

from __future__ import annotations

import re
from dataclasses import replace

from videogen.preprocessing.prompt.text_state import TextState, Tokenizer
from videogen.text.words import word_spans

# A cut at a sentence may cost up to half of the words that would fit, one at a clause up to a third.
_BOUNDARIES = (
    (re.compile(r"[.!?\u0964]+[\"')\]]*(?=\s)|[\u3002\uff01\uff1f]+"), 0.5),
    (re.compile(r"[,;:)](?=\s)|\s(?=-\s)|[\u3001\uff0c\uff1b\uff1a\u060c]"), 2 / 3),
)
_SHOWN = 80


def truncate_text(text: str, max_words: int) -> tuple[str, str]:
    """The beginning of `text`, at most `max_words` words long, and the rest; no word is ever split.

    The cut is at the end of a sentence or clause where one lies near enough.
    """
    spans = word_spans(text)
    if len(spans) <= max_words:
        return text, ""
    limit = spans[max_words - 1][1]
    for boundary, least in _BOUNDARIES:
        earliest = spans[max(int(max_words * least), 1) - 1][1]
        places = (match.end() for match in boundary.finditer(text, 0, limit + 1))
        # A full stop of an unspaced script may stand in front of a word: "。1" is one.
        ends = [end for end in places if earliest <= end <= limit and not any(a < end < b for a, b in spans)]
        if ends:
            limit = ends[-1]
            break
    return text[:limit].rstrip(" ,;:\u3001\uff0c\uff1b\uff1a\u060c"), text[limit:].strip()


def truncate(state: TextState) -> TextState:
    """`truncate_text` to the limit of words, with a warning that says what was left out."""
    text, rest = truncate_text(state.text, state.context.max_words)
    if not rest:
        return state
    number = len(word_spans(rest))
    state = state.warn(
        f"the prompt is longer than {state.context.max_words} words: "
        f"the last {number} are left out, from {shortened(rest)!r}"
    )
    return replace(state, text=text, truncated=True)


def unseen_by(tokenizer: Tokenizer, text: str) -> str:
    """The end of `text` that no longer fits into the model's input; empty if all of it does."""
    spans = word_spans(text)
    whole = tokenizer(text)[0]
    if not spans or tokenizer(f"{text} {_one_more(text)}")[0] != whole:
        return ""
    fits, differs = len(spans), 0
    while fits - differs > 1:
        middle = (fits + differs) // 2
        if tokenizer(text[: spans[middle - 1][1]])[0] == whole:
            fits = middle
        else:
            differs = middle
    return text[spans[fits - 1][1] :].strip()


def shortened(text: str) -> str:
    """The beginning of `text`, short enough to be quoted in a warning."""
    return text if len(text) <= _SHOWN else text[:_SHOWN].rsplit(" ", 1)[0] + " ..."


def _one_more(text: str) -> str:
    return "water" if not text.endswith("water") else "fire"
