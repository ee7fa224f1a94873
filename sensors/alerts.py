"""Alerts: accepts files from the inbox, and starts a run for every waiting alert."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from assets.partitions import ALERTS
from resources.jobs_and_tags import ALERT_PARTITIONS, ALERT_TAG, ALONE_TAG, PRIORITY_TAG, Job, tagged
from resources.runs.partitions import ACTIVE
from resources.runs.processes import end_dead_workers
from resources.storage import StorageResource
from videogen.domain.priorities import EMERGENCY
from videogen.emergency.alerts.inbox import FOLDER, take_alert_files
from videogen.emergency.alerts.queue import AlertRun, due
from videogen.emergency.alerts.register import RegisteredAlert
from videogen.errors import VideogenError

WAITING = "alerts-that-wait"
HELD_SECONDS = 60.0
"""Renewed at every tick; if the daemon stops, other work resumes after that."""


@dg.sensor(
    name="alerts",
    job_name=Job.ALERT.value,
    minimum_interval_seconds=2,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Accepts CAP files from the folder alerts of the inbox, ends expired alerts, and starts the runs of "
    "waiting alerts, most urgent first. Rejected files are in rejected/, each with a file that lists all reasons.",
)
def alerts_sensor(context: dg.SensorEvaluationContext, storage: StorageResource) -> dg.SensorResult | dg.SkipReason:
    """Accept, end and unpublish alerts, and start the runs that are due."""
    config = storage.settings.config
    if not config.emergency.emergency_mode_enabled:
        return dg.SkipReason("emergency.emergency_mode_enabled is off: files stay in the inbox")
    now = datetime.now(UTC)
    for run_id in end_dead_workers(context.instance):
        context.log.error(f"the process of run {run_id} was killed; its unfinished work gets another run")
    taken = take_alert_files(Path(storage.settings.root(config.paths.inbox)) / FOLDER, storage.intake, now=now)
    for file, reasons in (*taken.rejected, *taken.troubles):
        context.log.error(f"{file}: {reasons}")
    if taken.rejected:
        _count_refused(storage, len(taken.rejected))
    for ended in storage.alerts.expire(now):
        context.log.info(f"{ended.key} has expired")
    _take_down(context, storage)
    unfinished = storage.alerts.unfinished()
    found = due(unfinished, _active(context.instance), lambda key: _tries(context.instance, key), now)
    _make_way(storage, [alert for alert in unfinished if alert.key not in found.given_up])
    for key in found.given_up:
        context.log.error(f"the runs of alert {key} keep failing: find out why, then launch its partition by hand")
    return dg.SensorResult(
        run_requests=[_request(alert, run_key) for alert, run_key in found.wanted],
        dynamic_partitions_requests=_partitions(context.instance, [alert.key for alert, _ in found.wanted]),
        skip_reason=None if found.wanted else "no alert needs a new run",
    )


def _count_refused(storage: StorageResource, count: int) -> None:
    """Tell the monitor how many files were refused."""
    from videogen.monitoring.service import own_service

    service = own_service(storage.settings.config)
    if service is not None:
        service.collector.count_events("alert_refused", count)


def _make_way(storage: StorageResource, waiting: list[RegisteredAlert]) -> None:
    """Other work gives way as soon as an alert waits, not only when its run has started."""
    if waiting:
        level = EMERGENCY + waiting[0].rank
        storage.emergency.enter(WAITING, level, seconds=HELD_SECONDS, why=f"{len(waiting)} alerts are waiting")
    else:
        storage.emergency.leave(WAITING)


def _request(alert: RegisteredAlert, run_key: str) -> dg.RunRequest:
    tags = {PRIORITY_TAG: str(EMERGENCY + alert.rank), ALERT_TAG: alert.key}
    return dg.RunRequest(run_key=run_key, partition_key=alert.key, tags=tags)


def _partitions(instance: dg.DagsterInstance, keys: list[str]) -> list[dg.AddDynamicPartitionsRequest]:
    new = [key for key in keys if not instance.has_dynamic_partition(ALERT_PARTITIONS, key)]
    return [ALERTS.build_add_request(new)] if new else []


def _active(instance: dg.DagsterInstance) -> list[AlertRun]:
    runs = instance.get_runs(filters=dg.RunsFilter(job_name=Job.ALERT.value, statuses=ACTIVE))
    return [AlertRun(run.tags.get(ALERT_TAG, ""), tagged(run.tags, ALONE_TAG) == "true") for run in runs]


def _tries(instance: dg.DagsterInstance, key: str) -> int:
    return instance.get_runs_count(dg.RunsFilter(job_name=Job.ALERT.value, tags={ALERT_TAG: key}))


def _take_down(context: dg.SensorEvaluationContext, storage: StorageResource) -> None:
    """Withdraw what has ended, at once; a fault there must not keep new alerts waiting."""
    if not storage.alerts.to_withdraw():
        return
    from videogen.emergency.publishing.production_parts import making
    from videogen.emergency.publishing.publish import take_down_ended

    try:
        for key in take_down_ended(making(storage.settings.config)):
            context.log.info(f"{key} is withdrawn")
    except VideogenError as error:
        context.log.error(str(error.at(stage="alerts")))
