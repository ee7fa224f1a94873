"""Alerts that Alertmanager hands over, where Prometheus evaluates the rules: kept in the book and the table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from videogen.errors import InputError, reasons
from videogen.monitoring.alerts.alert import Alert, fingerprint, new_id
from videogen.monitoring.alerts.manager import AlertManager

_OWN = ("alertname", "severity", "instance", "job", "monitor")


class _Handed(BaseModel):
    model_config = ConfigDict(extra="ignore")

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str] = Field(default_factory=dict)
    starts_at: AwareDatetime = Field(alias="startsAt")


class Payload(BaseModel):
    """The body of a webhook of Alertmanager, version 4."""

    model_config = ConfigDict(extra="ignore")

    alerts: list[_Handed] = Field(max_length=1000)


def check_payload(given: object) -> Payload:
    """The body, validated.

    Raises:
        InputError: it is not what Alertmanager sends.
    """
    try:
        return Payload.model_validate(given)
    except ValidationError as error:
        raise InputError(
            f"this is not a message of Alertmanager: {reasons(error)}", remedy="send it with webhook_configs"
        ) from error


def alerts_of(manager: AlertManager, payload: Payload) -> list[Alert]:
    """Take the alerts over; one that is known is brought up to date. Returns them."""
    now = datetime.now(UTC)
    return [manager.hand_over(_alert(handed, now), handed.status == "resolved", now) for handed in payload.alerts]


def _alert(handed: _Handed, now: datetime) -> Alert:
    name = handed.labels.get("alertname", "")
    labels = {key: value for key, value in handed.labels.items() if key not in _OWN}
    severity = handed.labels.get("severity", "warning")
    return Alert(
        id=new_id(now),
        fingerprint=fingerprint(name, labels),
        rule=name,
        severity=severity if severity in ("info", "warning", "critical") else "warning",  # type: ignore[arg-type]
        summary=handed.annotations.get("summary", name),
        remedy=handed.annotations.get("remedy", ""),
        labels=labels,
        origin="alertmanager",
        state="firing",
        active_since=handed.starts_at,
        fired_at=handed.starts_at,
        notified_at=now,
    )
