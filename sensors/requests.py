"""Gives every stored request its partition and, unless it waits for the night, its run."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg

from assets.partitions import VIDEOS
from resources.jobs_and_tags import PRIORITY_TAG, SOURCE_TAG, VIDEO_PARTITIONS, VIDEO_TAG, Job
from resources.runs.partitions import active_videos
from resources.runs.titles import title_tags
from resources.storage import StorageResource
from videogen.intake.waiting_requests import is_due, look_up, settled_until


@dg.sensor(
    name="requests",
    job_name=Job.GENERATE.value,
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Gives every stored request its partition and its run. The run key prevents a second run of the "
    "same request, even if the daemon stops between tick and launch.",
)
def requests_sensor(context: dg.SensorEvaluationContext, storage: StorageResource) -> dg.SensorResult:
    """Start the runs that are due; during an emergency, only those of the same urgency."""
    now = datetime.now(UTC)
    seen = look_up(storage.requests, context.cursor or "")
    ids = [waiting.request.id for waiting in seen]
    new = [one for one in ids if not context.instance.has_dynamic_partition(VIDEO_PARTITIONS, one)]
    active = active_videos(context.instance)
    emergency = storage.emergency.state()
    level = emergency.level if emergency else None
    due = [
        waiting.request
        for waiting in seen
        if is_due(waiting, active, now, at_night=False) and (level is None or waiting.request.priority >= level)
    ]
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                run_key=f"{request.id}:attempt-1",
                partition_key=request.id,
                tags={
                    PRIORITY_TAG: str(request.priority),
                    VIDEO_TAG: request.id,
                    SOURCE_TAG: request.source.value,
                    **title_tags(request),
                },
            )
            for request in due
        ],
        dynamic_partitions_requests=[VIDEOS.build_add_request(new)] if new else [],
        cursor=settled_until(seen, now, context.cursor or "") or None,
    )
