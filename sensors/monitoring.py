"""Watches the monitor: where it died, operators are told, and the rules are evaluated here until it is back."""

from __future__ import annotations

import time
from typing import Final

import dagster as dg

from resources.storage import StorageResource
from videogen.errors import StorageError
from videogen.monitoring.heartbeat import DEAD_AFTER, heartbeat_age

KIND: Final = "monitor_silent"
_ROUNDS: Final = 2
"""Counted things are shown in the second round of an exporter: the first one shows them at 0."""


@dg.sensor(
    # The schedule of the daily numbers is called monitoring.
    name="monitor_watch",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Raises an alert where `videogen monitor` has died, and evaluates the alert rules until it is back. "
    "Where none was started, or it was ended on purpose, there is nothing to do.",
)
def monitoring_sensor(context: dg.SensorEvaluationContext, storage: StorageResource) -> dg.SkipReason:
    """Look at the heartbeat; the cursor is the time of the heartbeat that an alert was raised for."""
    from resources.runs.observation import sources
    from videogen.monitoring.alerts.manager import AlertManager
    from videogen.monitoring.exporter import Exporter

    config = storage.settings.config
    age = heartbeat_age(config.path(config.monitoring.folder))
    if age is None or not config.monitoring.enabled:
        return dg.SkipReason("no monitor is meant to run")
    if age < DEAD_AFTER:
        return dg.SkipReason(f"the monitor's last round was {age:.0f} s ago")
    beaten = f"{time.time() - age:.0f}"
    if context.cursor is None or abs(float(context.cursor) - float(beaten)) > 2:
        context.update_cursor(beaten)
        problem = f"the last round of `videogen monitor` was {age:.0f} s ago"
        remedy = "start it again: `make ui`, or the service that runs it; meanwhile the daemon evaluates the rules"
        details = {"problem": problem, "remedy": remedy, "severity": "critical", "log": context.log}
        AlertManager(config).trigger_alert(KIND, details)
    try:
        exporter = Exporter(config, sources(config, context.instance))
    except StorageError as error:
        return dg.SkipReason(f"another process evaluates the rules: {error}")
    try:
        exporter.begin()
        exporter.collector.count_events("sensor_takes_over")
        for _ in range(_ROUNDS):
            exporter.round(beats=False)
    finally:
        exporter.close(on_purpose=False)
    return dg.SkipReason(f"the monitor's last round was {age:.0f} s ago; the rules were evaluated here")
