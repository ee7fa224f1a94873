"""A day's work as numbers: stages, and one row of all runs together. Rows of the table `performance_metrics`."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, quantiles
from typing import Any, Final

from videogen.monitoring.sources.warehouse import error_class
from videogen.storage.warehouse import Warehouse

WHOLE: Final = "run"
"""What the row of all runs together has for a stage."""
_STAGES: Final = """
SELECT stage, count(*) AS runs, avg(seconds) AS mean_seconds, quantile_cont(seconds, 0.5) AS p50_seconds,
       quantile_cont(seconds, 0.95) AS p95_seconds, quantile_cont(seconds, 0.99) AS p99_seconds,
       max(peak_memory_bytes) AS peak_memory_bytes
FROM stage_timings WHERE started_at >= ? AND started_at < ? GROUP BY stage ORDER BY stage
"""
_FAILURES: Final = (
    "SELECT stage, error, count(*) AS n FROM failures WHERE failed_at >= ? AND failed_at < ? GROUP BY ALL"
)
_VIDEOS: Final = "SELECT count(*) AS n, sum(duration) AS seconds FROM videos WHERE created_at >= ? AND created_at < ?"
_WORK: Final = """
SELECT sum(t.seconds) AS seconds FROM stage_timings t JOIN videos v USING (video_id, attempt)
WHERE v.created_at >= ? AND v.created_at < ?
"""


@dataclass(frozen=True)
class EndedRun:
    """A run that ended. queued: seconds in the queue; seconds: from its start; None: it never started."""

    outcome: str
    queued: float | None
    seconds: float | None


def performance_of(
    warehouse: Warehouse, start: datetime, end: datetime, runs: Sequence[EndedRun]
) -> list[dict[str, Any]]:
    """The rows of one day, without the day; none where nothing happened.

    Args:
        start, end: of the day; the end is not part of it.
        runs: that ended in it.

    Raises:
        ArtifactError: a table cannot be read.
    """
    bounds = (start, end)
    failures: dict[str, Counter[str]] = defaultdict(Counter)
    for row in _records(warehouse, _FAILURES, bounds):
        failures[row["stage"]][error_class(row["error"])] += int(row["n"])
    stages = {row["stage"]: row for row in _records(warehouse, _STAGES, bounds)}
    found = []
    for stage in sorted({*stages, *failures}):
        row = stages.get(stage, {"stage": stage, "runs": 0})
        found.append({**row, **_of_failures(failures[stage])})
    if found or runs:
        found.append(_whole(warehouse, bounds, runs, failures))
    return found


def _whole(
    warehouse: Warehouse,
    bounds: tuple[datetime, datetime],
    runs: Sequence[EndedRun],
    failures: Mapping[str, Counter[str]],
) -> dict[str, Any]:
    videos, work = _records(warehouse, _VIDEOS, bounds)[0], _records(warehouse, _WORK, bounds)[0]
    made, seconds, worked = int(videos["n"]), _number(videos["seconds"]), _number(work["seconds"])
    durations = [run.seconds for run in runs if run.seconds is not None]
    queued = [run.queued for run in runs if run.queued is not None]
    hours = (bounds[1] - bounds[0]).total_seconds() / 3600
    return {
        "stage": WHOLE,
        "runs": len(runs),
        "mean_seconds": fmean(durations) if durations else None,
        "p50_seconds": _share(durations, 50),
        "p95_seconds": _share(durations, 95),
        "p99_seconds": _share(durations, 99),
        "queue_p50_seconds": _share(queued, 50),
        "queue_p95_seconds": _share(queued, 95),
        "videos": made,
        "videos_per_hour": made / hours,
        "work_seconds_per_video_second": worked / seconds if seconds and worked is not None else None,
        "crashes": sum(run.outcome == "crashed" for run in runs),
        **_of_failures(sum(failures.values(), Counter())),
    }


def _of_failures(classes: Counter[str]) -> dict[str, Any]:
    return {"failures": classes.total(), "failures_by_class": json.dumps(classes, sort_keys=True) if classes else None}


def _share(values: Sequence[float], percent: int) -> float | None:
    """A percentile by linear interpolation between the values; None: there are none."""
    if len(values) < 2:
        return values[0] if values else None
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def _number(value: Any) -> float | None:
    return None if value is None or value != value else float(value)


def _records(warehouse: Warehouse, sql: str, values: Sequence[object]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = warehouse.query(sql, values).to_dict("records")  # type: ignore[assignment]
    return found
