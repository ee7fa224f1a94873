"""When a sentence is said: found in the captions, which show the words that are spoken, at the moment they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TIMES = re.compile(r"^(?:(\d+):)?(\d{2}):(\d{2})\.(\d{3}) --> ")
_LETTERS = 24


@dataclass(frozen=True)
class Shown:
    """A cue. start: seconds; letters: its words without spaces and marks."""

    start: float
    letters: str


def cues_of(webvtt: str) -> list[Shown]:
    """The cues of a WebVTT file, in order."""
    found: list[Shown] = []
    for block in re.split(r"\n\s*\n", webvtt.replace("\r\n", "\n")):
        lines = block.split("\n")
        for number, line in enumerate(lines):
            if (times := _TIMES.match(line)) is not None:
                hours, minutes, seconds, thousandths = (int(part or 0) for part in times.groups())
                start = hours * 3600 + minutes * 60 + seconds + thousandths / 1000
                found.append(Shown(start, letters_of(" ".join(lines[number + 1 :]))))
                break
    return found


def second_of(text: str, cues: Sequence[Shown], after: float = 0.0) -> float | None:
    """When the words of `text` are shown; None: no caption has them.

    Args:
        text: what is said.
        cues: the captions.
        after: the same words may be said twice: it is looked for from this second on first.
    """
    wanted = letters_of(text)[:_LETTERS]
    if not wanted:
        return None
    for cues_left in ([cue for cue in cues if cue.start >= after - 0.05], cues):
        for cue in cues_left:
            if wanted[: len(cue.letters)] == cue.letters[: len(wanted)] or wanted in cue.letters:
                return cue.start
    return None


def letters_of(text: str) -> str:
    """Letters and digits alone, so that line breaks and quotation marks make no difference."""
    return "".join(letter for letter in re.sub(r"<[^>]*>", "", text).casefold() if letter.isalnum())
