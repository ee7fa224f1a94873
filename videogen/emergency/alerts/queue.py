"""Which alerts need a run now. Each run makes all alerts that wait, most urgent first; so two at a time are enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from videogen.emergency.alerts.register import RegisteredAlert

MOST_RUNS = 2
"""One that works, and one that stands ready should it die or miss an alert at its very end."""
MOST_TRIES = 5
COMMAND_LINE = "command line"
GRACE = timedelta(seconds=20)
"""The command line makes an alert's video in its own process; it has that long to begin."""


class AlertRun(NamedTuple):
    """A run that is queued or under way. alone: it makes only its own alert."""

    alert: str
    alone: bool


class Wanted(NamedTuple):
    """A run to ask for. run_key: the same however often it is asked for."""

    alert: RegisteredAlert
    run_key: str


class Due(NamedTuple):
    """wanted: runs to ask for. given_up: keys of alerts whose runs have failed too often; a person has to look."""

    wanted: tuple[Wanted, ...]
    given_up: tuple[str, ...]


def due(
    unfinished: Sequence[RegisteredAlert],
    active: Sequence[AlertRun],
    tries: Callable[[str], int],
    now: datetime,
) -> Due:
    """The runs to ask for.

    Args:
        unfinished: alerts in state taken or planned, most urgent first.
        active: runs that are queued or under way.
        tries: number of runs that an alert has had so far.
    """
    shared = [run for run in active if not run.alone]
    in_hand = {run.alert for run in active}
    wanted: list[Wanted] = []
    given_up: list[str] = []
    for alert in unfinished:
        if len(shared) + len(wanted) >= MOST_RUNS:
            break
        # A planned one is being made by some run, or was, by one that died.
        if alert.key in in_hand or (alert.state == "planned" and shared):
            continue
        if _is_at_command_line(alert) and now - alert.history[-1].at < GRACE:
            continue
        count = tries(alert.key)
        if count >= MOST_TRIES:
            given_up.append(alert.key)
        else:
            wanted.append(Wanted(alert, alert.key if count == 0 else f"{alert.key}:{count + 1}"))
    return Due(tuple(wanted), tuple(given_up))


def _is_at_command_line(alert: RegisteredAlert) -> bool:
    """Whether somebody at the command line gave the alert, or released it, and is now waiting for its video."""
    return alert.record.origin.startswith(COMMAND_LINE) or alert.history[-1].by == COMMAND_LINE
