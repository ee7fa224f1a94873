"""Jobs of the emergency road, apart from the others: they load without anything that only other videos need."""

# No "from __future__ import annotations": Dagster reads the annotations of configs when the op is made.

from typing import Any

import dagster as dg
from pydantic import Field

from assets.emergency import emergency
from resources.jobs_and_tags import ALERT_PARTITIONS, LANE_TAG, MAX_RETRIES_TAG, MAX_RUNTIME_TAG, PRIORITY_TAG, Job
from resources.runs.failures import as_dagster, stage_failure
from resources.storage import StorageResource
from videogen.domain.priorities import EMERGENCY
from videogen.emergency.alerts.state import CANCEL_RANK
from videogen.errors import VideogenError
from videogen.release.override import publisher_name

MAX_SECONDS = 1800

emergency_video = dg.define_asset_job(
    Job.ALERT.value,
    selection=dg.AssetSelection.assets(emergency) | dg.AssetSelection.checks_for_assets(emergency),
    executor_def=dg.in_process_executor,
    tags={
        MAX_RUNTIME_TAG: str(MAX_SECONDS),
        PRIORITY_TAG: str(EMERGENCY),
        # Not tried again by Dagster: the sensor `alerts` asks for another run where an alert is unfinished.
        MAX_RETRIES_TAG: "0",
        # Limited in dagster.yaml, to a place that nothing else takes.
        LANE_TAG: "emergency",
    },
    description="Alerts to published videos, most urgent first, in the pool `emergency`, which nothing else uses.",
)


class AlertConfig(dg.Config):
    """The short form of an alert, as it is typed into the Launchpad."""

    operator: str = Field(description="your name: it stands in the record of the alert")
    headline: str = Field(description="what happens, in one line")
    area: str = Field(description="where, in words")
    instruction: str = Field(description="what people should do; one step a line")
    sender: str = Field(default="", description="who warns; empty: emergency.alert_sender")
    description: str | None = Field(default=None)
    event: str | None = Field(default=None, description="kind of hazard, e.g. Flood; none: the headline")
    category: str = Field(default="Other", description="Geo, Met, Safety, Security, Rescue, Fire, Health, Env …")
    severity: str = Field(default="Unknown", description="Extreme, Severe, Moderate, Minor")
    urgency: str = Field(default="Unknown", description="Immediate, Expected, Future, Past")
    certainty: str = Field(default="Unknown", description="Observed, Likely, Possible, Unlikely")
    language: str = Field(default="en", description="language tag of the texts")
    onset: str | None = Field(default=None, description="when the hazard begins, 2026-11-22T14:00:00+00:00")
    expires: str | None = Field(default=None, description="until when; none: emergency.alert_lifetime_hours from now")
    polygon: str | None = Field(default=None, description="latitude,longitude pairs, the first one again at the end")
    circle: str | None = Field(default=None, description="latitude,longitude radius in km")
    web: str | None = Field(default=None)
    contact: str | None = Field(default=None)
    status: str = Field(default="Actual", description="Actual, or Exercise or Test: published with a watermark")

    def fields_given(self) -> dict[str, Any]:
        """What was filled in."""
        return {name: value for name, value in self.model_dump(exclude={"operator"}).items() if value is not None}


@dg.op(out=dg.Out(str, io_manager_key="mem_io_manager", description="key of the alert"))
def take_alert(context: dg.OpExecutionContext, config: AlertConfig, storage: StorageResource) -> dg.Output[str]:
    """Take the alert and give it its partition; the sensor `alerts` then starts its run."""
    rehearsal = config.status != "Actual"
    try:
        origin = f"launchpad, {publisher_name(config.operator)}"
        registered = storage.intake.take_form(config.fields_given(), origin=origin, rehearsal=rehearsal)
    except VideogenError as error:
        raise as_dagster({"alert": stage_failure(error, "alert", "alert", context.run_id)}) from error
    context.instance.add_dynamic_partitions(ALERT_PARTITIONS, [registered.key])
    context.log.info(f"alert {registered.key} is taken; its video follows within seconds")
    return dg.Output(registered.key, metadata={"alert": registered.key, "headline": config.headline})


@dg.job(executor_def=dg.in_process_executor, tags={PRIORITY_TAG: str(EMERGENCY + CANCEL_RANK), MAX_RUNTIME_TAG: "600"})
def submit_alert() -> None:
    """Warn the public: fill in the config, launch, and find the alert's partition of `emergency_video`."""
    take_alert()


EMERGENCY_JOBS: list[Any] = [emergency_video, submit_alert]
