"""Alert: one message of the Common Alerting Protocol, as the rest of the system sees it.

Field names are CAP's own (OASIS CAP 1.2, section 3.2) in snake case. Angles are degrees (WGS 84), radii kilometres,
times aware of their zone. An `Alert` says what the sender said, faults included: `cap_validator` judges it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import AwareDatetime

from videogen.cards.geography import Circle, Point
from videogen.domain.frozen_model import FrozenModel

Status = Literal["Actual", "Exercise", "System", "Test", "Draft"]
MsgType = Literal["Alert", "Update", "Cancel", "Ack", "Error"]
Scope = Literal["Public", "Restricted", "Private"]
Category = Literal[
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"
]
Urgency = Literal["Immediate", "Expected", "Future", "Past", "Unknown"]
Severity = Literal["Extreme", "Severe", "Moderate", "Minor", "Unknown"]
Certainty = Literal["Observed", "Likely", "Possible", "Unlikely", "Unknown"]


class Value(NamedTuple):
    """A named value: geocode, eventCode or parameter."""

    name: str
    value: str


class Reference(NamedTuple):
    """What identifies an alert: sender, identifier and the moment it was sent."""

    sender: str
    identifier: str
    sent: datetime


class Part(FrozenModel):
    """A part of an alert; never changed once read."""


class Area(Part):
    """Where an info block applies."""

    description: str
    polygons: tuple[tuple[Point, ...], ...] = ()
    circles: tuple[Circle, ...] = ()
    geocodes: tuple[Value, ...] = ()
    altitude: float | None = None
    ceiling: float | None = None


class Resource(Part):
    """A picture, sound or document that belongs to an info block."""

    description: str
    mime_type: str | None = None
    size: int | None = None
    uri: str | None = None
    digest: str | None = None


class Info(Part):
    """What the alert says in one language."""

    language: str = "en-US"
    categories: tuple[Category, ...] = ()
    event: str
    response_types: tuple[str, ...] = ()
    urgency: Urgency = "Unknown"
    severity: Severity = "Unknown"
    certainty: Certainty = "Unknown"
    audience: str | None = None
    event_codes: tuple[Value, ...] = ()
    effective: AwareDatetime | None = None
    onset: AwareDatetime | None = None
    expires: AwareDatetime | None = None
    sender_name: str | None = None
    headline: str | None = None
    description: str | None = None
    instruction: str | None = None
    web: str | None = None
    contact: str | None = None
    parameters: tuple[Value, ...] = ()
    resources: tuple[Resource, ...] = ()
    areas: tuple[Area, ...] = ()


class Alert(Part):
    """One CAP message."""

    identifier: str
    sender: str
    sent: AwareDatetime
    status: Status
    msg_type: MsgType
    scope: Scope
    source: str | None = None
    restriction: str | None = None
    addresses: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    note: str | None = None
    references: tuple[Reference, ...] = ()
    incidents: tuple[str, ...] = ()
    infos: tuple[Info, ...] = ()

    @property
    def identity(self) -> Reference:
        """Sender, identifier and sent: two alerts with the same three are the same alert."""
        return Reference(self.sender, self.identifier, self.sent)
