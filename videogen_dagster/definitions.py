"""The code location: assets, checks, jobs, sensors, schedules and resources, put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from assets.all import ASSETS, BRIEFING, CHECKS, EMERGENCY, FEEDBACK, MONITORING, RELEASES
from resources.all import build_resources
from sensors.all import SENSORS
from videogen_dagster.jobs.briefings import BRIEFING_JOBS
from videogen_dagster.jobs.emergency import EMERGENCY_JOBS
from videogen_dagster.jobs.feedback import FEEDBACK_JOBS, FEEDBACK_SCHEDULES
from videogen_dagster.jobs.outlets import deliver_releases
from videogen_dagster.jobs.schedules import clean_up_daily, monitoring_daily, nightly
from videogen_dagster.jobs.videos import clean_up, generate_video, monitoring_rollup, publish_video, submit_video
from videogen_dagster.loggers import console


def build_defs(*, resource_overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """Fresh definitions.

    Args:
        resource_overrides: resources by key that replace the usual ones, ``{"settings": SettingsResource(…)}``.
    """
    return dg.Definitions(
        assets=[*ASSETS, *RELEASES, *EMERGENCY, *BRIEFING, *MONITORING, *FEEDBACK],
        asset_checks=CHECKS,
        jobs=[
            generate_video,
            publish_video,
            submit_video,
            *EMERGENCY_JOBS,
            *BRIEFING_JOBS,
            deliver_releases,
            monitoring_rollup,
            *FEEDBACK_JOBS,
            clean_up,
        ],
        sensors=SENSORS,
        schedules=[nightly, monitoring_daily, *FEEDBACK_SCHEDULES, clean_up_daily],
        # Also for what is materialised by hand in the UI: models are loaded once for all stages of a run.
        executor=dg.in_process_executor,
        loggers={"console": console},
        resources={**build_resources(resource_overrides), "mem_io_manager": dg.mem_io_manager},
    )


defs = build_defs()
