"""Releases that somebody has decided on and that wait: for an embargo, an approval, or for a daemon that was down."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from pydantic import AwareDatetime, Field

from videogen.domain.frozen_model import FrozenModel
from videogen.release.people.log import DecisionLog

OF_ITS_CALLER: Final = timedelta(minutes=2)
"""What a command line decides it also publishes; should it die, the sensor goes on with it after so long."""
_STOPS: Final = frozenset(("withdraw", "request_changes"))


class Waiting(FrozenModel):
    """A decision to publish one exact state that has not been carried out yet."""

    sha256: str
    at: AwareDatetime
    by_caller: bool


class Schedule(FrozenModel):
    """What is known of the log up to a byte, and what waits, by subject. It is the cursor of the sensor."""

    offset: int = Field(0, ge=0)
    waiting: dict[str, Waiting] = Field(default_factory=dict)

    def read_on(self, log: DecisionLog) -> Schedule:
        """The schedule after the lines that are new. What was withdrawn or sent back waits no more."""
        lines, offset = log.lines_from(self.offset)
        waiting = dict(self.waiting) if offset >= self.offset else {}
        for line in lines:
            action = line.details.get("action")
            if line.event != "decision":
                continue
            if action in ("publish", "override"):
                by_caller = line.details.get("authentication") in ("key", "none")
                waiting[line.about] = Waiting(sha256=line.details["sha256"], at=line.at, by_caller=by_caller)
            elif action in _STOPS:
                waiting.pop(line.about, None)
        return Schedule(offset=offset, waiting=waiting)

    def due(self, now: datetime) -> list[str]:
        """The subjects that nobody else is at work on."""
        return [
            subject
            for subject, decision in self.waiting.items()
            if not decision.by_caller or now - decision.at >= OF_ITS_CALLER
        ]

    def without(self, subject: str) -> Schedule:
        """The schedule without a subject: it is published, or was changed since."""
        kept = {name: decision for name, decision in self.waiting.items() if name != subject}
        return self.model_copy(update={"waiting": kept})
