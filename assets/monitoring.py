"""Daily numbers: the quality of the videos, and their cost in time and memory."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common import show
from videogen.monitoring.performance import WHOLE, performance_of
from videogen.storage.warehouse_tables import columns

if TYPE_CHECKING:
    from videogen.quality.trends import Trend

DAYS = dg.DailyPartitionsDefinition(start_date="2026-01-01", timezone="UTC", end_offset=1)


def _all_of(asset: str) -> dg.AssetDep:
    """What a day's rows are made from: the videos of that day, which are partitions of another kind."""
    return dg.AssetDep(asset, partition_mapping=dg.AllPartitionMapping())


def _daily(name: str, kinds: set[str]) -> dict[str, Any]:
    return {
        "name": name,
        "group_name": "monitoring",
        "kinds": kinds,
        "owners": ["team:videogen"],
        "tags": {"stage": name},
        "code_version": "1",
        "partitions_def": DAYS,
        "required_resource_keys": {"storage"},
    }


@dg.asset(**_daily("quality_trends", {"duckdb", "parquet"}), deps=[_all_of("quality_report")])
def quality_trends(context):  # type: ignore[no-untyped-def]  # Dagster refuses other annotations here
    """A day's videos as a set: pass rate, the mean of every metric, FVD and IS. Table `quality_trends`."""
    import pandas as pd

    from videogen.quality.relevance.encoders import encoder_for
    from videogen.quality.trends import trends_of

    storage, day = context.resources.storage, date.fromisoformat(context.partition_key)
    trends = trends_of(day, storage.warehouse, storage.artifacts, encoder_for(storage.settings.config))
    if trends:
        names = ["metric", "value", "standard_error", "videos", "note"]
        rows = pd.DataFrame([vars(trend) for trend in trends], columns=names)
        rows["note"] = rows["note"].replace("", None)
        storage.warehouse.write("quality_trends", context.partition_key, rows.assign(day=_start(day)))
    return dg.MaterializeResult(metadata=trend_facts(trends, storage.settings.config.quality))


def trend_facts(trends: list[Trend], quality: Any) -> dict[str, Any]:
    """Numbers that Dagster plots over the days, and the targets of those that have one."""
    facts: dict[str, Any] = {f"trend_{trend.metric}": trend.value for trend in trends if trend.value is not None}
    facts["videos"] = max((trend.videos for trend in trends), default=0)
    targets = {"fvd": f"at most {quality.target_fvd:g}", "inception_score": f"at least {quality.target_is:g}"}
    facts["trends"] = show.table(
        {
            "metric": trend.metric,
            "value": "–" if trend.value is None else f"{trend.value:.4g}",
            "±": "" if trend.standard_error is None else f"{trend.standard_error:.2g}",
            "target": targets.get(trend.metric, ""),
            "note": trend.note,
        }
        for trend in trends
    )
    return facts


@dg.asset(**_daily("performance_metrics", {"duckdb", "parquet"}), deps=[_all_of("rendered_video")])
def performance_metrics(context):  # type: ignore[no-untyped-def]  # Dagster refuses other annotations here
    """The cost of a day's videos by stage, and of all runs: queue, throughput, crashes. Table `performance_metrics`."""
    import pandas as pd

    storage, day = context.resources.storage, date.fromisoformat(context.partition_key)
    start, end = _start(day), _start(day) + timedelta(days=1)
    from resources.runs.observation import ended_runs

    rows = performance_of(storage.warehouse, start, end, ended_runs(context.instance, start, end))
    if rows:
        names = [column.name for column in columns("performance_metrics")]
        frame = pd.DataFrame(rows).reindex(columns=names).assign(day=start)
        storage.warehouse.write("performance_metrics", context.partition_key, frame)
    return dg.MaterializeResult(metadata=performance_facts(rows))


def performance_facts(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Numbers that Dagster plots over the days, and all of them as a table."""
    stages = [row for row in rows if row["stage"] != WHOLE]
    facts: dict[str, Any] = {
        f"seconds_{row['stage']}": float(row["mean_seconds"]) for row in stages if row.get("mean_seconds") is not None
    }
    facts["failures"] = sum(int(row["failures"]) for row in stages)
    for row in rows:
        if row["stage"] == WHOLE:
            plotted = ("crashes", "videos", "queue_p95_seconds", "p99_seconds", "work_seconds_per_video_second")
            facts |= {name: row[name] for name in plotted if row[name] is not None}
    shown = (
        "stage",
        "runs",
        "mean_seconds",
        "p50_seconds",
        "p95_seconds",
        "p99_seconds",
        "peak_memory_bytes",
        "failures",
    )
    facts["stages"] = show.table({name: _shown(row.get(name)) for name in shown} for row in stages)
    return facts


def _shown(value: Any) -> str:
    return "–" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
