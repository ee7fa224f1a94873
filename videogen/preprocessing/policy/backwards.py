"""Lines that are written backwards, whole or each word: "bmob a dliub", "dliub a bmob"."""

from __future__ import annotations

import re

from videogen.text.english import is_english_word

_WORD = re.compile(r"[A-Za-z]{3,}")
_WRITTEN = re.compile(r"\S+")
_SEEN = 50
"""How often a word was seen at least: rare ones are often the mirror of something."""
_FEWEST = 2


def read_backwards(text: str) -> list[str]:
    """`text` with such lines from right to left, and with each of their words turned; empty if there is none.

    A line counts if more of its words are English from their end than from their beginning.
    """
    lines = text.split("\n")
    turned = [is_backwards(line) for line in lines]
    if not any(turned):
        return []
    pairs = list(zip(lines, turned, strict=True))
    whole = "\n".join(line[::-1] if is_turned else line for line, is_turned in pairs)
    words = "\n".join(_WRITTEN.sub(_turned, line) if is_turned else line for line, is_turned in pairs)
    return [whole, words]


def is_backwards(line: str) -> bool:
    """Whether more words of a line are English when they are read from their end."""
    words = [word.lower() for word in _WORD.findall(line)]
    behind = sum(is_english_word(word[::-1], _SEEN) for word in words)
    return behind >= _FEWEST and behind > sum(is_english_word(word, _SEEN) for word in words)


def _turned(word: re.Match[str]) -> str:
    return word[0][::-1]
