"""What may happen to an alert, in which order, and what one alert does to another. No input or output here.

An alert starts as ``taken``, ``expired`` or ``not_for_air`` and moves on:

    taken → planned → published
    taken, planned, published → superseded | cancelled | expired
    taken, planned → refused                       the video would not be correct or legible
    refused → planned                              somebody tries again, say with another template
    not_for_air → taken                            an Exercise or Test that somebody asks to see, watermarked
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime

from videogen.emergency.cap.model import Alert, Part
from videogen.errors import AlertStateError

State = Literal[
    "taken", "planned", "published", "superseded", "cancelled", "expired", "not_for_air", "refused", "withdrawn"
]
ENDED: frozenset[State] = frozenset({"superseded", "cancelled", "expired", "not_for_air", "refused"})
REHEARSALS = ("Exercise", "Test")
CANCEL_RANK = 125
_ENDINGS: frozenset[State] = frozenset({"superseded", "cancelled", "expired"})
_MAY_FOLLOW: dict[State, frozenset[State]] = {
    "taken": _ENDINGS.union(("planned", "published", "refused")),
    "planned": _ENDINGS.union(("published", "refused")),
    "published": _ENDINGS,
    "refused": _ENDINGS.union(("planned",)),
    "not_for_air": _ENDINGS.union(("taken",)),
}
_SEVERITY = ("Minor", "Unknown", "Moderate", "Severe", "Extreme")
_URGENCY = ("Past", "Future", "Unknown", "Expected", "Immediate")
_CERTAINTY = ("Unlikely", "Unknown", "Possible", "Likely", "Observed")


class Event(Part):
    """One step of an alert's history.

    After ``withdrawn`` the alert keeps its state, but its video is not on air any more.
    """

    at: AwareDatetime
    state: State
    reason: str
    by: str | None = None
    """Key of the alert, or name of the person, that caused it."""


def state_after(history: Sequence[Event]) -> State:
    """The state that a history ends in."""
    return next(event.state for event in reversed(history) if event.state != "withdrawn")


def is_on_air(history: Sequence[Event]) -> bool:
    """Whether a video of the alert has been published and not withdrawn since."""
    moves = [event.state for event in history if event.state in ("published", "withdrawn")]
    return bool(moves) and moves[-1] == "published"


def check_step(key: str, history: Sequence[Event], new: State) -> None:
    """Raises AlertStateError where `new` must not follow."""
    state = state_after(history)
    allowed = is_on_air(history) if new == "withdrawn" else new in _MAY_FOLLOW.get(state, frozenset())
    if not allowed:
        raise AlertStateError(
            f"alert {key} is {_words(state)} ({history[-1].reason}), so it cannot become {_words(new)}",
            remedy="look at its history; an Update or a new alert can still be published",
        )


def first_step(alert: Alert, now: datetime, ends: datetime, *, rehearsal: bool) -> tuple[State, str]:
    """The state that an alert starts in, and why.

    Only Actual and Public alerts go on air (CAP 1.2, section 3.2.1: status, scope). A Cancel does not expire:
    what it withdraws stays withdrawn.

    Args:
        ends: when it stops being in effect, see `end_of`.
        rehearsal: an Exercise or Test is wanted on air, watermarked as such.
    """
    if alert.msg_type in ("Ack", "Error"):
        return "not_for_air", f"it is an answer between systems (msgType {alert.msg_type})"
    if alert.scope != "Public":
        return "not_for_air", f"it is not meant for the public (scope {alert.scope})"
    if alert.status in REHEARSALS and not rehearsal:
        return "not_for_air", f"it is not real (status {alert.status}); it can be published watermarked, on request"
    if alert.status not in ("Actual", *REHEARSALS):
        return "not_for_air", f"it is not real (status {alert.status})"
    if ends <= now and alert.msg_type != "Cancel":
        return "expired", f"it was in effect until {ends.isoformat()}"
    return "taken", "taken" if alert.status == "Actual" else f"taken as {alert.status}, on request"


def end_of(alert: Alert, lifetime: timedelta) -> datetime:
    """When the alert stops being in effect: the latest `expires` of its info blocks.

    CAP leaves a missing `expires` to each recipient's policy. Ours: `lifetime` after the latest of sent,
    effective and onset.
    """
    ends = []
    for info in alert.infos:
        starts = [moment for moment in (info.effective, info.onset) if moment is not None]
        ends.append(info.expires or _later(max([alert.sent, *starts]), lifetime))
    return max(ends, default=_later(alert.sent, lifetime))


def rank(alert: Alert) -> int:
    """How urgent the alert is, -1 … 125: severity, then urgency, then certainty of its worst info block.

    "Unknown" counts as more than the mildest value: who says nothing may mean anything. A Cancel comes first, for a
    wrong warning is worse than none. Exercises and Tests come last.
    """
    if alert.status != "Actual":
        return -1
    if alert.msg_type == "Cancel":
        return CANCEL_RANK
    ranks = [
        25 * _SEVERITY.index(info.severity) + 5 * _URGENCY.index(info.urgency) + _CERTAINTY.index(info.certainty)
        for info in alert.infos
    ]
    return max(ranks, default=0)


def effect(later: Alert, earlier: Alert) -> State | None:
    """What `later`, which refers to `earlier`, does to it; None: nothing.

    A sender ends only alerts of its own, with the same status and scope: a Test does not cancel a real alert, nor does
    a message that is not public. An alert sent before another one cannot end it.
    """
    if (later.sender, later.status, later.scope) != (earlier.sender, earlier.status, earlier.scope):
        return None
    if later.sent < earlier.sent or later.identity == earlier.identity:
        return None
    if later.status == "Draft":
        return None
    ended: dict[str, State] = {"Update": "superseded", "Cancel": "cancelled"}
    return ended.get(later.msg_type)


def _later(moment: datetime, lifetime: timedelta) -> datetime:
    try:
        return moment + lifetime
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _words(state: State) -> str:
    return state.replace("_", " ")
