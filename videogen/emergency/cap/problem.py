"""Problem: one way in which a message departs from the standard, a profile, or our own policy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from videogen.emergency.cap.model import Part

Level = Literal["error", "warning"]
MOST_PROBLEMS = 200
"""Of one message; further ones are counted only."""


class Problem(Part):
    """One departure. An error refuses the alert; a warning is what real senders do and readers understand.

    rule: short name, e.g. ``"polygon-closed"``, see docs/emergency_alerts.md.
    section: where the rule is written down, e.g. ``"CAP 1.2 §3.2.4"``.
    place: element within the alert, e.g. ``"info[1]/area[2]/polygon[1]"``; empty: the alert itself.
    """

    level: Level
    rule: str
    section: str
    place: str
    message: str

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.message} [{self.rule}, {self.section}]"


class Findings(list[Problem]):
    """Problems as they are found, `MOST_PROBLEMS` at most. more: how many there were beyond that."""

    more: int = 0

    def append(self, problem: Problem) -> None:
        """Keep one more, or only count it."""
        if len(self) < MOST_PROBLEMS:
            super().append(problem)
        else:
            self.more += 1

    def extend(self, problems: Iterable[Problem]) -> None:
        """Keep or count each of them."""
        for problem in problems:
            self.append(problem)


def errors(problems: tuple[Problem, ...] | list[Problem]) -> list[Problem]:
    """Those that refuse an alert."""
    return [problem for problem in problems if problem.level == "error"]
