"""Feeds of alerts, polled by address."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from resources.storage import StorageResource
from videogen.emergency.alerts.inbox import FOLDER
from videogen.emergency.feeds.polling import FeedPoller


@dg.sensor(
    name="alert_feeds",
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Polls the feeds of emergency.feeds when they are due and accepts their alerts; the sensor `alerts` "
    "starts the runs. Refused messages are in the inbox, in alerts/rejected, with all reasons.",
)
def alert_feeds_sensor(context: dg.SensorEvaluationContext, storage: StorageResource) -> dg.SkipReason:
    """Poll the feeds that are due."""
    config = storage.settings.config
    if not config.emergency.emergency_mode_enabled or not config.emergency.feeds:
        return dg.SkipReason("no feed is configured (emergency.feeds)")
    inbox = Path(storage.settings.root(config.paths.inbox)) / FOLDER
    result = FeedPoller(storage.intake, inbox / "rejected").poll()
    for trouble in result.troubles:
        context.log.warning(trouble)
    for name, reasons in result.rejected:
        context.log.error(f"{name}: {reasons}")
    return dg.SkipReason(f"{len(result.taken)} new alerts, {len(result.rejected)} refused")
