"""The word that a revision is to be rendered: what is ordered at the desk waits for it, so that people see it first."""

from __future__ import annotations

from pydantic import AwareDatetime

from videogen.briefing.production.order import now
from videogen.briefing.production.store import BriefingStore
from videogen.domain.frozen_model import FrozenModel

WANTED = "wanted"


class GoAhead(FrozenModel):
    """Who asked for the video of a revision, and when."""

    by: str
    at: AwareDatetime


def want(store: BriefingStore, briefing_id: str, number: int, *, by: str) -> None:
    """Ask for the video of a revision; asking twice changes nothing.

    Raises:
        InputError: the revision does not exist.
    """
    store.revision(briefing_id, number)
    if not is_wanted(store, briefing_id, number):
        store.write(briefing_id, number, WANTED, GoAhead(by=by, at=now()))


def is_wanted(store: BriefingStore, briefing_id: str, number: int) -> bool:
    """Whether somebody has asked for the video of a revision."""
    return store.read(briefing_id, number, WANTED, GoAhead) is not None
