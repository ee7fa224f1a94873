"""An alert of the operator: what, since when, who was told. And what the state file holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from secrets import token_hex
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from videogen.monitoring.alerts.phase import Phase, Progress
from videogen.monitoring.alerts.rules import Severity

State = Literal["pending", "firing", "resolved"]
MOST_EVENTS = 60
MOST_ENDED = 200
MOST_NOTIFICATIONS = 300


class AlertEvent(BaseModel):
    """One thing that happened to an alert."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    what: str
    who: str = ""


class Alert(BaseModel):
    """One alert. Rules make them, stages and sensors raise them, Alertmanager hands them over."""

    id: str
    fingerprint: str
    rule: str
    severity: Severity
    summary: str
    remedy: str = ""
    labels: dict[str, str] = Field(default_factory=dict)
    origin: Literal["rule", "raised", "alertmanager"] = "rule"
    state: State = "pending"
    value: float | None = None
    threshold: float | None = None
    active_since: AwareDatetime
    fired_at: AwareDatetime | None = None
    unmet_since: AwareDatetime | None = None
    resolved_at: AwareDatetime | None = None
    acknowledged_at: AwareDatetime | None = None
    acknowledged_by: str = ""
    notified_at: AwareDatetime | None = None
    told_resolved: bool = False
    reopened: int = 0
    escalated: int = 0
    video_id: str | None = None
    attempt: int | None = None
    events: list[AlertEvent] = Field(default_factory=list)

    def note(self, at: datetime, what: str, who: str = "") -> None:
        """Add to the alert's history; the beginning and the latest events are kept."""
        self.events.append(AlertEvent(at=at, what=what, who=who))
        if len(self.events) > MOST_EVENTS:
            del self.events[MOST_EVENTS // 2]

    @property
    def progress(self) -> Progress:
        """Its phase under its rule."""
        unmet = None if self.unmet_since is None else self.unmet_since.timestamp()
        fired = self.fired_at.timestamp() if self.fired_at else 0.0
        phase: Phase = "firing" if self.state == "firing" else "pending"
        return Progress(phase, self.active_since.timestamp(), fired, unmet)


class Silence(BaseModel):
    """Nobody is notified of alerts that match, until then."""

    model_config = ConfigDict(frozen=True)

    id: str
    rule: str
    labels: dict[str, str] = Field(default_factory=dict)
    since: AwareDatetime
    until: AwareDatetime
    who: str
    why: str

    def covers(self, alert: Alert, now: datetime) -> bool:
        return (
            self.since <= now < self.until
            and self.rule in ("*", alert.rule)
            and all(alert.labels.get(name) == value for name, value in self.labels.items())
        )


class Notification(BaseModel):
    """One message to one receiver. sending: it was begun, and nobody knows yet what became of it."""

    id: str
    receiver: str
    kind: Literal["firing", "repeated", "escalated", "resolved"]
    alerts: tuple[str, ...]
    at: AwareDatetime
    outcome: Literal["sending", "sent", "failed", "uncertain"] = "sending"
    error: str = ""
    tries: int = 1
    retry_at: AwareDatetime | None = None


class AlertBook(BaseModel):
    """The state file: alerts by fingerprint, ended ones, silences, notifications."""

    model_config = ConfigDict(extra="ignore")

    alerts: dict[str, Alert] = Field(default_factory=dict)
    ended: list[Alert] = Field(default_factory=list)
    silences: list[Silence] = Field(default_factory=list)
    notifications: list[Notification] = Field(default_factory=list)
    evaluated_at: AwareDatetime | None = None

    def find(self, alert_id: str) -> Alert | None:
        """The alert of that id, also where it has ended."""
        return next((alert for alert in (*self.alerts.values(), *self.ended) if alert.id == alert_id), None)

    def end(self, fingerprint: str) -> None:
        """Move an alert to the ended ones."""
        self.ended.append(self.alerts.pop(fingerprint))
        del self.ended[:-MOST_ENDED]

    def trim(self, now: datetime) -> None:
        """Forget silences that are over and old notifications."""
        self.silences = [silence for silence in self.silences if silence.until > now]
        del self.notifications[:-MOST_NOTIFICATIONS]


def new_id(now: datetime) -> str:
    """Ids sort by time, and name nothing."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%S}-{token_hex(3)}"


def fingerprint(rule: str, labels: Mapping[str, str]) -> str:
    """What makes an alert the same one: its rule and labels."""
    return hashlib.sha256(json.dumps([rule, sorted(labels.items())]).encode()).hexdigest()[:16]
