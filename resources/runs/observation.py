"""What Dagster's storage and the folders tell the monitor: runs, daemons, pools, places."""

# No "from __future__ import annotations": Dagster reads the annotation ResourceDependency when the class is made.

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import dagster as dg
import psutil

from resources.dagster_internals import WITHOUT_A_JOB, PoolUsage, daemon_heartbeats, died, pool_usage
from resources.jobs_and_tags import PARTITION_TAG, WORKER_TAG, Pool, tagged
from resources.runs.partitions import ACTIVE
from resources.runs.processes import has_lost_its_caller, worker_has_died, worker_process
from videogen.config.config import VideoGenConfig
from videogen.emergency.mode import EmergencyMode
from videogen.monitoring.alerts.incidents.facts import Entry, RunFacts
from videogen.monitoring.collector import Collected
from videogen.monitoring.health import Check, Status, certificate_expiry, round_trip
from videogen.monitoring.metrics.catalogue import DAEMONS, JOBS, OTHER, STATES, closed
from videogen.monitoring.metrics.instruments import Update
from videogen.monitoring.performance import EndedRun
from videogen.monitoring.spans import SpanFacts

OnSpans = Callable[[Iterable[SpanFacts]], None]
_ENDED: Final = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_OVERLAP: Final = 5.0
_REMEMBERED: Final = 3600.0
_STALE: Final = 120.0
_MOST_RUNS, _MOST_LINES = 50, 50
STORE_PAUSE: Final = 60.0
"""Seconds between two writes of one byte to a store."""


