"""The one place that executes a job in this process: what the command line and Python run is a run like any other.

Runs that the daemon starts get their tags from sensors and jobs; see `resources.jobs_and_tags`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from resources.dagster_internals import LOCATION_TAGS, of_the_code_location
from resources.jobs_and_tags import MAX_RETRIES_TAG, PRIORITY_TAG, PROCESS_TAG
from resources.runs.partitions import range_tags
from resources.runs.processes import in_this_process
from resources.settings_seal import seal
from videogen.config.config import VideoGenConfig
from videogen_dagster.home import home_errors

_QUIET = {"console": {"config": {"log_level": "CRITICAL"}}}


@home_errors()
def run(
    job: dg.JobDefinition,
    keys: Sequence[str],
    *,
    config: VideoGenConfig,
    instance: dg.DagsterInstance,
    priority: int,
    assets: Sequence[str] | None = None,
    ops: Mapping[str, Mapping[str, Any]] | None = None,
    tags: Mapping[str, str] | None = None,
) -> dg.ExecuteInProcessResult:
    """Execute `job` on neighbouring partitions and wait for it.

    Args:
        job: the job.
        config: the settings.
        instance: of Dagster.
        priority: of the run, as Dagster's queue reads it.
        keys: partitions that follow each other in the order in which they were added.
        assets: names of the assets to make; None: all of the job. Dagster stores plain strings only, no members of
            an enumeration.
        ops: config by name of the op.
        tags: further tags of the run.

    What fails inside of the run does not raise: see `resources.runs.failures.failures_of`.

    Raises:
        StorageError: Dagster's databases cannot be written, say on a full disk.
    """
    run_id = str(uuid.uuid4())
    overrides = config.model_dump(mode="json")
    sealed = seal(instance, job.name, range_tags(keys), overrides)
    selection = None if assets is None else [dg.AssetKey(str(name)) for name in assets]
    return job.execute_in_process(
        instance=of_the_code_location(instance, job.name),
        run_id=run_id,
        asset_selection=selection,
        run_config={
            "resources": {"settings": {"config": {"overrides": overrides, "seal": sealed}}},
            "ops": {name: {"config": dict(values)} for name, values in (ops or {}).items()},
            "loggers": _QUIET,
        },
        raise_on_error=False,
        tags={
            **LOCATION_TAGS,
            **range_tags(keys),
            PRIORITY_TAG: str(priority),
            PROCESS_TAG: in_this_process(run_id),
            # Its caller knows how it ended; the daemon must not go on with it behind its back.
            MAX_RETRIES_TAG: "0",
            **(tags or {}),
        },
    )
