"""Feedback: takes files of the inbox, and brings new events into the day's table."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import dagster as dg

from resources.feedback import FeedbackResource
from resources.jobs_and_tags import PRIORITY_TAG, Job
from videogen.domain.priorities import REVIEW
from videogen.errors import listed

AT_MOST_EVERY = 300.0


@dg.sensor(
    name="feedback",
    job_name=Job.FEEDBACK.value,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Accepts feedback files from the folder feedback of the inbox, and brings new events into the tables "
    "of their day, at most every five minutes. Rejected files are in rejected/, with the reason.",
)
def feedback_sensor(context: dg.SensorEvaluationContext, feedback: FeedbackResource) -> dg.SensorResult | dg.SkipReason:
    """Take the files of the inbox; ask for a run where today has events that no run has seen."""
    from videogen.feedback.inbox import FOLDER, take_feedback_files

    collector = feedback.integration.collector
    config = collector.config
    taken = take_feedback_files(config.path(config.paths.inbox) / FOLDER, collector)
    found = [f"{file}: {reason}" for file, reason in (*taken.rejected, *taken.waiting)]
    if found:
        context.log.error(listed(found, "\n"))
    seen, at = _cursor(context.cursor)
    today = datetime.now(UTC).date()
    waiting = f"{today} {collector.store.waiting(today)}"
    if waiting == seen or waiting.endswith(" 0"):
        return dg.SkipReason("no new feedback today")
    if time.time() - at < AT_MOST_EVERY:
        return dg.SkipReason("the day's tables were renewed less than five minutes ago")
    run = dg.RunRequest(partition_key=f"{today}", tags={PRIORITY_TAG: str(REVIEW)})
    return dg.SensorResult(run_requests=[run], cursor=f"{waiting}|{time.time():.0f}")


def _cursor(cursor: str | None) -> tuple[str, float]:
    """What was waiting at the last run that was asked for, and when that was."""
    seen, bar, at = (cursor or "").partition("|")
    return seen, float(at) if bar and at.isdigit() else 0.0
