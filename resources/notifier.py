"""Raises operator alerts."""

# No "from __future__ import annotations": Dagster reads the annotation ResourceDependency when the class is made.

from typing import TYPE_CHECKING, Any

import dagster as dg

from resources.storage import StorageResource

if TYPE_CHECKING:
    from videogen.monitoring.alerts.rules import Severity


class NotifierResource(dg.ConfigurableResource):
    """Alerts go to `AlertManager.trigger_alert`: into the table `alerts`, a log, and to whom the routes name."""

    storage: dg.ResourceDependency[StorageResource]

    def alert(self, kind: str, severity: "Severity", problem: str, *, log: Any = None, **about: Any) -> None:
        """Raise an alert, once for each kind and attempt.

        Args:
            kind: what kind of alert, e.g. ``"below_target"``.
            severity: how urgent it is.
            problem: what is wrong, for people.
            log: the log of a run or sensor; None: the process's own.
            about: remedy, video_id, attempt; see `videogen.monitoring.alerts.manager.AlertManager.trigger_alert`.

        Raises:
            StorageError: it could not be written; it is in the log.
        """
        from videogen.monitoring.alerts.manager import AlertManager

        if log is not None:
            about["log"] = log
        details = {"severity": severity, "problem": problem, **about}
        AlertManager(self.storage.settings.config).trigger_alert(kind, details)

    def below_target(self, problem: str, video_id: str, attempt: int, *, log: Any = None) -> None:
        """Say that nothing more is tried for a video that misses its targets."""
        again = f"`videogen retry {video_id} --set …`" if self._may_help(video_id, attempt) else "write another prompt"
        self.alert(
            "below_target",
            "warning",
            problem,
            remedy=f"look at it; {again}, or `videogen publish {video_id} --override …`",
            video_id=video_id,
            attempt=attempt,
            log=log,
        )

    def _may_help(self, video_id: str, attempt: int) -> bool:
        """Whether another try may help; it does not where the model cannot draw the prompt."""
        from videogen.errors import ArtifactError, InputError
        from videogen.quality.reporting.report import QualityReport

        try:
            holder = self.storage.requests.holder(video_id, attempt, "quality_report")
            return self.storage.artifacts.load(video_id, holder, "quality_report", QualityReport).can_be_drawn
        except (ArtifactError, InputError):
            return True
