"""Alerts for the tests of this folder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from videogen.cards.geography import Circle, Point
from videogen.emergency.cap.model import Alert, Area, Info, Reference

SENT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
NOW = SENT + timedelta(minutes=1)
SQUARE = (Point(50.0, 6.0), Point(50.0, 7.0), Point(51.0, 7.0), Point(51.0, 6.0), Point(50.0, 6.0))


def info(**changes: Any) -> Info:
    fields: dict[str, Any] = {
        "language": "en-GB",
        "categories": ("Met",),
        "event": "Flood",
        "urgency": "Immediate",
        "severity": "Severe",
        "certainty": "Observed",
        "expires": SENT + timedelta(hours=6),
        "sender_name": "River Office",
        "headline": "Flood in the lower valley",
        "description": "The river Elm rises to 5.2 m by noon.",
        "instruction": "Leave cellars. Go to higher ground.",
        "areas": (Area(description="Lower Elm valley", polygons=(SQUARE,), circles=(Circle(Point(50.5, 6.5), 12.0),)),),
    }
    return Info(**(fields | changes))


def alert(identifier: str = "elm-1", **changes: Any) -> Alert:
    fields: dict[str, Any] = {
        "identifier": identifier,
        "sender": "warn@river.example",
        "sent": SENT,
        "status": "Actual",
        "msg_type": "Alert",
        "scope": "Public",
        "infos": (info(),),
    }
    return Alert(**(fields | changes))


def referring(kind: str, identifier: str, *earlier: Alert | Reference, minutes: float = 10, **changes: Any) -> Alert:
    """An Update or Cancel that refers to `earlier` and is sent `minutes` after SENT."""
    references = tuple(one if isinstance(one, Reference) else one.identity for one in earlier)
    fields = {"msg_type": kind, "references": references, "sent": SENT + timedelta(minutes=minutes)}
    return alert(identifier, **(fields | changes))
