"""The fallback ladder: model background, template background, text card. Which rung fits into the time that is left.

All functions are pure. The last rung is always allowed: a plain card that says what to do is better than silence.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Rung(StrEnum):
    """The ways to make an emergency video, from the richest to the quickest."""

    MODEL_BACKGROUND = "model background"
    TEMPLATE_BACKGROUND = "template background"
    TEXT_CARD = "text card"


LADDER: tuple[Rung, ...] = tuple(Rung)


@dataclass(frozen=True)
class Skipped:
    """A rung that is not tried, and why."""

    rung: Rung
    why: str


@dataclass(frozen=True)
class Choice:
    """The rung to try now.

    estimate: seconds it should take. limit: seconds after which it must be given up, so that the rungs below still
    fit; None for the last one, which nothing follows.
    """

    rung: Rung
    estimate: float
    limit: float | None
    skipped: tuple[Skipped, ...]


def choose(left: float, estimates: Mapping[Rung, float], excluded: Mapping[Rung, str] | None = None) -> Choice:
    """The richest rung that fits into `left` seconds with the last rung still possible after it.

    Args:
        left: seconds until the video must be published; negative where it is late already.
        estimates: seconds of every rung, none negative.
        excluded: rungs that are out of the question, with the reason: failed before, switched off. The last rung
            cannot be excluded.
    """
    refused = excluded or {}
    skipped = []
    for rung in LADDER[:-1]:
        needed = estimates[rung] + reserve(rung, estimates)
        if rung in refused:
            skipped.append(Skipped(rung, refused[rung]))
        elif needed > left:
            skipped.append(Skipped(rung, f"needs {needed:.1f} s with its fallback, {max(left, 0.0):.1f} s are left"))
        else:
            return Choice(rung, estimates[rung], _limit(rung, left, estimates, refused), tuple(skipped))
    return Choice(LADDER[-1], estimates[LADDER[-1]], None, tuple(skipped))


def reserve(rung: Rung, estimates: Mapping[Rung, float]) -> float:
    """Seconds to keep for the last rung, should `rung` fail; 0 for the last rung itself."""
    return 0.0 if rung is LADDER[-1] else estimates[LADDER[-1]]


def _limit(rung: Rung, left: float, estimates: Mapping[Rung, float], refused: Collection[Rung]) -> float:
    """When to give up `rung`: late enough for its estimate, early enough for the rungs below.

    The rung just below is kept possible too, where there is time for both.
    """
    last = left - reserve(rung, estimates)
    below = LADDER[LADDER.index(rung) + 1]
    if below is LADDER[-1] or below in refused:
        return last
    return max(estimates[rung], last - estimates[below])
