"""Failed runs: which video failed where, why, and what to do, as rows of the warehouse."""

from __future__ import annotations

from typing import Any

import dagster as dg

from resources.jobs_and_tags import WILL_RETRY_TAG, Job
from resources.runs.partitions import keys_for, videos_of_run
from resources.storage import StorageResource
from videogen.storage.failures import find_failure


@dg.run_failure_sensor(
    name="run_failures",
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Writes stage, problem and remedy of every failed video of a run into the table `failures`.",
)
def run_failures_sensor(context: dg.RunFailureSensorContext, storage: StorageResource) -> None:
    """Record the failures of one run; a run that Dagster starts again by itself is not reported yet.

    Dagster asks for each failed run of a tick, and takes no skip reason where another run is recorded.
    """
    run = context.dagster_run
    if run.tags.get(WILL_RETRY_TAG) == "true":
        context.log.info(f"run {run.run_id} will be retried")
        return
    if run.job_name == Job.PUBLISH:
        context.log.info(f"run {run.run_id}: the table releases says why a video was not published")
        return
    for video_id in videos_of_run(run, keys_for(context.instance, [run])):
        record_failure(storage, run.run_id, video_id, context.failure_event.message)


def record_failure(storage: StorageResource, run_id: str, video_id: str, message: str | None) -> None:
    """One row, unless the video came through in spite of the run's failure."""
    import pandas as pd

    attempt, failure = find_failure(storage.requests, storage.artifacts, run_id, video_id, message)
    if failure is None:
        return
    row: dict[str, Any] = failure.model_dump(include={"stage", "run_id", "failed_at", "error", "problem", "remedy"})
    storage.warehouse.write(
        "failures", f"{video_id}.{run_id}", pd.DataFrame([{"video_id": video_id, "attempt": attempt, **row}])
    )
