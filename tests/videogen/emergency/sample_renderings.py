"""Alerts that are worth drawing, in three scripts, and small settings that draw them quickly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from videogen.cards.geography import Circle, Point
from videogen.emergency.cap.model import Alert, Area, Info
from videogen.emergency.templates.library import EmergencyTemplateLibrary

TEMPLATES = Path(__file__).parents[3] / "templates"
LIBRARY = EmergencyTemplateLibrary(TEMPLATES)
SIZE, FPS = (640, 360), 8
SENT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
COAST = tuple(
    Point(*p) for p in ((44.1, 12.5), (44.3, 12.3), (44.45, 12.2), (44.45, 12.3), (44.2, 12.62), (44.1, 12.5))
)

ENGLISH = Info(
    language="en-GB",
    categories=("Met",),
    event="Coastal flood",
    urgency="Immediate",
    severity="Severe",
    certainty="Likely",
    onset=SENT + timedelta(hours=1),
    expires=SENT + timedelta(hours=6),
    sender_name="Flood Centre",
    headline="Flood on the coast",
    instruction="Go to upper floors now. Stay off the beach.",
    areas=(Area(description="Ravenna", polygons=(COAST,), circles=(Circle(Point(44.05, 12.57), 6.0),)),),
)
ARABIC = ENGLISH.model_copy(
    update={
        "language": "ar",
        "event": "تحذير من فيضان",
        "sender_name": "مركز الفيضانات",
        "headline": "سيول على الساحل",
        "instruction": "اصعدوا إلى الطوابق العليا.",
        "areas": (Area(description="الساحل"),),
    }
)


def alert(*infos: Info, **changes: object) -> Alert:
    fields = {
        "identifier": "urn:test:1",
        "sender": "flood@example.org",
        "sent": SENT,
        "status": "Actual",
        "msg_type": "Alert",
        "scope": "Public",
        "infos": infos or (ENGLISH,),
    }
    return Alert.model_validate({**fields, **changes})


def changed(info: Info = ENGLISH, **changes: object) -> Info:
    return info.model_copy(update=changes)
