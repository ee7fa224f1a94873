"""What is to be done next with a briefing, by what lies in its folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from videogen.briefing.checks.report import BriefingReport
from videogen.briefing.production.examining import REPORT
from videogen.briefing.production.go_ahead import is_wanted
from videogen.briefing.production.store import BriefingStore

_BY_CALLER = ("cli", "python")


@dataclass(frozen=True)
class NextStep:
    """plan: make the first storyboard, else assemble `revision`."""

    plan: bool
    revision: int


def next_step(store: BriefingStore, briefing_id: str, now: datetime, grace: timedelta) -> NextStep | None:
    """The step that a sensor should start; None: nothing is to be done, or somebody else is at it.

    What was ordered at the desk is rendered when somebody there has asked for it.

    Args:
        grace: how long an order or revision of the command line is left to the process that made it.
    """
    order, latest = store.order(briefing_id), store.latest_number(briefing_id)
    since = store.revision(briefing_id, latest).at if latest else order.created_at
    if order.source in _BY_CALLER and now - since < grace:
        return None
    if not latest:
        return NextStep(True, 0)
    if store.read(briefing_id, latest, REPORT, BriefingReport) is not None:
        return None
    if order.source == "desk" and not is_wanted(store, briefing_id, latest):
        return None
    return NextStep(False, latest)
