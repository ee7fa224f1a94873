"""Joins what a viewer reads and hears of a request into sentences, each with its source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

_STOP = re.compile(r"[.!?।॥。！？][\"'”’»)\]]*$")
_FULL_STOP = re.compile(r"(?<!\.)\.$")
_TRAILING_OFF = re.compile(r"\s*(?:…|\.{2,})$|\s+[-‐–—]$")
_CARRYING_ON = re.compile(r"^(?:…|\.{2,}|[-‐–—])\s*(?=\w)")
_BULLET = re.compile(r"^[-–—]\s")
# No sentence ends with one of these, and in Hindi none begins with a postposition or copula.
_LEADS_ON = re.compile(
    r"\b(?:of|the|an?|in|on|at|to|for|by|with|from|into|and|or|is|are|was|were|has|have|had|will|be|been|than|its?|his|her"
    r"|their|that|which|who|का|की|के|में|को|से|ने|पर|और|तथा|एवं|या)$",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(r"(?:है|हैं|था|थी|थे|का|की|के|में|को|से|ने|पर)(?![\u0900-\u0963\u0970-\u097f])")
# Where nothing tells whether a sentence goes on, so many pieces in a row are read together.
_WINDOW = 4
PARAGRAPH = "\n\n"

Joint = Literal["goes on", "may go on", "ends"]


@dataclass(frozen=True)
class Line:
    """One line of a request. place: "title", "prompt", "caption 3" or "narration"; row: which line there, from 0."""

    text: str
    place: str
    row: int


@dataclass(frozen=True)
class Reading:
    """Lines that are read in one go.

    uncertain: nothing tells whether the sentence goes on, so its parts are readings of their own as well.
    """

    lines: tuple[Line, ...]
    uncertain: bool = False


@dataclass(frozen=True)
class Span:
    """Characters `start` to `end` of `ViewerText.text` come from `line`."""

    start: int
    end: int
    line: Line


@dataclass(frozen=True)
class ViewerText:
    """All readings of a request as one text, each a paragraph; the uncertain ones are the last.

    spans: the pieces of the text in order. certain: where the paragraphs end that are not uncertain.
    """

    text: str
    spans: tuple[Span, ...]
    certain: int

    def lines(self, start: int, end: int) -> tuple[Line, ...]:
        """The lines of the request that characters `start` to `end` come from."""
        return tuple(span.line for span in self.spans if span.start < end and start < span.end)

    def place(self, start: int, end: int) -> str:
        """The same in words, such as "caption 1, caption 2"."""
        return ", ".join(dict.fromkeys(line.place for line in self.lines(start, end)))


def viewer_text(title: str, prompt: str, captions: Sequence[str], narration: str) -> ViewerText:
    """Return the readings of title, prompt, captions and narration; repeated text appears once.

    Lines and cues are joined where a sentence goes on over the break: before it stands "…", a comma or a word like
    "of", after it "…" or a small letter. A line that ends with a stop ends the reading. Where nothing tells (no stop,
    then a capital letter or a script without capitals) there are both readings: each line alone, and up to four, and
    all, joined.
    """
    head = _lines(title, "title")
    cues = [line for number, cue in enumerate(captions, 1) for line in _lines(cue, f"caption {number}")]
    parts = (head, _lines(prompt, "prompt"), cues, _lines(narration, "narration"))
    readings = [reading for part in parts for reading in _readings(part)]
    # A player shows the title above the first caption, which is the prompt where there are none.
    first = next((part[0] for part in (cues, parts[1]) if part), None)
    if head and first and head[-1].text != first.text and _joint(head[-1], first) != "ends":
        readings.append(Reading((*head, first), uncertain=True))
    return _put_together(readings)


def _lines(text: str, place: str) -> list[Line]:
    kept = (" ".join(line.split()) for line in text.splitlines() if line.strip())
    return [Line(line, place, row) for row, line in enumerate(kept)]


def _joint(before: Line, after: Line) -> Joint:
    """Whether a sentence goes on from one line to the next."""
    small = after.text[:1].islower()
    if _TRAILING_OFF.search(before.text) or (_CARRYING_ON.match(after.text) and not _BULLET.match(after.text)):
        return "goes on"
    if _STOP.search(before.text):
        return "may go on" if small and _FULL_STOP.search(before.text) else "ends"
    leads = before.text.endswith((",", "-", "‐")) or _LEADS_ON.search(before.text) or _FOLLOWS.match(after.text)
    return "goes on" if small or leads else "may go on"


def _readings(lines: Sequence[Line]) -> Iterator[Reading]:
    for run in _split(lines, "ends"):
        pieces = _split(run, "may go on")
        yield from (Reading(tuple(piece)) for piece in pieces)
        for count in sorted({*range(2, min(_WINDOW, len(pieces)) + 1), len(pieces)} - {1}):
            for start in range(len(pieces) - count + 1):
                joined = (line for piece in pieces[start : start + count] for line in piece)
                yield Reading(tuple(joined), uncertain=True)


def _split(lines: Sequence[Line], where: Joint) -> list[list[Line]]:
    """`lines` cut at every joint of the kind `where`."""
    parts: list[list[Line]] = [[line] for line in lines[:1]]
    for before, after in pairwise(lines):
        if _joint(before, after) == where:
            parts.append([after])
        else:
            parts[-1].append(after)
    return parts


def _put_together(readings: Sequence[Reading]) -> ViewerText:
    paragraphs: dict[str, None] = {}
    spans: list[Span] = []
    position = certain = 0
    for reading in sorted(readings, key=lambda reading: reading.uncertain):
        pieces = _pieces(reading.lines)
        if (text := "".join(pieces)) in paragraphs:
            continue
        for line, piece in zip(reading.lines, pieces, strict=True):
            spans.append(Span(position, position + len(piece), line))
            position += len(piece)
        if not reading.uncertain:
            certain = position
        paragraphs[text] = None
        position += len(PARAGRAPH)
    return ViewerText(PARAGRAPH.join(paragraphs), tuple(spans), certain)


def _pieces(lines: Sequence[Line]) -> list[str]:
    """The texts of lines that are read on, each with the space before it, without the signs that a line breaks off."""
    pieces = [lines[0].text]
    for before, after in pairwise(lines):
        cut = _TRAILING_OFF.sub("", pieces[-1])
        pieces[-1] = _FULL_STOP.sub("", cut) if after.text[:1].islower() else cut
        space = "" if before.text.endswith(("-", "‐")) and pieces[-1] == cut == before.text else " "
        pieces.append(space + _CARRYING_ON.sub("", after.text))
    return pieces
