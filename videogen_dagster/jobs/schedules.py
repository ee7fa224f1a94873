"""What runs by the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg

from resources.jobs_and_tags import PRIORITY_TAG, SOURCE_TAG, Job
from resources.runs.partitions import active_videos, bring_together, range_tags
from resources.storage import StorageResource
from videogen.domain.priorities import BATCH, NIGHTLY_HOUR
from videogen.intake.waiting_requests import is_due, look_up
from videogen_dagster.jobs.videos import clean_up, monitoring_rollup

PER_RUN = 100
LOOKS_BACK = timedelta(days=30)
"""Older requests that nobody has taken up are left to people: a night does not read the requests of all years."""


@dg.schedule(
    name="nightly",
    cron_schedule=f"0 {NIGHTLY_HOUR} * * *",
    execution_timezone="UTC",
    job_name=Job.GENERATE.value,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description=f"Runs what is pending, {PER_RUN} videos in one run, so that models are loaded once and videos "
    "of equal shape are denoised at once: in batches on a GPU, one a core on a CPU.",
)
def nightly(context: dg.ScheduleEvaluationContext, storage: StorageResource) -> list[dg.RunRequest] | dg.SkipReason:
    """Ask for runs over all requests that no run has taken up yet."""
    return runs_of_the_night(context.instance, storage) or dg.SkipReason("nothing is pending")


def runs_of_the_night(instance: dg.DagsterInstance, storage: StorageResource) -> list[dg.RunRequest]:
    """As few runs as possible over what is pending; partitions move together so that one range covers them."""
    now = datetime.now(UTC)
    active = active_videos(instance)
    waiting = look_up(storage.requests, f"{now - LOOKS_BACK:%Y%m%d}", now)
    due = [item.request.id for item in waiting if is_due(item, active, now, at_night=True)]
    return [
        dg.RunRequest(
            run_key=f"{ids[0]}..{ids[-1]}",
            tags={**range_tags(ids), PRIORITY_TAG: str(BATCH), SOURCE_TAG: "nightly"},
        )
        for together in (bring_together(instance, due) if due else [])
        for ids in (together[start : start + PER_RUN] for start in range(0, len(together), PER_RUN))
    ]


@dg.schedule(
    name="monitoring",
    cron_schedule="0 2 * * *",
    execution_timezone="UTC",
    job=monitoring_rollup,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="The day before, as numbers.",
)
def monitoring_daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """One run for the day that is over."""
    day = context.scheduled_execution_time - timedelta(days=1)
    return dg.RunRequest(run_key=f"{day:%Y-%m-%d}", partition_key=f"{day:%Y-%m-%d}")


clean_up_daily = dg.ScheduleDefinition(
    name="clean_up",
    job=clean_up,
    cron_schedule="0 4 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Frees the space of old intermediates.",
)
