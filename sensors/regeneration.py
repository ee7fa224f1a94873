"""A failing quality report starts the next attempt, with the changes that it suggests, or ends the video's attempts."""

from __future__ import annotations

import dagster as dg

from resources.jobs_and_tags import ATTEMPT_TAG, PRIORITY_TAG, VIDEO_TAG, Job
from resources.notifier import NotifierResource
from resources.runs.new_reports import NewReport, new_reports
from resources.runs.titles import title_tags
from resources.storage import StorageResource
from videogen.domain.stages import STAGES
from videogen.errors import VideogenError
from videogen.intake.waiting_requests import is_left_to_dagster
from videogen.release.regeneration import open_next


@dg.sensor(
    name="regeneration",
    job_name=Job.GENERATE.value,
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts the next attempt of a video whose quality report fails, with the changes it suggests, "
    "at most quality.max_regeneration_attempts times; then it raises an alert.",
)
def regeneration_sensor(
    context: dg.SensorEvaluationContext, storage: StorageResource, notifier: NotifierResource
) -> dg.SensorResult:
    """Look at the quality reports that are new since the last tick."""
    reports = new_reports(context)
    asked = [run for report in reports.found for run in _next_run(context, storage, notifier, report)]
    return dg.SensorResult(run_requests=asked, cursor=reports.cursor)


def _next_run(
    context: dg.SensorEvaluationContext, storage: StorageResource, notifier: NotifierResource, report: NewReport
) -> list[dg.RunRequest]:
    video_id = report.video_id
    try:
        if not is_left_to_dagster(storage.requests.get(video_id)):
            return []
        config = storage.settings.config
        attempt, missed = open_next(storage.requests, storage.artifacts, config, video_id, report.attempt)
    except VideogenError as error:
        context.log.error(str(error.at(stage="regeneration", video_id=video_id)))
        return []
    if missed:
        notifier.below_target(missed, video_id, report.attempt, log=context.log)
    if attempt is None:
        return []
    request = storage.requests.get(video_id)
    return [
        dg.RunRequest(
            run_key=f"{video_id}:attempt-{attempt.number}",
            partition_key=video_id,
            asset_selection=[dg.AssetKey(stage.value) for stage in STAGES if stage in attempt.makes_anew()],
            tags={
                PRIORITY_TAG: str(request.priority),
                VIDEO_TAG: video_id,
                ATTEMPT_TAG: str(attempt.number),
                **title_tags(request),
            },
        )
    ]
