"""Experiments: opens the second attempt of paired tests, and has running tests looked at."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg

from assets.partitions import EXPERIMENTS
from resources.feedback import FeedbackResource
from resources.jobs_and_tags import ATTEMPT_TAG, EXPERIMENT_PARTITIONS, PRIORITY_TAG, VIDEO_TAG, Job
from resources.runs.new_reports import NewReport, new_reports
from resources.runs.titles import title_tags
from resources.storage import StorageResource
from videogen.domain.priorities import REVIEW
from videogen.domain.stages import STAGES
from videogen.errors import VideogenError


@dg.sensor(
    name="second_attempts",
    job_name=Job.GENERATE.value,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Opens the other arm of a request of a paired experiment when its first attempt is measured.",
)
def second_attempts_sensor(
    context: dg.SensorEvaluationContext, storage: StorageResource, feedback: FeedbackResource
) -> dg.SensorResult:
    """Look at the quality reports that are new since the last tick."""
    reports = new_reports(context)
    asked = [run for report in reports.found for run in _second(context, storage, feedback, report)]
    return dg.SensorResult(run_requests=asked, cursor=reports.cursor)


def _second(
    context: dg.SensorEvaluationContext, storage: StorageResource, feedback: FeedbackResource, report: NewReport
) -> list[dg.RunRequest]:
    from videogen.feedback.experiments.second_attempts import open_second

    trials = feedback.integration.improver.trials
    try:
        attempt = open_second(trials, storage.requests, storage.artifacts, report.video_id, report.attempt)
        request = storage.requests.get(report.video_id)
    except VideogenError as error:
        context.log.error(str(error.at(stage="experiments", video_id=report.video_id)))
        return []
    if attempt is None:
        return []
    return [
        dg.RunRequest(
            run_key=f"{report.video_id}:arm-{attempt.arm}",
            partition_key=report.video_id,
            asset_selection=[dg.AssetKey(stage) for stage in STAGES if stage in attempt.makes_anew()],
            tags={
                PRIORITY_TAG: str(min(request.priority, REVIEW)),
                VIDEO_TAG: report.video_id,
                ATTEMPT_TAG: str(attempt.number),
                **title_tags(request),
            },
        )
    ]


@dg.sensor(
    name="experiments",
    job_name=Job.AB_TEST.value,
    minimum_interval_seconds=3600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Has every running experiment looked at once an hour; one that is decided ends.",
)
def experiments_sensor(
    context: dg.SensorEvaluationContext, feedback: FeedbackResource
) -> dg.SensorResult | dg.SkipReason:
    """One run for each running experiment."""
    ids = [record.experiment.id for record in feedback.integration.improver.trials.store.running()]
    if not ids:
        return dg.SkipReason("no experiment is running")
    known = set(context.instance.get_dynamic_partitions(EXPERIMENT_PARTITIONS))
    new = [name for name in ids if name not in known]
    hour = f"{datetime.now(UTC):%Y%m%dT%H}"
    tags = {PRIORITY_TAG: str(REVIEW)}
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=f"{name}:{hour}", partition_key=name, tags=tags) for name in ids],
        dynamic_partitions_requests=[EXPERIMENTS.build_add_request(new)] if new else [],
    )