class DagsterSource:
    """Reads runs, daemons and pools from Dagster's storage, from outside of all of them.

    Args:
        state: until when ended runs were counted; it is changed, and kept by the caller over restarts.
    """

    def __init__(
        self, instance: dg.DagsterInstance, state: dict[str, Any], on_spans: OnSpans = lambda spans: None
    ) -> None:
        self._instance = instance
        self._state = state
        self._on_spans = on_spans
        self._last_success: dict[str, float] = {}
        self._begun = False

    def read(self) -> Collected:
        """Everything that is new, and everything as it is now."""
        active = self._instance.get_run_records(dg.RunsFilter(statuses=ACTIVE))
        counted = [*self._ended(), *self._crashed(active)]
        gauges = [*_of_active(active), *self._successes(), *self._daemons(), *self._pools()]
        return Collected([*counted, *gauges], _GAUGES)

    def _ended(self) -> Iterator[Update]:
        """Runs that ended since the last look; the first look of all counts none."""
        now = time.time()
        since = float(self._state.setdefault("since", now))
        filters = dg.RunsFilter(statuses=_ENDED, updated_after=_moment(since - _OVERLAP))
        counted: dict[str, float] = self._state.setdefault("counted", {})
        for record in self._instance.get_run_records(filters):
            run_id, ended = record.dagster_run.run_id, record.end_time or record.update_timestamp.timestamp()
            # Tags of old runs can change, too.
            if run_id not in counted and ended >= since - _OVERLAP:
                counted[run_id] = ended
                yield from self._of_ended(record)
        self._state["since"] = now
        for run_id in [run_id for run_id, at in counted.items() if at < now - _REMEMBERED]:
            del counted[run_id]

    def _of_ended(self, record: dg.RunRecord) -> Iterator[Update]:
        run = record.dagster_run
        job = _job(run)
        outcome = run.status.value.lower()
        crashed: dict[str, float] = self._state.setdefault("crashed", {})
        if run.status == dg.DagsterRunStatus.FAILURE and died(self._instance, run.run_id):
            outcome = "crashed"
        self._on_spans([_span(record, outcome)])
        if crashed.pop(run.run_id, None) is None:
            yield Update("videogen_runs_ended_total", 1.0, {"job_name": job, "outcome": outcome})
        created = record.create_timestamp.timestamp()
        exemplar = {"run_id": run.run_id}
        if record.start_time is not None:
            waited = max(record.start_time - created, 0.0)
            yield Update("videogen_run_queue_seconds", waited, {"job_name": job}, exemplar)
        if record.start_time is not None and record.end_time is not None:
            seconds = max(record.end_time - record.start_time, 0.0)
            yield Update("videogen_run_duration_seconds", seconds, {"job_name": job}, exemplar)
        if run.is_success and record.end_time is not None:
            self._last_success[job] = max(self._last_success.get(job, 0.0), record.end_time)

    def _crashed(self, active: Iterable[dg.RunRecord]) -> Iterator[Update]:
        """Runs whose process is gone although Dagster does not know yet."""
        crashed: dict[str, float] = self._state.setdefault("crashed", {})
        now = time.time()
        for record in active:
            run = record.dagster_run
            begun = run.status not in (dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED)
            if begun and run.run_id not in crashed and _is_alone(run) and self._has_not_ended(run.run_id):
                crashed[run.run_id] = now
                yield Update("videogen_runs_ended_total", 1.0, {"job_name": _job(run), "outcome": "crashed"})
        for run_id in [run_id for run_id, at in crashed.items() if at < now - 24 * _REMEMBERED]:
            del crashed[run_id]

    def _has_not_ended(self, run_id: str) -> bool:
        """Whether the run is still active: it, and its process, may have ended well since the runs were read."""
        run = self._instance.get_run_by_id(run_id)
        return run is not None and run.status in ACTIVE

    def _successes(self) -> Iterator[Update]:
        if not self._begun:
            self._begun = True
            for job in JOBS:
                filters = dg.RunsFilter(job_name=WITHOUT_A_JOB if job == "backfill" else job, statuses=_ENDED[:1])
                for record in self._instance.get_run_records(filters, limit=1):
                    self._last_success.setdefault(job, record.end_time or 0.0)
        for job, at in self._last_success.items():
            yield Update("videogen_job_last_success_timestamp_seconds", at, {"job_name": job})

    def _daemons(self) -> Iterator[Update]:
        for name, at in daemon_heartbeats(self._instance).items():
            daemon = closed(DAEMONS, name.lower())
            if daemon != OTHER:
                yield Update("videogen_daemon_heartbeat_timestamp_seconds", at, {"daemon": daemon})

    def _pools(self) -> Iterator[Update]:
        for name in Pool:
            usage: PoolUsage = pool_usage(self._instance, name.value)
            yield Update("videogen_pool_slots", float(usage.places), {"pool": name.value})
            for state, steps in (("running", usage.running), ("waiting", usage.waiting)):
                yield Update("videogen_pool_steps", float(steps), {"pool": name.value, "state": state})


class DagsterSurroundings:
    """Runs and the emergency mode around an incident."""

    def __init__(self, config: VideoGenConfig, instance: dg.DagsterInstance) -> None:
        self._config, self._instance = config, instance

    def runs(self, start: datetime, end: datetime) -> list[RunFacts]:
        """Runs that were created, active or ended in that time."""
        filters = dg.RunsFilter(updated_after=start, created_before=end)
        found = self._instance.get_run_records(filters, limit=_MOST_RUNS)
        active = self._instance.get_run_records(dg.RunsFilter(statuses=ACTIVE, created_before=end), limit=_MOST_RUNS)
        records = {record.dagster_run.run_id: record for record in (*found, *active)}
        return [self._facts(record) for record in sorted(records.values(), key=lambda one: one.create_timestamp)]

    def entries(self, start: datetime, end: datetime) -> list[Entry]:
        """When the emergency mode began, where it is on."""
        state = EmergencyMode(self._config.location(self._config.paths.store)).state()
        return [] if state is None else [Entry(state.since, f"the emergency mode begins, level {state.level}")]

    def _facts(self, record: dg.RunRecord) -> RunFacts:
        run = record.dagster_run
        status = run.status.value.lower()
        if run.status == dg.DagsterRunStatus.FAILURE and died(self._instance, run.run_id):
            status = "crashed"
        videos = (run.tags[PARTITION_TAG],) if PARTITION_TAG in run.tags else ()
        return RunFacts(
            run.run_id,
            _job(run),
            status,
            record.create_timestamp,
            None if record.start_time is None else _moment(record.start_time),
            None if record.end_time is None else _moment(record.end_time),
            videos,
            tuple(self._lines(run.run_id)) if status in ("failure", "crashed", "started") else (),
        )

    def _lines(self, run_id: str) -> Iterator[str]:
        """The last lines of the run's log, oldest first."""
        records = self._instance.get_records_for_run(run_id, limit=_MOST_LINES, ascending=False).records
        for record in reversed(records):
            entry = record.event_log_entry
            text = " ".join(entry.user_message.split()) or (entry.dagster_event_type or "")
            yield f"{_moment(entry.timestamp):%H:%M:%S} {entry.step_key or ''} {text}"[:500]


