"""The job that brings feeds, webhooks and copies to the state of the published folder."""

# No "from __future__ import annotations": Dagster reads the annotations of ops when they are made.

import dagster as dg

from resources.jobs_and_tags import MAX_RUNTIME_TAG, PRIORITY_TAG, Job
from resources.runs.failures import as_dagster, stage_failure
from resources.storage import StorageResource
from videogen.errors import VideogenError


@dg.op(out=dg.Out(dg.Nothing), description="Feeds written, events told, copies made: what is due now")
def bring_outlets_up_to_date(context: dg.OpExecutionContext, storage: StorageResource) -> None:
    """Deliver what is due; what fails is tried again later, and is in the log and in `videogen deliveries`."""
    from videogen.release.outlets.outlets import Outlets

    try:
        outcome = Outlets(storage.settings.config).bring_up_to_date()
    except VideogenError as error:
        raise as_dagster({"outlets": stage_failure(error, "outlets", "outlets", context.run_id)}) from error
    for problem in outcome.problems:
        context.log.warning(problem)
    context.add_output_metadata({"delivered": outcome.sent, "waiting": outcome.open})


@dg.job(
    name=Job.DELIVER.value,
    executor_def=dg.in_process_executor,
    tags={PRIORITY_TAG: "20", MAX_RUNTIME_TAG: "1800"},
    description="Feeds, webhooks and copies of what was published; started by the sensor `outlets`.",
)
def deliver_releases() -> None:
    """One op: what is due is found in the published folder."""
    bring_outlets_up_to_date()
