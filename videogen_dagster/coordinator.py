"""The run queue of dagster.yaml: what is launched without a job gets the tags of the job that it belongs to.

Where runs go to workers (`videogen_dagster.fleet.launcher`), each gets its queue as well, and no more are launched than
workers take at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from resources.dagster_internals import WITHOUT_A_JOB, RunQueueConfig
from resources.jobs_and_tags import PRIORITY_TAG, QUEUE_TAG

if TYPE_CHECKING:
    from videogen_dagster.fleet.launcher import FleetRunLauncher


class RunCoordinator(dg.QueuedRunCoordinator):
    """Dagster's queue.

    Retries after a crash, place in the queue and longest run time are tags of the project's jobs; runs that Dagster
    launches on assets alone would go without, and a backfill of a night's work would be lost with its process.
    """

    def submit_run(self, context: dg.SubmitRunContext) -> dg.DagsterRun:
        """Queue a run; tags that whoever launched it has set stay.

        A run that repeats another one goes before those of equal priority: it has waited for its turn already, and
        would otherwise wait behind all that were asked for in the meantime.
        """
        run = context.dagster_run
        missing = {key: value for key, value in _tags_of_job(context).items() if key not in run.tags}
        if self._fleet is not None:
            from videogen_dagster.fleet.queue import queue_of

            missing[QUEUE_TAG] = str(queue_of(run.with_tags({**run.tags, **missing})))
        if run.parent_run_id is not None:
            missing[PRIORITY_TAG] = _one_above({**run.tags, **missing}.get(PRIORITY_TAG, "0"))
        if missing:
            self._instance.add_run_tags(run.run_id, missing)
        return super().submit_run(context)

    def get_run_queue_config(self) -> RunQueueConfig:
        """How many runs may be under way: what dagster.yaml says or, where runs go to workers, as many as these take.

        Dagster asks before each look at the queue.
        """
        stated = super().get_run_queue_config()
        if self._fleet is None:
            return stated
        total, limits = self._fleet.queue_limits(QUEUE_TAG)
        return stated._replace(max_concurrent_runs=total, tag_concurrency_limits=limits)

    @property
    def _fleet(self) -> FleetRunLauncher | None:
        launcher: Any = self._instance.run_launcher
        return launcher if hasattr(launcher, "queue_limits") else None


def _one_above(priority: str) -> str:
    try:
        return str(int(priority) + 1)
    except ValueError:
        return priority


def _tags_of_job(context: dg.SubmitRunContext) -> Mapping[str, str]:
    """Of the job with most of the run's assets, as the code location says."""
    run = context.dagster_run
    if run.job_name != WITHOUT_A_JOB or not run.asset_selection or run.remote_job_origin is None:
        return {}
    origin = run.remote_job_origin.repository_origin
    location = context.workspace.get_code_location(origin.code_location_origin.location_name)
    repository = location.get_repository(origin.repository_name)
    graph = repository.asset_graph
    jobs = Counter(
        name
        for key in sorted(run.asset_selection)
        for name in graph.get_materialization_job_names(key)
        if name != WITHOUT_A_JOB
    )
    return repository.get_full_job(jobs.most_common(1)[0][0]).run_tags if jobs else {}
