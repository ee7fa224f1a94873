"""Problem: one way in which a message departs from the standard, a profile, or our own policy."""

from __future__ import annotations

from typing import Literal

from videogen.emergency.cap.model import Part

Level = Literal["error", "warning"]


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


def errors(problems: tuple[Problem, ...] | list[Problem]) -> list[Problem]:
    """Those that refuse an alert."""
    return [problem for problem in problems if problem.level == "error"]
