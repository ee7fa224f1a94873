"""Publishes what a person has decided to publish once its embargo has passed and its approvals are there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import ValidationError

from resources.jobs_and_tags import BRIEFING_PARTITIONS, BRIEFING_TAG, VIDEO_PARTITIONS, VIDEO_TAG, Job
from resources.storage import StorageResource
from videogen.errors import VideogenError

if TYPE_CHECKING:
    from resources.people.review import Review
    from videogen.release.approval.scheduled import Schedule


@dg.sensor(
    name="scheduled_videos",
    job_name=Job.PUBLISH.value,
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Publishes videos that a person has decided to publish, when their embargo has passed and their "
    "approvals are there. After a time without the daemon they go out late, and say so.",
)
def scheduled_videos_sensor(context: dg.SensorEvaluationContext, storage: StorageResource) -> dg.SensorResult:
    """Look at what waits."""
    return _asked(context, storage, briefings=False)


@dg.sensor(
    name="scheduled_briefings",
    job_name=Job.PUBLISH_BRIEFING.value,
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="The same for briefings.",
)
def scheduled_briefings_sensor(context: dg.SensorEvaluationContext, storage: StorageResource) -> dg.SensorResult:
    """Look at what waits."""
    return _asked(context, storage, briefings=True)


def _asked(context: dg.SensorEvaluationContext, storage: StorageResource, *, briefings: bool) -> dg.SensorResult:
    from resources.people.review import Review, is_briefing

    review = Review(storage.settings.config)
    try:
        schedule = _schedule(context.cursor).read_on(review.people.log)
    except VideogenError as error:
        context.log.error(str(error))
        return dg.SensorResult(skip_reason=error.problem)
    requests: list[dg.RunRequest] = []
    for subject in list(schedule.waiting):
        if is_briefing(subject) != briefings:
            schedule = schedule.without(subject)
    for subject in schedule.due(datetime.now(UTC)):
        try:
            asked, is_over = _run_of(review, schedule, subject, briefings=briefings)
        except VideogenError as error:
            context.log.error(str(error.at(stage="scheduled", video_id=subject)))
            continue
        requests += asked
        if is_over:
            schedule = schedule.without(subject)
    partitions = BRIEFING_PARTITIONS if briefings else VIDEO_PARTITIONS
    keys = [str(request.partition_key) for request in requests]
    new = [dg.DynamicPartitionsDefinition(name=partitions).build_add_request(keys)] if keys else []
    waits = f"{len(schedule.waiting)} wait for an embargo or an approval"
    return dg.SensorResult(
        run_requests=requests,
        dynamic_partitions_requests=new,
        cursor=schedule.model_dump_json(),
        skip_reason=None if requests else waits,
    )


def _schedule(cursor: str | None) -> Schedule:
    """What the last tick knew; a cursor of another version is replaced by reading the log."""
    from videogen.release.approval.scheduled import Schedule

    try:
        return Schedule.model_validate_json(cursor or "{}")
    except ValidationError:
        return Schedule()


def _run_of(
    review: Review, schedule: Schedule, subject_id: str, *, briefings: bool
) -> tuple[list[dg.RunRequest], bool]:
    """The run that publishes a subject, if nothing stands against it; and whether it waits no more."""
    from videogen.release.approval.authority import decision_to_publish
    from videogen.release.approval.missing import WORTH_WAITING
    from videogen.release.folder import read_record

    waiting = schedule.waiting[subject_id]
    subject = review.subject(subject_id)
    config = review.config
    record = read_record(config.path(config.paths.published), subject_id)
    is_out = record is not None and record.withdrawn is None and record.provenance.state == subject.sha256
    decision = decision_to_publish(subject, review.people.decisions(subject_id))
    if is_out or subject.sha256 != waiting.sha256 or decision is None:
        return [], True
    overrides = decision.action == "override"
    closed = {item.gate for item in review.missing(subject_id) if not (overrides and item.can_be_overridden)}
    if closed:
        # For people and time it waits; any other gate is an answer, which the publisher got or will see in `show`.
        return [], not closed <= WORTH_WAITING
    op, tag = ("published_briefing", BRIEFING_TAG) if briefings else ("published_video", VIDEO_TAG)
    given = {"operator": decision.by} | ({"why": decision.comment} if decision.action == "override" else {})
    request = dg.RunRequest(
        run_key=f"{subject_id}:{decision.digest[:16]}",
        partition_key=subject_id,
        run_config={"ops": {op: {"config": given}}},
        tags={tag: subject_id},
    )
    return [request], True
