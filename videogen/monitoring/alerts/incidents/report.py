"""Gathers what happened around an alert, and writes it as Markdown and as one HTML file that needs nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from videogen.config.config import VideoGenConfig
from videogen.errors import ArtifactError, InputError, VideogenError
from videogen.monitoring.alerts.alert import Alert, AlertBook
from videogen.monitoring.alerts.incidents.facts import Entry, Incident, RunFacts, Surroundings
from videogen.monitoring.alerts.incidents.scrubbing import scrubbed
from videogen.monitoring.alerts.incidents.writing import as_html, as_markdown
from videogen.monitoring.alerts.rules import AlertConfig
from videogen.monitoring.alerts.table import kind_of
from videogen.monitoring.metrics.durations import shown
from videogen.monitoring.metrics.history import History
from videogen.monitoring.metrics.query import Query
from videogen.monitoring.metrics.samples_table import SamplesTable
from videogen.monitoring.panels.drawing import query_svg
from videogen.storage.atomic_folder import Folder
from videogen.storage.warehouse import Warehouse

AROUND: Final = timedelta(minutes=30)
FOLDER: Final = "incidents"
MOST_LINES: Final = 50
_MOST_ENTRIES: Final = 200
_A_ROUND_OF_HISTORY: Final = timedelta(seconds=90)
_CONTEXT: Final = {
    "Runs that have not ended": Query(metric="videogen_runs_active", by=("status",), aggregate="sum"),
    "Memory that can be had": Query(metric="videogen_host_memory_available_bytes", aggregate="min"),
}
_FAILURES: Final = "SELECT * FROM failures WHERE failed_at BETWEEN ? AND ? ORDER BY failed_at LIMIT 200"
_RELEASES: Final = "SELECT * FROM releases WHERE decided_at BETWEEN ? AND ? ORDER BY decided_at LIMIT 200"
_REQUESTS: Final = (
    "SELECT count(*) AS n, count(DISTINCT requester) AS who FROM requests WHERE created_at BETWEEN ? AND ?"
)
_EARLIER: Final = (
    "SELECT alert_id, raised_at, resolved_at, problem FROM alerts WHERE kind = ? AND alert_id <> ? "
    "ORDER BY raised_at DESC LIMIT 5"
)


def write_incident(
    config: VideoGenConfig,
    rules: AlertConfig,
    alert: Alert,
    book: AlertBook,
    history: History,
    surroundings: Surroundings,
    now: datetime | None = None,
) -> Incident:
    """Gather and write the report of one alert; an earlier one of it is replaced.

    Raises:
        StorageError: it cannot be written.
    """
    now = now or datetime.now(UTC)
    begun = min(alert.active_since, alert.fired_at or alert.active_since)
    start, end = begun - AROUND, min((alert.resolved_at or now) + AROUND, now)
    warehouse = Warehouse(config.location(config.paths.warehouse))
    runs = tuple(_scrubbed(run) for run in surroundings.runs(start, end))
    failures = _rows(warehouse, _FAILURES, [start, end])
    incident = Incident(
        alert_id=alert.id,
        title=f"{alert.rule}: {alert.summary}",
        facts=_facts(alert, now),
        impact=_impact(alert, runs, failures, _rows(warehouse, _REQUESTS, [begun, end]), now),
        timeline=_timeline(config, alert, book, runs, failures, warehouse, surroundings, start, end),
        runs=runs,
        earlier=tuple(_earlier(warehouse, book, alert)),
        plots=tuple(_plots(config, rules, alert, history, start, end)),
    )
    folder = Folder(config.path(config.monitoring.folder))
    names = {form: f"{FOLDER}/{alert.id}/report.{form}" for form in ("md", "html")}
    placed = replace(incident, markdown=folder.local(names["md"]), html=folder.local(names["html"]))
    link = config.monitoring.dagster_url
    folder.write(names["md"], as_markdown(placed, link).encode())
    folder.write(names["html"], as_html(placed, link).encode())
    return placed


def _facts(alert: Alert, now: datetime) -> dict[str, str]:
    lasted = ((alert.resolved_at or now) - (alert.fired_at or alert.active_since)).total_seconds()
    value = "" if alert.value is None else f"{alert.value:.4g}"
    against = "" if alert.threshold is None else f" against a limit of {alert.threshold:g}"
    found = {
        "rule": alert.rule,
        "severity": alert.severity,
        "state": alert.state if alert.state == "resolved" else f"{alert.state}, not over",
        "condition met since": _time(alert.active_since),
        "fired": "" if alert.fired_at is None else _time(alert.fired_at),
        "ended": "" if alert.resolved_at is None else _time(alert.resolved_at),
        "lasted": shown(lasted, "duration"),
        "value": value + against if value else "",
        "labels": ", ".join(f"{name}={value}" for name, value in sorted(alert.labels.items())),
        "video": alert.video_id or "",
        "acknowledged": f"by {alert.acknowledged_by}, {_time(alert.acknowledged_at)}" if alert.acknowledged_at else "",
        "what to do": alert.remedy,
    }
    return {name: text for name, text in found.items() if text}


def _impact(
    alert: Alert,
    runs: Sequence[RunFacts],
    failures: Sequence[dict[str, Any]],
    requests: Sequence[dict[str, Any]],
    now: datetime,
) -> dict[str, str]:
    begun = alert.fired_at or alert.active_since
    waiting = [run for run in runs if run.started_at is None and run.ended_at is None]
    late = sum(((run.started_at or now) - run.created_at).total_seconds() for run in runs)
    videos = {str(row["video_id"]) for row in failures if row["failed_at"] >= begun - AROUND}
    asked = requests[0] if requests else {"n": 0, "who": 0}
    bad = [run for run in runs if run.status in ("failure", "crashed", "canceled")]
    return {
        "runs that failed or were ended": str(len(bad)),
        "videos that failed": str(len(videos)),
        "runs that still wait": str(len(waiting)),
        "requests since it began": f"{int(asked['n'])}" + (f", by {int(asked['who'])} people" if asked["who"] else ""),
        "time in the queue, all runs together": shown(max(late, 0.0), "duration"),
    }


def _timeline(
    config: VideoGenConfig,
    alert: Alert,
    book: AlertBook,
    runs: Sequence[RunFacts],
    failures: Sequence[dict[str, Any]],
    warehouse: Warehouse,
    surroundings: Surroundings,
    start: datetime,
    end: datetime,
) -> tuple[Entry, ...]:
    found = [Entry(event.at, f"this alert {event.what}{_by(event.who)}") for event in alert.events]
    for other in (*book.alerts.values(), *book.ended):
        if other.id != alert.id and other.fired_at is not None:
            found.append(Entry(other.fired_at, f"{other.rule} fires: {other.summary}"))
            found += [Entry(other.resolved_at, f"{other.rule} ends")] if other.resolved_at else []
    for run in runs:
        name = f"run {run.run_id[:8]} of {run.job}"
        found.append(Entry(run.created_at, f"{name} is created"))
        found += [Entry(run.started_at, f"{name} starts")] if run.started_at else []
        found += [Entry(run.ended_at, f"{name} ends: {run.status}")] if run.ended_at else []
    for row in failures:
        found.append(
            Entry(_utc(row["failed_at"]), f"video {row['video_id']} fails at {row['stage']}: {row['problem']}")
        )
    for row in _rows(warehouse, _RELEASES, [start, end]):
        found.append(Entry(_utc(row["decided_at"]), f"video {row['video_id']} is {row['event']}"))
    found += [*_changed_files(config), *surroundings.entries(start, end)]
    inside = [Entry(entry.at, scrubbed(entry.what)) for entry in found if start <= entry.at <= end]
    return tuple(sorted(inside, key=lambda entry: entry.at)[:_MOST_ENTRIES])


def _changed_files(config: VideoGenConfig) -> Iterator[Entry]:
    """Files of settings, as far as they can be seen from here."""
    named = [os.environ.get("VIDEOGEN_CONFIG"), config.monitoring.rules, config.preprocessing.policy_file]
    for given in named:
        path = config.path(given or "")
        if given and path.is_file():
            yield Entry(
                datetime.fromtimestamp(path.stat().st_mtime, UTC), f"the file of settings {path.name} is changed"
            )


def _earlier(warehouse: Warehouse, book: AlertBook, alert: Alert) -> Iterator[str]:
    """Incidents like it, and how they ended."""
    for row in _rows(warehouse, _EARLIER, [kind_of(alert.rule), alert.id]):
        known = book.find(str(row["alert_id"]))
        ends = [event.what for event in known.events if event.what.startswith("ends")] if known else []
        how = ends[-1] if ends else "it has not ended" if _is_missing(row["resolved_at"]) else "it ended"
        yield scrubbed(f"{_time(_utc(row['raised_at']))}: {row['problem']} ({how})")


def _plots(
    config: VideoGenConfig, rules: AlertConfig, alert: Alert, history: History, start: datetime, end: datetime
) -> Iterator[str]:
    """The value of the rule with its limit, then what the system was doing."""
    rule = rules.rules.get(alert.rule)
    if not history.is_filled:
        history = _from_table(config, start, end)
    span = (start.timestamp(), end.timestamp())
    marks = [moment.timestamp() for moment in (alert.fired_at, alert.resolved_at) if moment]
    if rule is not None and rule.query is not None:
        limit = rule.threshold if rule.anomaly is None else None
        known = _latest_value(alert, end)
        yield query_svg(
            alert.rule, rule.query, history, *span, limit=limit, marks=marks, only=alert.labels, known=known
        )
    for title, query in _CONTEXT.items():
        yield query_svg(title, query, history, *span, marks=marks)


def _latest_value(alert: Alert, now: datetime) -> list[tuple[float, float]]:
    """The value with which it has just fired: the history has one a minute, and may not know it yet."""
    if alert.value is None or alert.fired_at is None or now - alert.fired_at > _A_ROUND_OF_HISTORY:
        return []
    return [(now.timestamp(), alert.value)]


def _from_table(config: VideoGenConfig, start: datetime, end: datetime) -> History:
    history = History()
    try:
        history.restore(SamplesTable(config.location(config.paths.warehouse), ()).between(start, end))
    except ArtifactError:
        return History()
    return history


def _rows(warehouse: Warehouse, sql: str, values: list[object]) -> list[dict[str, Any]]:
    """Rows, or none where the warehouse cannot be read: the report says what else is known."""
    try:
        found: list[dict[str, Any]] = warehouse.query(sql, values, longest=20.0).to_dict("records")  # type: ignore[assignment]
        return found
    except (VideogenError, InputError):
        return []


def _scrubbed(run: RunFacts) -> RunFacts:
    return replace(run, lines=tuple(scrubbed(line) for line in run.lines[-MOST_LINES:]))


def _utc(moment: Any) -> datetime:
    found: datetime = moment.to_pydatetime() if hasattr(moment, "to_pydatetime") else moment
    return found.astimezone(UTC)


def _is_missing(value: Any) -> bool:
    import pandas as pd

    return bool(pd.isna(value))


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _by(who: str) -> str:
    return f" ({who})" if who else ""
