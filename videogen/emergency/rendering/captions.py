"""Captions of an alert: what each page says, while it stands."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence

from videogen.cards.timing import Turn, letters
from videogen.domain.requests import Caption
from videogen.media.captions import LINE, LINES

_WIDE_LINE = 16


def cues_of(turns: Sequence[Turn], fps: float) -> tuple[Caption, ...]:
    """The text of each page in cues of at most two lines, timed by their length, in step with the speech."""
    return tuple(cue for turn in turns for cue in _cues(turn, fps))


def _cues(turn: Turn, fps: float) -> Iterator[Caption]:
    start, end = turn.start / fps, (turn.start + turn.count) / fps
    if turn.speech:
        start += turn.speech_at
    blocks = ["\n".join(block) for text in _joined(turn.page.told) for block in _blocks(text)]
    total, passed = sum(letters((block,)) for block in blocks) or 1.0, 0.0
    for block in blocks:
        begins = start + (end - start) * passed / total
        passed += letters((block,))
        ends = start + (end - start) * passed / total
        yield Caption(start=round(begins, 3), end=round(max(ends, begins + 0.001), 3), text=block)


def _joined(told: Sequence[str]) -> Iterator[str]:
    """Headings together with what they head: alone they would be too short to be seen."""
    heading = ""
    for text in told:
        if text.endswith(":"):
            heading = f"{heading}{text} "
            continue
        yield heading + text
        heading = ""
    if heading:
        yield heading.strip()


def _blocks(text: str) -> list[list[str]]:
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text) > len(text) / 4
    if wide:
        lines = [text[start : start + _WIDE_LINE] for start in range(0, len(text), _WIDE_LINE)]
    else:
        lines = textwrap.wrap(text, LINE)
    return [lines[start : start + LINES] for start in range(0, len(lines), LINES)]
