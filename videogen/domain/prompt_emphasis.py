"""Emphasis marks in prompts, "(word:1.3)" as other tools write them."""

from __future__ import annotations

import re

from videogen.domain.artifacts import Keyword

MIN_WEIGHT, MAX_WEIGHT = 0.1, 2.0
# After a digit the number needs a decimal point, so that "(10:30)" stays a time and "(2:1)" a score.
_MARKED = re.compile(r"\(([^():]+):\s*(\d*\.\d+|(?<!\d:)(?<!\d: )\d)\s*\)")


def split_emphasis(text: str) -> tuple[str, list[Keyword], list[str]]:
    """Return the text without its emphasis marks, the marked words with weights in [0.1, 2], and warnings.

    Marks may be nested; plain brackets, times and scores are left as they are.
    """
    keywords: list[Keyword] = []
    warnings: list[str] = []

    def unmark(match: re.Match[str]) -> str:
        words, wanted = " ".join(match[1].split()), float(match[2])
        if not words:
            return match[0]
        weight = min(max(wanted, MIN_WEIGHT), MAX_WEIGHT)
        if weight != wanted:
            warnings.append(
                f"the emphasis {wanted:g} of {words!r} is outside {MIN_WEIGHT:g} to {MAX_WEIGHT:g}: {weight:g} is used"
            )
        if all(keyword.word.casefold() != words.casefold() for keyword in keywords):
            keywords.append(Keyword(word=words, weight=weight))
        return words

    unmarked = _MARKED.sub(unmark, text)
    while unmarked != text:
        text, unmarked = unmarked, _MARKED.sub(unmark, unmarked)
    return text, sorted(keywords, key=lambda keyword: text.find(keyword.word)), warnings
