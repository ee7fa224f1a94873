"""Jobs and schedules of the feedback loop."""

from __future__ import annotations

from datetime import timedelta

import dagster as dg

from assets.all import DAILY_FEEDBACK
from assets.feedback import ab_test_results, fine_tuning_dataset, parameter_recommendations
from resources.jobs_and_tags import MAX_RUNTIME_TAG, PRIORITY_TAG, Job
from videogen.domain.priorities import REVIEW
from videogen_dagster.jobs.videos import RUN_TAGS

_TAGS = {**RUN_TAGS, PRIORITY_TAG: str(REVIEW), MAX_RUNTIME_TAG: "3600"}

feedback_rollup = dg.define_asset_job(
    Job.FEEDBACK.value,
    selection=dg.AssetSelection.assets(*DAILY_FEEDBACK),
    executor_def=dg.in_process_executor,
    tags=_TAGS,
    description="A day's feedback: collected, categorised, made into numbers.",
)
improvement_review = dg.define_asset_job(
    Job.REVIEW.value,
    selection=dg.AssetSelection.assets(parameter_recommendations),
    executor_def=dg.in_process_executor,
    tags=_TAGS,
    description="What the feedback makes worth a test, as draft experiments, and the improvement report.",
)
ab_test = dg.define_asset_job(
    Job.AB_TEST.value,
    selection=dg.AssetSelection.assets(ab_test_results),
    executor_def=dg.in_process_executor,
    tags=_TAGS,
    description="What an experiment shows so far; one that is decided ends.",
)
make_dataset = dg.define_asset_job(
    "make_fine_tuning_dataset",
    selection=dg.AssetSelection.assets(fine_tuning_dataset),
    executor_def=dg.in_process_executor,
    tags=_TAGS,
    description="A dataset of comparisons whose raters agreed to training. Nothing is trained by it.",
)


@dg.schedule(
    name="feedback_daily",
    cron_schedule="30 2 * * *",
    execution_timezone="UTC",
    job=feedback_rollup,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="The feedback of the day before, for good.",
)
def feedback_daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """One run for the day that is over."""
    day = context.scheduled_execution_time - timedelta(days=1)
    return dg.RunRequest(run_key=f"{day:%Y-%m-%d}", partition_key=f"{day:%Y-%m-%d}")


review_weekly = dg.ScheduleDefinition(
    name="improvement_review",
    job=improvement_review,
    cron_schedule="0 3 * * 1",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every Monday: what is worth a test.",
)
FEEDBACK_JOBS = [feedback_rollup, improvement_review, ab_test, make_dataset]
FEEDBACK_SCHEDULES = [feedback_daily, review_weekly]
