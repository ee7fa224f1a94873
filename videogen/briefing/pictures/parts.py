"""Cutting a long sentence into pages at the ends of clauses; its letters stay as they are."""

from __future__ import annotations

import re

PAGE_LETTERS = 150
_CLAUSE = re.compile(r"[,;:–—।،؛](?=\s)|[.!?](?=\s)")
_WORD_END = re.compile(r"\s")


def pages_of(text: str) -> list[tuple[int, str]]:
    """The offset and text of each page; together they are the text.

    A sentence of up to a page and a half stays whole.
    """
    if len(text) <= PAGE_LETTERS * 1.5:
        return [(0, text)]
    count = -(-len(text) // PAGE_LETTERS)
    pages, start = [], 0
    for number in range(count, 1, -1):
        aim = start + (len(text) - start) / number
        ends = [match.end() for match in _CLAUSE.finditer(text, start)]
        near = [end for end in ends if abs(end - aim) < PAGE_LETTERS * 0.35]
        spaces = [match.start() for match in _WORD_END.finditer(text, start) if match.start() > start]
        choice = near or spaces
        if not choice:
            break
        end = min(choice, key=lambda place: abs(place - aim))
        pages.append((start, text[start:end].strip()))
        start = end + (len(text[end:]) - len(text[end:].lstrip()))
    return [*pages, (start, text[start:].strip())]
