"""What happened to a release, as events that are told once: published, corrected, held, withdrawn."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import AwareDatetime

from videogen.config.groups.outlets import OutletEvent
from videogen.domain.frozen_model import FrozenModel
from videogen.release.outlets.feeds import ninjs_item
from videogen.release.record import ReleaseRecord

_KINDS: Final[dict[str, OutletEvent]] = {"HOLD": "held", "CLEARED": "cleared"}


class Event(FrozenModel):
    """One thing that happened. id: follows from what happened, so that the same thing never has a second one."""

    id: str
    kind: OutletEvent
    release: str
    at: AwareDatetime
    item: dict[str, Any]


def events_of(record: ReleaseRecord, base: str) -> list[Event]:
    """Everything that has happened to a release so far, first to last.

    Args:
        record: of the release, as it lies in the published folder now.
        base: public address of that folder.
    """
    made = record.provenance
    item = ninjs_item(record, base)
    found = [_event("published", made.id, record.sha256, made.released_at, item)]
    for notice in record.notices:
        kind = _KINDS.get(notice.kind, "corrected")
        found.append(_event(kind, made.id, f"{notice.kind} {notice.other} {notice.at.isoformat()}", notice.at, item))
    if record.withdrawn is not None:
        found.append(_event("withdrawn", made.id, record.withdrawn.at.isoformat(), record.withdrawn.at, item))
    return found


def _event(kind: OutletEvent, release: str, what: str, at: datetime, item: dict[str, Any]) -> Event:
    digest = hashlib.sha256(f"{kind}\n{release}\n{what}".encode()).hexdigest()
    return Event(id=digest[:32], kind=kind, release=release, at=at.astimezone(UTC), item=item)
