"""Raises operator alerts."""

# No "from __future__ import annotations": Dagster reads the annotation ResourceDependency when the class is made.

from typing import Any

import dagster as dg

from resources.storage import StorageResource
from videogen.storage.operator_alerts import Severity, raise_alert


class NotifierResource(dg.ConfigurableResource):
    """Alerts go into the table `alerts` of the warehouse, and into a log."""

    storage: dg.ResourceDependency[StorageResource]

    def alert(self, kind: str, severity: Severity, problem: str, *, log: Any = None, **about: Any) -> None:
        """Raise an alert, once for each kind and attempt.

        Args:
            log: the log of a run or sensor; None: the process's own.
            about: remedy, video_id, attempt; see `videogen.storage.operator_alerts.raise_alert`.
        """
        if log is not None:
            about["log"] = log
        raise_alert(self.storage.warehouse, kind, severity, problem, **about)

    def below_target(self, problem: str, video_id: str, attempt: int, *, log: Any = None) -> None:
        """Say that nothing more is tried for a video that misses its targets."""
        self.alert(
            "below_target",
            "warning",
            problem,
            remedy="look at it; `videogen retry ID --set …`, or `videogen publish ID --override …`",
            video_id=video_id,
            attempt=attempt,
            log=log,
        )