def ended_runs(instance: dg.DagsterInstance, start: datetime, end: datetime) -> list[EndedRun]:
    """Runs that ended in that time; the end is not part of it."""
    found = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=_ENDED, updated_after=start, created_before=end)):
        if record.end_time is None or not start.timestamp() <= record.end_time < end.timestamp():
            continue
        run, created = record.dagster_run, record.create_timestamp.timestamp()
        crashed = run.status == dg.DagsterRunStatus.FAILURE and died(instance, run.run_id)
        queued = None if record.start_time is None else max(record.start_time - created, 0.0)
        seconds = None if record.start_time is None else max(record.end_time - record.start_time, 0.0)
        found.append(EndedRun("crashed" if crashed else run.status.value.lower(), queued, seconds))
    return found


class PlacesSource:
    """Looks at inbox, emergency mode, certificate, and how fast the stores answer."""

    def __init__(self, config: VideoGenConfig) -> None:
        self._config = config
        self._written_at = -STORE_PAUSE
        self._answers: list[Update] = []

    def read(self) -> Collected:
        """Everything as it is now."""
        found = [*self._inbox(), *self._emergency(), *self._stores(), *self._certificate()]
        gauges = ("videogen_inbox_oldest_timestamp_seconds", "videogen_emergency_since_timestamp_seconds")
        return Collected(found, gauges)

    def _inbox(self) -> Iterator[Update]:
        inbox = self._config.path(self._config.paths.inbox)
        times = [
            entry.stat(follow_symlinks=False).st_mtime
            for folder in (inbox, inbox / "alerts")
            for entry in _entries(folder)
        ]
        yield Update("videogen_inbox_files", float(len(times)))
        if times:
            yield Update("videogen_inbox_oldest_timestamp_seconds", min(times))

    def _emergency(self) -> Iterator[Update]:
        state = EmergencyMode(self._config.location(self._config.paths.store)).state()
        yield Update("videogen_emergency_level", float(state.level if state else 0))
        if state:
            yield Update("videogen_emergency_since_timestamp_seconds", state.since.timestamp())

    def _stores(self) -> Iterator[Update]:
        if time.monotonic() - self._written_at >= STORE_PAUSE:
            self._written_at = time.monotonic()
            self._answers = []
            places = {"store": self._config.paths.store, "warehouse": self._config.paths.warehouse}
            for name, place in places.items():
                clock = time.perf_counter()
                round_trip(self._config.location(place))
                seconds = time.perf_counter() - clock
                self._answers.append(Update("videogen_store_roundtrip_seconds", seconds, {"place": name}))
        yield from self._answers

    def _certificate(self) -> Iterator[Update]:
        expiry = certificate_expiry(self._config)
        if expiry is not None:
            yield Update("videogen_certificate_expiry_timestamp_seconds", expiry.timestamp())


