"""Splits text into sentences with offsets, in any language that marks them: one splitter for all rooms."""

from __future__ import annotations

import re
from dataclasses import dataclass

from videogen.text.word_lists import word_set

# Titles, months, units, streets and Latin abbreviations after which a full stop ends no sentence.
_ABBREVIATIONS = word_set("abbreviations")
# "am 3. Mai": the full stop of an ordinal number.
_MONTHS = tuple(word_set("months_after_an_ordinal"))
_BOUNDARY = re.compile(
    r"""(?P<stop>[.!?…]+["'”’»)\]]*(?=\s|$)                     # Western stops
      | [。！？।॥؟۔።፧။។៕]+["'”’»)\]）」』】]*)                     # those that need no space behind them
      | (?P<line>\n\s*)                                           # a new line, unless the text is only wrapped there
    """,
    re.VERBOSE,
)
_BULLET = re.compile(r"\s*(?:[-*•‣#>]+\s+|\d{1,2}[.)]\s+)?")


_WRAPPED = 50
# Nobody says a sentence of 2,000 characters. Some steps take time that grows with a sentence's square.
_LONGEST = 2000


@dataclass(frozen=True)
class Sentence:
    """`text` is what stands at characters `start` to `end` of the whole."""

    text: str
    start: int
    end: int


def split_sentences(text: str) -> list[Sentence]:
    """Sentences of a text in any mix of languages, in order; list bullets are left out, offsets are kept.

    A new line ends one too (titles and captions stand one a line), except where prose is wrapped: after 50 characters
    without a stop, when the next line goes on in lower case. A full stop ends no sentence after an abbreviation or
    initial ("Dr. K. Rao", "вул. Київській"), nor where a lower-case word follows.
    """
    sentences: list[Sentence] = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        if not (_ends_sentence(text, match) if match.group("stop") else _ends_line(text, match)):
            continue
        end = match.end() if match.group("stop") else match.start()
        _append(sentences, text, start, end)
        start = match.end()
    _append(sentences, text, start, len(text))
    return sentences


def _append(sentences: list[Sentence], text: str, start: int, end: int) -> None:
    bullet = _BULLET.match(text, start, end)
    start = bullet.end() if bullet else start
    piece = text[start:end].rstrip()
    while len(piece) > _LONGEST:
        cut = piece.rfind(" ", 1, _LONGEST) + 1 or _LONGEST
        _append(sentences, text, start, start + cut)
        start, piece = start + cut, piece[cut:]
    if any(character.isalnum() for character in piece):
        sentences.append(Sentence(piece, start, start + len(piece)))


def _ends_line(text: str, match: re.Match[str]) -> bool:
    if match.group("line").count("\n") > 1:
        return True
    line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()].rstrip()
    goes_on = text[match.end() : match.end() + 1]
    return (
        len(line) < _WRAPPED
        or line.endswith((".", "!", "?", "।", ":"))
        or not (goes_on.islower() or "\u0900" <= goes_on <= "\u097f")
    )


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    stop = match.group("stop")
    if not stop.startswith(".") or (len(stop) > 1 and stop[1] == "."):
        return True
    following = text[match.end() :].lstrip(" \t")[:1]
    if following.islower():
        return False
    line = text[max(0, match.start() - 40) : match.start()]
    word = re.split(r"[\s(\[“\"']", line)[-1]
    if len(word) == 1 and word.isalpha() and word != "I":
        return False
    if word.isdecimal() and len(word) <= 2:
        return not text[match.end() :].lstrip(" \t").startswith(_MONTHS)
    return word.lower().lstrip("0123456789") not in _ABBREVIATIONS
