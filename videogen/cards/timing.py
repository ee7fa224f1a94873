"""How long each page stands: long enough to be read, and to be read out."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from videogen.cards.page import Page

PACE = 15.0
"""Letters per second: 160 to 180 words a minute (BBC subtitle guidelines), slow enough to be read aloud."""
_LEAD = 0.7
_SHORTEST = 2.5
# A wide letter (Chinese, Japanese, Korean) carries about a syllable.
_WIDE = 2.5


@dataclass(frozen=True)
class Turn:
    """A page in time: frames `start` to `start` + `count`; speech: seconds into the page and its length."""

    page: Page
    start: int
    count: int
    speech_at: float = 0.0
    speech: float = 0.0


def letters(texts: Sequence[str]) -> float:
    """How much there is to read, in letters of an alphabet: marks count nothing, wide letters more."""
    return sum(_weight(letter) for text in texts for letter in text)


def reading_seconds(page: Page) -> float:
    """Seconds that a page must stand to be read at `PACE`."""
    return max(_SHORTEST, _LEAD + letters(page.told) / PACE)


def pace(turn: Turn, fps: float) -> float:
    """Letters per second of a page as it is shown."""
    return letters(turn.page.told) / (turn.count / fps)


def schedule(pages: Sequence[Page], speech: Sequence[float], fps: int, lead: float = 0.0) -> list[Turn]:
    """The pages one after another, without gap.

    Args:
        pages: in their order.
        fps: frames per second of the video.
        speech: seconds of speech of each page, 0 without a voice.
        lead: seconds of the attention tone, during which the first page stands already.
    """
    turns, start = [], 0
    for number, (page, spoken) in enumerate(zip(pages, speech, strict=True)):
        at = (lead if number == 0 else 0.0) + 0.35
        seconds = max(reading_seconds(page), at + spoken + 0.45 if spoken else 0.0, lead if number == 0 else 0.0)
        count = round(seconds * fps + 0.5)
        turns.append(Turn(page, start, count, at, spoken))
        start += count
    return turns


def _weight(letter: str) -> float:
    if unicodedata.category(letter)[0] == "M":
        return 0.0
    return _WIDE if unicodedata.east_asian_width(letter) in "WF" else 1.0
