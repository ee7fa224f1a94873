"""Daily numbers: the quality of the videos, and their cost in time and memory."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets import show

if TYPE_CHECKING:
    from videogen.quality.trends import Trend

DAYS = dg.DailyPartitionsDefinition(start_date="2026-01-01", timezone="UTC", end_offset=1)
_STAGES = """
SELECT t.stage, count(*) AS runs, avg(t.seconds) AS mean_seconds, quantile_cont(t.seconds, 0.95) AS p95_seconds,
       max(t.peak_memory_bytes) AS peak_memory_bytes
FROM stage_timings t WHERE t.started_at >= ? AND t.started_at < ? GROUP BY t.stage
"""
_FAILURES = "SELECT stage, count(*) AS failures FROM failures WHERE failed_at >= ? AND failed_at < ? GROUP BY stage"


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
    """The cost of a day's videos, stage by stage: seconds, memory, failures. Table `performance_metrics`."""
    storage, day = context.resources.storage, date.fromisoformat(context.partition_key)
    bounds = [_start(day), _start(day) + timedelta(days=1)]
    stages = storage.warehouse.query(_STAGES, bounds)
    failures = storage.warehouse.query(_FAILURES, bounds)
    rows = stages.merge(failures, on="stage", how="outer").sort_values("stage")
    rows["failures"] = rows["failures"].fillna(0)
    rows["runs"] = rows["runs"].fillna(0)
    if len(rows):
        storage.warehouse.write("performance_metrics", context.partition_key, rows.assign(day=_start(day)))
    facts: dict[str, Any] = {f"seconds_{row.stage}": float(row.mean_seconds) for row in stages.itertuples()}
    table = rows.round(2).astype("string").fillna("–").to_dict("records")
    facts |= {"failures": int(rows["failures"].sum()), "stages": show.table(table)}
    return dg.MaterializeResult(metadata=facts)


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
