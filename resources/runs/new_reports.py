"""The quality reports since a sensor's last tick, of videos that Dagster's sensors drive."""

from __future__ import annotations

from dataclasses import dataclass

import dagster as dg

from resources.jobs_and_tags import BY_CALLER_TAG, tagged

PER_TICK = 50


@dataclass(frozen=True)
class NewReport:
    """A report on one attempt that has just been made."""

    video_id: str
    attempt: int


@dataclass(frozen=True)
class NewReports:
    """The new reports, oldest first, and the cursor of the next tick."""

    found: tuple[NewReport, ...]
    cursor: str | None


def new_reports(context: dg.SensorEvaluationContext) -> NewReports:
    """At most `PER_TICK` reports after the sensor's cursor."""
    instance = context.instance
    records = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=dg.AssetKey("quality_report"), after_storage_id=int(context.cursor or 0)),
        limit=PER_TICK,
        ascending=True,
    ).records
    found = []
    for record in records:
        made = record.asset_materialization
        if made is None or made.partition is None or _is_by_caller(instance, record.run_id):
            continue
        attempt = _attempt(made)
        if attempt is None:
            context.log.error(
                f"a quality report of {made.partition} is skipped: its metadata name no attempt, as no run made it. "
                f"To have the video assessed: videogen retry {made.partition} --from quality_report"
            )
            continue
        found.append(NewReport(made.partition, attempt))
    return NewReports(tuple(found), str(records[-1].storage_id) if records else context.cursor)


def _attempt(made: dg.AssetMaterialization) -> int | None:
    """The number of the attempt; None where somebody reported the materialization by hand, without it."""
    noted = made.metadata.get("attempt")
    # A number is what earlier versions noted.
    value = noted.value if isinstance(noted, dg.TextMetadataValue | dg.IntMetadataValue) else None
    return int(value) if value is not None and str(value).isdecimal() else None


def _is_by_caller(instance: dg.DagsterInstance, run_id: str) -> bool:
    run = instance.get_run_by_id(run_id)
    return run is not None and tagged(run.tags, BY_CALLER_TAG) is not None
