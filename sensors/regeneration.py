"""A failing quality report starts the next attempt, with the changes that it suggests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from resources.storage import StorageResource
from resources.videos import ATTEMPT_TAG
from sensors.pending import JOB, PRIORITY_TAG, VIDEO_TAG
from videogen.errors import VideogenError
from videogen.quality.report import QualityReport
from videogen.requests import Attempt, VideoRequest
from videogen.stages import STAGES

REASON = "regeneration"
BY_CALLER_TAG = "videogen/regenerated_by_caller"
PER_TICK = 50


@dataclass(frozen=True)
class Decision:
    """What follows from a quality report. again: a new attempt; otherwise `why` says why there is none."""

    again: bool
    why: str
    changes: dict[str, Any] = field(default_factory=dict)
    from_stage: str = STAGES[0]


def decide(
    request: VideoRequest, attempts: Sequence[Attempt], number: int, report: QualityReport, limit: int
) -> Decision:
    """Whether attempt `number` is tried again.

    Args:
        attempts: all there are of this request.
        limit: how many regenerations it may have.
    """
    if report.passed:
        return Decision(False, "the report passes")
    if request.emergency:
        return Decision(False, "an emergency video is not tried again")
    if any(attempt.number > number for attempt in attempts):
        return Decision(False, f"attempt {number} is not the latest")
    used = sum(attempt.reason.startswith(REASON) for attempt in attempts)
    if used >= limit:
        return Decision(False, f"all {limit} regenerations are used up: the best attempt counts, below target")
    changes, stage = report.next_attempt()
    if not changes:
        return Decision(False, "the report suggests nothing to change")
    why = f"{REASON} {used + 1} of {limit}: {'; '.join(report.reasons)}"
    return Decision(True, why, changes, stage or STAGES[0])


@dg.sensor(
    name="regeneration",
    job_name=JOB,
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts the next attempt of a video whose quality report fails, with the changes it suggests, "
    "at most quality.max_regeneration_attempts times.",
)
def regeneration_sensor(context: dg.SensorEvaluationContext, storage: StorageResource) -> dg.SensorResult:
    """Look at the quality reports that are new since the last tick."""
    records = context.instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=dg.AssetKey("quality_report"), after_storage_id=int(context.cursor or 0)),
        limit=PER_TICK,
        ascending=True,
    ).records
    asked = []
    for record in records:
        if not _is_regenerated_by_caller(context.instance, record.run_id):
            asked += _next_run(context, storage, record)
    return dg.SensorResult(run_requests=asked, cursor=str(records[-1].storage_id) if records else context.cursor)


def _next_run(
    context: dg.SensorEvaluationContext, storage: StorageResource, record: dg.EventLogRecord
) -> list[dg.RunRequest]:
    materialization = record.asset_materialization
    if materialization is None or materialization.partition is None:
        return []
    video_id, number = materialization.partition, int(str(materialization.metadata["attempt"].value))
    try:
        attempt = open_next(storage, video_id, number)
    except VideogenError as error:
        context.log.error(str(error.at(stage="regeneration", video_id=video_id)))
        return []
    if attempt is None:
        return []
    request = storage.requests.get(video_id)
    return [
        dg.RunRequest(
            run_key=f"{video_id}:attempt-{attempt.number}",
            partition_key=video_id,
            asset_selection=[dg.AssetKey(stage) for stage in STAGES if stage in attempt.makes_anew()],
            tags={PRIORITY_TAG: str(request.priority), VIDEO_TAG: video_id, ATTEMPT_TAG: str(attempt.number)},
        )
    ]


def open_next(storage: StorageResource, video_id: str, number: int) -> Attempt | None:
    """The attempt that follows from the report on attempt `number`; None if none does.

    Asked twice, as after a stop of the daemon between tick and launch, it gives the same attempt.
    """
    requests = storage.requests
    request, attempts = requests.get(video_id), requests.attempts(video_id)
    opened = [attempt for attempt in attempts if attempt.parent == number and attempt.reason.startswith(REASON)]
    if opened:
        return opened[-1]
    report = storage.artifacts.load(video_id, number, "quality_report", QualityReport)
    limit = request.settings(storage.settings.config).quality.max_regeneration_attempts
    decision = decide(request, attempts, number, report, limit)
    if not decision.again:
        return None
    return requests.open_attempt(
        video_id, reason=decision.why, changes=decision.changes, from_stage=decision.from_stage, parent=number
    )


def _is_regenerated_by_caller(instance: dg.DagsterInstance, run_id: str) -> bool:
    run = instance.get_run_by_id(run_id)
    return run is not None and BY_CALLER_TAG in run.tags
