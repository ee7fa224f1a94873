"""What a notification says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from videogen.monitoring.alerts.alert import Alert, Notification
from videogen.monitoring.alerts.channels import Message

_ORDER = ("info", "warning", "critical")
_WORDS = {
    "firing": "",
    "repeated": "still: ",
    "escalated": "nobody has acknowledged: ",
    "resolved": "ended: ",
}


def message_for(note: Notification, alerts: Sequence[Alert], dagster_url: str) -> Message:
    """Title, text and data of a message about alerts of one group."""
    severity = max((alert.severity for alert in alerts), key=_ORDER.index, default="info")
    first = alerts[0].summary if alerts else "alerts that are not kept any more"
    more = f" and {len(alerts) - 1} more" if len(alerts) > 1 else ""
    title = f"[{severity}] {_WORDS[note.kind]}{first}{more}"
    lines = [title]
    for alert in alerts:
        about = "" if alert.video_id is None else f" (video {alert.video_id})"
        lines += [f"{alert.rule}{about}: {alert.summary}", f"to do: {alert.remedy}" if alert.remedy else ""]
        lines.append(f"id {alert.id}: `videogen monitor ack {alert.id}`, `videogen monitor report {alert.id}`")
    text = "\n".join(line for line in lines if line)
    data = {
        "kind": note.kind,
        "severity": severity,
        "title": title,
        "dagster": dagster_url,
        "alerts": [_as_data(alert) for alert in alerts],
    }
    return Message(note.id, title, text, severity, data)


def _as_data(alert: Alert) -> dict[str, Any]:
    names = {
        "id",
        "rule",
        "severity",
        "summary",
        "remedy",
        "labels",
        "state",
        "value",
        "threshold",
        "video_id",
        "attempt",
    }
    times = {"fired_at", "resolved_at", "acknowledged_at", "acknowledged_by", "reopened"}
    return alert.model_dump(mode="json", include=names | times)
