"""Operator alerts: problems that need a person, as rows of the table `alerts` and lines of the log.

Public warnings are another matter, see `videogen.emergency`.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Literal

from videogen.storage.warehouse import Warehouse

Severity = Literal["info", "warning", "critical"]
_LEVELS: dict[Severity, int] = {"info": logging.INFO, "warning": logging.WARNING, "critical": logging.CRITICAL}
_log = logging.getLogger("videogen.alerts")


def raise_alert(
    warehouse: Warehouse,
    kind: str,
    severity: Severity,
    problem: str,
    *,
    remedy: str = "",
    video_id: str | None = None,
    attempt: int | None = None,
    log: logging.Logger | logging.LoggerAdapter[logging.Logger] = _log,
) -> None:
    """Alert the operator; an alert of the same kind about the same attempt replaces the earlier row.

    Args:
        kind: ``[a-z_]+``, e.g. ``"regenerations_exhausted"``.

    Raises:
        StorageError: the warehouse cannot be written.
    """
    import pandas as pd

    row = {
        "raised_at": datetime.now(UTC),
        "kind": kind,
        "severity": severity,
        "video_id": video_id,
        "attempt": attempt,
        "problem": problem,
        "remedy": remedy or None,
    }
    key = ".".join(str(part) for part in (kind, video_id, attempt) if part is not None)
    if video_id is None:
        key += f".{row['raised_at']:%Y%m%dT%H%M%S%f}"
    warehouse.write("alerts", key, pd.DataFrame([row]))
    where = f"[{video_id}] " if video_id else ""
    log.log(_LEVELS[severity], f"{where}{problem}" + (f" — {remedy}" if remedy else ""))
