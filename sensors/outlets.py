"""Tells feeds and receivers of what was published, corrected, held or withdrawn."""

from __future__ import annotations

import time

import dagster as dg

from resources.jobs_and_tags import Job
from resources.storage import StorageResource


@dg.sensor(
    name="outlets",
    job_name=Job.DELIVER.value,
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts a delivery when the published folder has changed, or a failed delivery is due again.",
)
def outlets_sensor(context: dg.SensorEvaluationContext, storage: StorageResource) -> dg.SensorResult | dg.SkipReason:
    """Compare the published folder with what was seen last."""
    from videogen.release.outlets.outlets import Outlets
    from videogen.release.published import latest_change

    config = storage.settings.config
    latest = str(latest_change(config.path(config.paths.published)))
    due = Outlets(config).is_due()
    if latest == (context.cursor or "0") and not due:
        return dg.SkipReason("nothing has changed")
    # One run a minute at most: it looks at everything that is due.
    key = f"{latest}:{int(time.time() // 60)}" if due else latest
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=key)], cursor=latest)