def dagster_checks(instance: dg.DagsterInstance) -> dict[str, Check]:
    """Checks of the system's health that need Dagster."""

    def daemon() -> tuple[Status, str, str]:
        beats = daemon_heartbeats(instance)
        if not beats:
            return "degraded", "the daemon has never run here", "`make ui` starts it"
        age = time.time() - max(beats.values())
        if age > _STALE:
            return "unhealthy", f"its last sign of life was {age:.0f} s ago", "`make ui`, or the service that runs it"
        return "healthy", f"its last sign of life was {age:.0f} s ago", ""

    def queue() -> tuple[Status, str, str]:
        waiting = instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED]))
        age = max((time.time() - record.create_timestamp.timestamp() for record in waiting), default=0.0)
        status: Status = "healthy" if age < 900 else "degraded"
        remedy = "" if status == "healthy" else "is the daemon up? is the pool held by a dead run?"
        return status, f"{len(waiting)} runs wait, the longest for {age:.0f} s", remedy

    return {"daemon": daemon, "queue": queue}


_GAUGES: Final = (
    "videogen_runs_active",
    "videogen_run_state_oldest_timestamp_seconds",
    "videogen_worker_resident_bytes",
    "videogen_daemon_heartbeat_timestamp_seconds",
)


def _of_active(records: Iterable[dg.RunRecord]) -> Iterator[Update]:
    """How many runs are in which state, since when, and the memory of their processes."""
    counts = {(job, state): 0 for job in JOBS for state in STATES}
    oldest: dict[tuple[str, str], float] = {}
    memory = dict.fromkeys(JOBS, 0.0)
    for record in records:
        run = record.dagster_run
        key = (_job(run), run.status.value.lower())
        counts[key] += 1
        oldest[key] = min(oldest.get(key, float("inf")), _entered(record))
        memory[key[0]] += _resident(run)
    for (job, state), count in counts.items():
        yield Update("videogen_runs_active", float(count), {"job_name": job, "status": state})
    for (job, state), at in oldest.items():
        yield Update("videogen_run_state_oldest_timestamp_seconds", at, {"job_name": job, "status": state})
    for job, size in memory.items():
        yield Update("videogen_worker_resident_bytes", size, {"job_name": job})


def _entered(record: dg.RunRecord) -> float:
    """When the run entered its state. Tags that are added later move `update_timestamp`."""
    status = record.dagster_run.status
    if status in (dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED):
        return record.create_timestamp.timestamp()
    if status == dg.DagsterRunStatus.STARTED and record.start_time is not None:
        return record.start_time
    return record.update_timestamp.timestamp()


def _resident(run: dg.DagsterRun) -> float:
    process = worker_process(tagged(run.tags, WORKER_TAG))
    try:
        return 0.0 if process is None else float(process.memory_info().rss)
    except psutil.Error:
        return 0.0


def _is_alone(run: dg.DagsterRun) -> bool:
    """Whether the process that makes the run is gone."""
    return worker_has_died(run) or has_lost_its_caller(run)


def _job(run: dg.DagsterRun) -> str:
    return "backfill" if run.job_name.startswith(WITHOUT_A_JOB) else closed(JOBS, run.job_name)


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Files of a folder that somebody has put there and nobody has taken."""
    try:
        with os.scandir(folder) as entries:
            yield from (one for one in entries if one.is_file(follow_symlinks=False) and not one.name.startswith("."))
    except FileNotFoundError:
        return


def _span(record: dg.RunRecord, outcome: str) -> SpanFacts:
    """The run as a span of a trace."""
    run, created = record.dagster_run, record.create_timestamp.timestamp()
    begun, ended = record.start_time or created, record.end_time or record.update_timestamp.timestamp()
    about: dict[str, str | int | float] = {"videogen.job": run.job_name, "videogen.outcome": outcome}
    return SpanFacts(
        run.run_id, "run", run.job_name, begun, ended, None, failed=outcome in ("failure", "crashed"), attributes=about
    )


def sources(
    config: VideoGenConfig, instance: dg.DagsterInstance, on_spans: OnSpans = lambda spans: None
) -> Mapping[str, Any]:
    """Makers of the sources that the engine does not have itself, for `videogen.monitoring.exporter.Exporter`."""
    return {
        "dagster": lambda state: DagsterSource(instance, state, on_spans).read,
        "stores": lambda state: PlacesSource(config).read,
    }
