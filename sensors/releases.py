"""Takes a video to the release gate when it passes, or when its attempts are used up."""

from __future__ import annotations

import dagster as dg

from resources.jobs_and_tags import PRIORITY_TAG, VIDEO_TAG, Job
from resources.runs.new_reports import NewReport, new_reports
from resources.runs.titles import title_tags
from resources.storage import StorageResource
from videogen.errors import VideogenError
from videogen.intake.waiting_requests import is_left_to_dagster
from videogen.release.approval.authority import BY_RULE as BY_SENSOR
from videogen.release.folder import read_record
from videogen.release.regeneration import decision_on


@dg.sensor(
    name="releases",
    job_name=Job.PUBLISH.value,
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes a video to the release gate when an attempt passes or all attempts are used up. A video whose "
    "attempts all failed is refused there, with all reasons, unless an operator overrides the gate.",
)
def releases_sensor(context: dg.SensorEvaluationContext, storage: StorageResource) -> dg.SensorResult | dg.SkipReason:
    """Process the quality reports that are new since the last tick."""
    reports = new_reports(context)
    if not storage.settings.config.release.automatic:
        return dg.SensorResult(skip_reason="release.automatic is off: see `videogen publish`", cursor=reports.cursor)
    asked = [run for report in reports.found for run in _publication(context, storage, report)]
    return dg.SensorResult(run_requests=asked, cursor=reports.cursor)


def _publication(
    context: dg.SensorEvaluationContext, storage: StorageResource, report: NewReport
) -> list[dg.RunRequest]:
    video_id = report.video_id
    try:
        request = storage.requests.get(video_id)
        # Measuring again, as in a backfill, must neither publish what a person made nor replace what one chose.
        if not is_left_to_dagster(request) or _is_decided(storage, video_id):
            return []
        decision = decision_on(storage.requests, storage.artifacts, storage.settings.config, video_id, report.attempt)
    except VideogenError as error:
        context.log.error(str(error.at(stage="published_video", video_id=video_id)))
        return []
    if decision.outcome not in ("passed", "exhausted"):
        return []
    if _waits_for_people_or_time(storage, video_id):
        return []
    return [
        dg.RunRequest(
            run_key=f"{video_id}:attempt-{report.attempt}:publish",
            partition_key=video_id,
            run_config={"ops": {"published_video": {"config": {"operator": BY_SENSOR}}}},
            tags={PRIORITY_TAG: str(request.priority), VIDEO_TAG: video_id, **title_tags(request)},
        )
    ]


def _waits_for_people_or_time(storage: StorageResource, video_id: str) -> bool:
    """Whether it has to wait for an approval or its embargo; then the sensor `scheduled_videos` goes on with it."""
    from resources.people.review import Review
    from videogen.release.people.person import typed_name

    review = Review(storage.settings.config)
    if not {item.gate for item in review.missing(video_id)} & {"approval", "embargo"}:
        return False
    subject = review.subject(video_id)
    review.people.book.record(
        typed_name(BY_SENSOR),
        "publish",
        kind="video",
        subject_id=video_id,
        revision=subject.revision,
        sha256=subject.sha256,
    )
    return True


def _is_decided(storage: StorageResource, video_id: str) -> bool:
    """Whether a person has published the video, or taken it back."""
    config = storage.settings.config
    record = read_record(config.path(config.paths.published), video_id)
    return record is not None and (record.withdrawn is not None or record.provenance.released_by != BY_SENSOR)
