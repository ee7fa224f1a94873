"""The queues of a fleet. A worker serves one; a run waits in one."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from enum import StrEnum

from videogen.domain.priorities import EMERGENCY
from videogen.errors import ConfigError


class Queue(StrEnum):
    """gpu: what needs a model. cpu: the rest. emergency: alerts, on places that nothing else takes."""

    GPU = "gpu"
    CPU = "cpu"
    EMERGENCY = "emergency"


def queue_named(name: str) -> Queue:
    """The queue of that name.

    Raises:
        ConfigError: there is none; the closest ones are named.
    """
    try:
        return Queue(name)
    except ValueError:
        near = get_close_matches(name, list(Queue), 1)
        guess = f"; did you mean {near[0]}?" if near else ""
        raise ConfigError(
            f"the queue {name!r} is unknown{guess}", remedy=f"the queues are {', '.join(Queue)}"
        ) from None


def places_of(asked: Sequence[str]) -> dict[Queue, int]:
    """How many runs at once a machine makes from each queue: ``["gpu=2", "cpu"]`` → 2 and 1; none asked: one of each.

    Raises:
        ConfigError: a queue is unknown or named twice, or a number is not 1 … 64.
    """
    if not asked:
        return dict.fromkeys(Queue, 1)
    found: dict[Queue, int] = {}
    for text in asked:
        name, _, number = text.partition("=")
        queue = queue_named(name)
        if queue in found:
            raise ConfigError(f"the queue {queue} is named twice", remedy=f"give it once, e.g. {queue}=2")
        if not (number or "1").isdecimal() or not 1 <= int(number or "1") <= MOST_PLACES:
            raise ConfigError(f"{text!r} does not say how many runs at once", remedy=f"write e.g. {queue}=2")
        found[queue] = int(number or "1")
    return found


MOST_PLACES = 64
STEPS = (0, 3, 6, 9)
"""Priorities that the broker tells apart; the lowest number is delivered first."""


def step_of(priority: int) -> int:
    """The broker's priority of a run of this priority: alerts, what a person waits for, the rest, what has time."""
    if priority >= EMERGENCY:
        return STEPS[0]
    if priority > 0:
        return STEPS[1]
    return STEPS[2] if priority == 0 else STEPS[3]
