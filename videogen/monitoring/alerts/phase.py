"""The phases of an alert under a rule: inactive, pending, firing. Pure; the same as Prometheus' `AlertingRule.Eval`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Phase = Literal["inactive", "pending", "firing"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where one alert of a rule is. Times are seconds since the epoch.

    active_since: since when the condition is met. fired_at: when it began to fire. unmet_since: since when the
    condition is not met any more, while the alert is kept firing.
    """

    phase: Phase = "inactive"
    active_since: float = 0.0
    fired_at: float = 0.0
    unmet_since: float | None = None


def advance(before: Progress, is_met: bool, now: float, *, hold: float, keep_firing_for: float) -> Progress:
    """The phase after one evaluation.

    Args:
        is_met: whether the condition is met now.
        hold: seconds for which it must be met before the alert fires.
        keep_firing_for: seconds for which the alert goes on firing when the condition is not met any more.
    """
    if not is_met:
        if before.phase != "firing":
            return Progress()
        since = now if before.unmet_since is None else before.unmet_since
        return replace(before, unmet_since=since) if now - since < keep_firing_for else Progress()
    current = Progress("pending", active_since=now) if before.phase == "inactive" else replace(before, unmet_since=None)
    if current.phase == "pending" and now - current.active_since >= hold:
        return replace(current, phase="firing", fired_at=now)
    return current
