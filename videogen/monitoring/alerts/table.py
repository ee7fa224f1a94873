"""Alerts as rows of the table `alerts`, for SQL and for the years."""

from __future__ import annotations

import re
from datetime import datetime

from videogen.monitoring.alerts.alert import Alert
from videogen.storage.warehouse import Warehouse

_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def kind_of(rule: str) -> str:
    """The kind in the table: ``RunCrashed`` → ``run_crashed``."""
    return re.sub(r"[^a-z_]", "_", _HUMPS.sub("_", rule).lower())


def write_row(warehouse: Warehouse, alert: Alert) -> None:
    """Write the alert's row; a later state of it replaces it, and so does one of the same kind about an attempt.

    Raises:
        StorageError: the warehouse cannot be written.
    """
    import pandas as pd

    raised = alert.fired_at or alert.active_since
    row = {
        "raised_at": raised,
        "kind": kind_of(alert.rule),
        "severity": alert.severity,
        "video_id": alert.video_id,
        "attempt": alert.attempt,
        "problem": alert.summary,
        "remedy": alert.remedy or None,
        "alert_id": alert.id,
        "state": "resolved" if alert.state == "resolved" else "firing",
        "origin": alert.origin,
        "fingerprint": alert.fingerprint,
        "value": alert.value,
        "threshold": alert.threshold,
        "acknowledged_by": alert.acknowledged_by or None,
        "resolved_at": alert.resolved_at,
    }
    frame = pd.DataFrame([row])
    for name in ("video_id", "resolved_at", "acknowledged_by", "remedy"):
        frame[name] = frame[name].astype("object")
    warehouse.write("alerts", _key(alert, raised), frame)


def _key(alert: Alert, raised: datetime) -> str:
    about = [str(part) for part in (alert.video_id, alert.attempt) if part is not None]
    return ".".join([kind_of(alert.rule), *about] if about else [kind_of(alert.rule), alert.id])
