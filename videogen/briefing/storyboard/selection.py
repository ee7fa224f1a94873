"""Which sentences are told: by what they hold and where they stand, within the time there is. No model, no chance."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from videogen.briefing.storyboard.candidates import Sentence
from videogen.briefing.storyboard.charts import ChartPlan
from videogen.briefing.storyboard.figures import Figure, periods
from videogen.briefing.storyboard.model import MOST_SHOTS
from videogen.briefing.storyboard.quotes import Quotation
from videogen.text.normalise import words

LEAD, GAP, TAIL = 0.25, 0.35, 0.45
"""Seconds of a shot before its first sentence, between two, and after the last."""
_KEY_POINTS = re.compile(
    r"key (?:points|features|highlights|takeaways|facts)|highlights|salient|at a glance|main points|मुख्य|प्रमुख|विशेषताएं",
    re.I,
)
_DURATIONS = frozenset({"day", "days", "week", "month", "year", "hour", "minute", "second", "times", "time"})
_SAME, _ALMOST_ALL = 0.6, 0.9
_LEAST_SCORE = 0.35
MOST_UNITS = MOST_SHOTS - 2
"""Shots between the title and the end."""


@dataclass(frozen=True)
class Unit:
    """One or more sentences that are told together: one shot.

    items: they are the lines of a list; needs: number of the sentence that must be told right before; None: none.
    """

    sentences: tuple[Sentence, ...]
    score: float
    chart: ChartPlan | None = None
    quotation: Quotation | None = None
    items: bool = False
    needs: int | None = None

    @property
    def order(self) -> int:
        return self.sentences[0].order

    @property
    def seconds(self) -> float:
        """How long its shot will be, by estimate."""
        return LEAD + TAIL + sum(x.seconds for x in self.sentences) + GAP * (len(self.sentences) - 1)

    @property
    def text(self) -> str:
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def figures(self) -> tuple[Figure, ...]:
        return tuple(figure for sentence in self.sentences for figure in sentence.figures)


def score(sentence: Sentence, title: Sentence, paragraphs: int) -> float:
    """How much a sentence says of what the release is about.

    The first paragraphs and the words of the title count, and what can be counted; long sentences are hard to follow.
    """
    found = 3.0 / (1.0 + 0.35 * sentence.order) + 2.0 * overlap(sentence.text, title.text)
    found += 1.3 * min(1.0, weight(sentence)) + 0.45 * min(3.0, max(0.0, weight(sentence) - 1.0))
    found += 0.25 * bool(periods(sentence.text))
    if sentence.kind == "item":
        found += 0.7 + 0.8 * bool(_KEY_POINTS.search(sentence.section))
    if sentence.words > 32:
        found -= 0.05 * (sentence.words - 32)
    if sentence.words < 6:
        found -= 0.6
    return found - 0.3 * (sentence.block / max(1, paragraphs))


def weight(sentence: Sentence) -> float:
    """How many figures a sentence holds; a duration counts less than an amount."""
    return sum(0.4 if figure.measure in _DURATIONS else 1.0 for figure in sentence.figures)


def overlap(text: str, other: str) -> float:
    """The share of the other text's longer words that occur in this one, 0 … 1."""
    asked = {word.norm for word in words(other) if len(word.norm) > 3}
    return len(asked & {word.norm for word in words(text)}) / len(asked) if asked else 0.0


def alike(text: str, other: str) -> float:
    """Shared words over all words of two texts (Jaccard), 0 … 1."""
    first, second = {word.norm for word in words(text)}, {word.norm for word in words(other)}
    return len(first & second) / len(first | second) if first | second else 0.0


def chosen(units: Sequence[Unit], seconds: float) -> tuple[list[Unit], dict[int, str]]:
    """The units to tell within `seconds`, in the order of the release, and why sentences were left out.

    The best first. One that points back is taken only behind the sentence that it points to. One that repeats
    another is not taken.
    """
    taken: list[Unit] = []
    why: dict[int, str] = {}
    left = seconds
    open_units = sorted(units, key=lambda unit: (-unit.score, unit.order))
    while (unit := next((x for x in open_units if _can_follow(x, taken)), None)) is not None:
        open_units.remove(unit)
        reason = _against(unit, taken, left, seconds)
        if reason:
            why[unit.order] = reason
        else:
            taken.append(unit)
            left -= unit.seconds
    why |= {unit.order: "it points back to a sentence that is not told" for unit in open_units}
    return sorted(taken, key=lambda unit: unit.order), why


def _can_follow(unit: Unit, taken: Sequence[Unit]) -> bool:
    return unit.needs is None or any(unit.needs == other.sentences[-1].order for other in taken)


def _against(unit: Unit, taken: Sequence[Unit], left: float, seconds: float) -> str:
    """Why a unit is not taken; "" if it is."""
    if len(taken) >= MOST_UNITS:
        return f"a storyboard has at most {MOST_UNITS + 2} shots"
    if unit.score < _LEAST_SCORE and taken:
        return "it says little of what the release is about"
    if any(_repeats(unit, other, taken) for other in taken):
        return "it repeats another sentence"
    quotes = sum(other.quotation is not None for other in taken)
    if unit.quotation is not None and quotes >= max(1, round(seconds / 45)):
        return "there is a quotation already"
    if unit.seconds > left + 0.04 * seconds:
        return "the time does not suffice for it"
    if taken and unit.figures and unit.chart is None and all(_told(figure, taken) for figure in unit.figures):
        return "its figures are told already"
    return ""


def _repeats(unit: Unit, other: Unit, taken: Sequence[Unit]) -> bool:
    """Whether a unit says what another says; new figures make it another fact, unless nearly all words are the same."""
    new = any(not _told(figure, taken) for figure in unit.figures)
    return alike(unit.text, other.text) > (_ALMOST_ALL if new else _SAME)


def _told(figure: Figure, taken: Sequence[Unit]) -> bool:
    return any(
        (figure.value, figure.measure) == (other.value, other.measure) for unit in taken for other in unit.figures
    )
