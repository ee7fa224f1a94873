"""The code location: assets, checks, jobs, sensors, schedules and resources, put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from assets.all import ASSETS, CHECKS
from resources.all import build_resources
from sensors.all import SENSORS
from videogen_dagster.jobs import generate_video, submit_video
from videogen_dagster.schedules import nightly


def build_defs(*, resource_overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """Fresh definitions.

    Args:
        resource_overrides: resources by key that replace the usual ones, ``{"settings": SettingsResource(…)}``.
    """
    return dg.Definitions(
        assets=ASSETS,
        asset_checks=CHECKS,
        jobs=[generate_video, submit_video],
        sensors=SENSORS,
        schedules=[nightly],
        # Also for what is materialised by hand in the UI: models are loaded once for all stages of a run.
        executor=dg.in_process_executor,
        resources={**build_resources(resource_overrides), "mem_io_manager": dg.mem_io_manager},
    )


defs = build_defs()
