"""Plans new briefings, and makes every new revision of a storyboard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from resources.jobs_and_tags import BRIEFING_PARTITIONS, BRIEFING_TAG, PRIORITY_TAG, REVISION_TAG, Job
from resources.storage import StorageResource
from videogen.errors import VideogenError, listed

GRACE = timedelta(minutes=30)
"""What a person runs is left to that person's process for so long; should it die, the sensors go on with it."""


@dg.sensor(
    name="briefing_plans",
    job_name=Job.PLAN_BRIEFING.value,
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes releases from the folder releases of the inbox, and plans every briefing that was ordered and "
    "has no storyboard yet. Rejected files are in rejected/, with the reason.",
)
def briefing_plans_sensor(context: dg.SensorEvaluationContext, storage: StorageResource) -> dg.SensorResult:
    """Take what was dropped, then look for briefings without a storyboard."""
    from videogen.briefing.production.dropped import FOLDER, take_releases

    config = storage.settings.config
    inbox = Path(storage.settings.root(config.paths.inbox)) / FOLDER
    taken = take_releases(inbox, config.location(config.paths.store), storage.briefings)
    refused = [f"{file}: {reason}" for file, reason in (*taken.rejected, *taken.waiting)]
    if refused:
        context.log.error(listed(refused, "\n"))
    return _asked(context, storage, plan=True)


@dg.sensor(
    name="briefings",
    job_name=Job.ASSEMBLE_BRIEFING.value,
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Makes the latest revision of every storyboard. What the command line makes is left to it.",
)
def briefings_sensor(context: dg.SensorEvaluationContext, storage: StorageResource) -> dg.SensorResult:
    """Look for revisions that are not made yet."""
    return _asked(context, storage, plan=False)


def _asked(context: dg.SensorEvaluationContext, storage: StorageResource, *, plan: bool) -> dg.SensorResult:
    from videogen.briefing.production.next_step import next_step

    now, store = datetime.now(UTC), storage.briefings
    asked, keys = [], []
    for briefing_id in store.ids():
        try:
            step = next_step(store, briefing_id, now, GRACE)
            if step is None or step.plan != plan:
                continue
            order = store.order(briefing_id)
            if not plan and order.source == "desk" and _waits_for_clips(storage, briefing_id, step.revision):
                continue
        except VideogenError as error:
            context.log.error(str(error.at(stage="briefings", video_id=briefing_id)))
            continue
        keys.append(briefing_id)
        tags = {PRIORITY_TAG: str(order.priority), BRIEFING_TAG: briefing_id}
        if not plan:
            tags[REVISION_TAG] = str(step.revision)
        asked.append(dg.RunRequest(run_key=f"{briefing_id}:{step.revision}", partition_key=briefing_id, tags=tags))
    new = [dg.DynamicPartitionsDefinition(name=BRIEFING_PARTITIONS).build_add_request(keys)] if keys else []
    return dg.SensorResult(run_requests=asked, dynamic_partitions_requests=new)


def _waits_for_clips(storage: StorageResource, briefing_id: str, revision: int) -> bool:
    """Whether clips that were ordered at the desk are still being drawn. The command line draws them itself."""
    from videogen.briefing.production.clip_orders import clips_in_the_making

    return bool(clips_in_the_making(storage.briefing_maker, briefing_id, revision, storage.settings.config))
