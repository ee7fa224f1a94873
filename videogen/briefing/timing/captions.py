"""Captions by rule: a cue a sentence, cut at clause ends, timed inside of the measured speech, never across a cut.

Line lengths, pace and durations: Netflix timed text style guide, BBC subtitle guidelines (3 lines in vertical video).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import regex

from videogen.audio.loudness import RATE
from videogen.briefing.spoken_text.spoken import spoken
from videogen.briefing.timing.timeline import Cue, Timeline
from videogen.cards.line_breaks import units
from videogen.domain.requests import Caption
from videogen.text.word_lists import word_set

LONGEST = 7.0
CLOSE_UP = 1.0
"""Seconds: a shorter gap between two cues of one shot is closed."""
LINGER = 0.4
_CLAUSE = re.compile(r"[,;:।،؛–—]$|[.!?]$")
_FUNCTION = word_set("function_words")


@dataclass(frozen=True)
class CaptionForm:
    """How long a line may be, in grapheme clusters, and how many there are."""

    line: int
    lines: int


FORMS = {"wide": CaptionForm(42, 2), "square": CaptionForm(32, 2), "tall": CaptionForm(25, 3)}


def graphemes(text: str) -> int:
    """Letters as a reader counts them: a consonant with its vowel sign is one."""
    return len(regex.findall(r"\X", text))


def captions_of(timeline: Timeline, form: CaptionForm) -> tuple[Caption, ...]:
    """The cues of a variant, in order, without overlap."""
    cues: list[Caption] = []
    for shot in timeline.shots:
        end = float((shot.start + shot.count) / timeline.fps)
        made = [piece for cue in shot.cues for piece in _sentence(cue, timeline, form)]
        for number, (start, stop, text) in enumerate(made):
            following = made[number + 1][0] if number + 1 < len(made) else end
            near = following - stop < CLOSE_UP and number + 1 < len(made)
            until = following if near else min(stop + LINGER, following)
            until = min(until, start + LONGEST)
            cues.append(Caption(start=round(start, 3), end=round(until, 3), text=text))
    return tuple(cues)


def captions_on(timeline: Timeline, other: Timeline, form: CaptionForm) -> tuple[Caption, ...]:
    """The captions of another language on this language's clock: those of a shot are spread over the same shot here."""
    mine = {timed.shot.id: timed for timed in timeline.shots}
    placed: list[Caption] = []
    every = captions_of(other, form)
    for timed in other.shots:
        here = mine.get(timed.shot.id)
        if here is None:
            continue
        first, last = float(timed.start / other.fps), float((timed.start + timed.count) / other.fps)
        begin, factor = float(here.start / timeline.fps), float(here.count / timeline.fps) / (last - first)
        for cue in every:
            if first <= cue.start < last:
                start, end = begin + (cue.start - first) * factor, begin + (min(cue.end, last) - first) * factor
                placed.append(Caption(start=round(start, 3), end=round(min(end, start + LONGEST), 3), text=cue.text))
    return tuple(sorted(placed, key=lambda cue: cue.start))


def _sentence(cue: Cue, timeline: Timeline, form: CaptionForm) -> list[tuple[float, float, str]]:
    """Start, end and text of the cues of one sentence, in proportion to how long their words are spoken."""
    seconds = len(cue.spoken.sound) / RATE
    blocks = blocks_of(cue.spoken.text, form, seconds)
    weights = [max(1, len(spoken(block.replace("\n", " "), timeline.language))) for block in blocks]
    total, passed = sum(weights), 0
    begin = float(Fraction(cue.start) / timeline.fps)
    placed = []
    for block, weight in zip(blocks, weights, strict=True):
        start = begin + seconds * passed / total
        passed += weight
        placed.append((start, begin + seconds * passed / total, block))
    return placed


def blocks_of(text: str, form: CaptionForm, seconds: float) -> list[str]:
    """The sentence in as few blocks of lines as hold it, none too long, cut at clause ends where it can."""
    pieces = [
        ("" if not number else " ") + unit if spaced else unit for number, (unit, spaced) in enumerate(units(text))
    ]
    least = max(1, -(-graphemes(text) // (form.line * form.lines)), int(seconds // LONGEST) + 1)
    for count in range(least, len(pieces) + 1):
        split = _split(pieces, count)
        wrapped = [_lines("".join(part).strip(), form.line) for part in split]
        if all(len(lines) <= form.lines for lines in wrapped):
            return [_block(lines) for lines in wrapped]
    return [_block(_lines(piece.strip(), form.line)) for piece in pieces]


def _block(lines: Sequence[str]) -> str:
    # Spaces that must not be broken at have done their work.
    return "\n".join(lines).replace("\u00a0", " ")


def _split(pieces: Sequence[str], count: int) -> list[list[str]]:
    """The pieces in `count` runs of about one length, moved to clause ends that are near."""
    whole = sum(map(graphemes, pieces))
    parts: list[list[str]] = []
    rest = list(pieces)
    left = float(whole)
    for number in range(count, 1, -1):
        aim = left / number
        best, cost, length = 1, float("inf"), 0
        for end in range(1, len(rest) - number + 2):
            length += graphemes(rest[end - 1])
            away = abs(length - aim) / aim
            clause = bool(_CLAUSE.search(rest[end - 1]))
            hanging = rest[end - 1].strip().lower() in _FUNCTION
            value = away - 0.35 * clause + 0.2 * hanging
            if value < cost:
                best, cost = end, value
        parts.append(rest[:best])
        left -= sum(map(graphemes, rest[:best]))
        rest = rest[best:]
    return [*parts, rest]


def _lines(text: str, width: int) -> list[str]:
    """Lines of at most `width` grapheme clusters, about equally long; a longer word stands alone."""
    few = max(1, -(-graphemes(text) // width))
    for count in range(few, 12):
        aim = max(-(-graphemes(text) // count), 1)
        for limit in range(aim, width + 1):
            lines = _greedy(text, limit)
            if len(lines) <= count:
                return lines
    return _greedy(text, width)


def _greedy(text: str, width: int) -> list[str]:
    lines: list[str] = []
    line = ""
    for unit, spaced in units(text):
        longer = f"{line} {unit}" if line and spaced else line + unit
        if line and graphemes(longer) > width:
            lines.append(line)
            line = unit
        else:
            line = longer
    return [*lines, line] if line else lines
