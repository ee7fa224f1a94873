"""The text step `clean`: one spelling for what looks the same."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from videogen.preprocessing.prompt.text_state import TextState

_TYPOGRAPHY = str.maketrans(
    {
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\uff02", '"'),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\uff07", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        "\u2026": "...",
    }
)
_JOINERS = re.compile("[\u200c\u200d]+")
_SPACE = re.compile(r"\s+")


def clean_text(text: str) -> str:
    """`text` in Unicode NFC, without control and invisible characters, with plain quotes and single spaces.

    The zero-width joiners stay where Indic scripts, Persian and emoji need them. Applying it twice changes
    nothing more; no input raises.
    """
    text = unicodedata.normalize("NFC", text).translate(_TYPOGRAPHY)
    text = "".join(map(_visible, text))
    text = unicodedata.normalize("NFC", text)
    # A joiner that goes may have stood between a letter and its accent.
    text = unicodedata.normalize("NFC", _JOINERS.sub(_needed_joiner, text))
    return _SPACE.sub(" ", text).strip()


def clean(state: TextState) -> TextState:
    """`clean_text` on the prompt so far."""
    text = clean_text(state.text)
    return replace(state, text=text, cleaned=text)


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    if category in ("Cs", "Co") or (category == "Cf" and character not in "\u200c\u200d"):
        return ""
    return character


def _needed_joiner(match: re.Match[str]) -> str:
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    return match[0][0] if _joins(before) and _joins(after) else ""


def _joins(character: str) -> bool:
    return bool(character) and not character.isascii() and not character.isspace()
