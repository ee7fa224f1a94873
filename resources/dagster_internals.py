"""Everything that this project uses of Dagster beyond its public interface, and nothing else does.

Dagster is pinned to 1.13. Each function has a canary in tests/resources/test_dagster_internals.py: if an upgrade breaks
one, that test fails and names it. Each says which public interface would replace it.
"""

from __future__ import annotations

import copy
from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult as CheckRunHealthResult
from dagster._core.launcher import LaunchRunContext as LaunchRunContext
from dagster._core.launcher import WorkerStatus as WorkerStatus
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.run_coordinator.queued_run_coordinator import RunQueueConfig as RunQueueConfig
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

if TYPE_CHECKING:
    import sqlalchemy

WITHOUT_A_JOB: Final = "__ASSET_JOB"
"""Dagster's name for the job of backfills and of stages that are materialised by hand."""
_LOCATION, _REPOSITORY = "videogen", "__repository__"
"""Names in workspace.yaml and, where a module has one `Definitions`, of Dagster's repository."""
LOCATION_TAGS: Final = {".dagster/repository": f"{_REPOSITORY}@{_LOCATION}"}
"""Lists a run of this process among those of its job in the UI, as if the code location of workspace.yaml had started
it. Dagster sets this tag itself for runs that it launches."""
DAEMON_MODULE: Final = "dagster._daemon"
"""What `dagster-daemon` runs; started as a module, so that it is the environment's own."""


def of_the_code_location(instance: dg.DagsterInstance, job: str) -> dg.DagsterInstance:
    """The same instance, whose new runs of `job` name the code location of workspace.yaml as their origin.

    The timeline of the UI leaves out runs without an origin, and Dagster gives one only to runs that its webserver or
    daemon creates. `execute_in_process` would need a parameter for it.
    """
    target = LoadableTargetOrigin(module_name="videogen_dagster.definitions", working_directory=".")
    repository = RemoteRepositoryOrigin(ManagedGrpcPythonEnvCodeLocationOrigin(target, _LOCATION), _REPOSITORY)
    made = copy.copy(instance)
    origin = RemoteJobOrigin(repository, job)
    made.create_run_for_job = partial(instance.create_run_for_job, remote_job_origin=origin)  # type: ignore[method-assign]
    return made


def add_partition_metadata(context: dg.OutputContext, key: str, metadata: dict[str, Any]) -> None:
    """`add_asset_metadata` for one partition, without its check that the key belongs to the run.

    For that check Dagster reads all partitions that there are from its database, once for every video.
    """
    step = context.step_context
    step._metadata_accumulator = step._metadata_accumulator.with_additional_asset_metadata(
        asset_key=context.asset_key, metadata=metadata, partition_key=key
    )


def report_only(context: dg.OutputContext, keys: Collection[str]) -> None:
    """Let Dagster report the asset as materialised for these partitions only.

    Dagster reports every partition of the run's range and offers no way to leave one out, although some may have
    failed; `OutputContext.asset_partition_keys` is where it looks them up.
    """
    if set(keys) != set(context.asset_partition_keys):
        subset = context.asset_partitions_def.empty_subset().with_partition_keys(keys)
        context._asset_partitions_subset = subset


def selected_assets(step: Any) -> list[str]:
    """Names of the assets that the run of this step makes."""
    return [key.path[-1] for key in step.job_def.asset_layer.selected_asset_keys]


def is_last(step: Any, assets: Collection[dg.AssetKey]) -> bool:
    """Whether no selected asset of the step's run builds on one of `assets`."""
    layer = step.job_def.asset_layer
    children = {child for asset in assets for child in layer.asset_graph.get(asset).child_keys}
    return not children & set(layer.selected_asset_keys)


def free_slots_of_run(instance: dg.DagsterInstance, run_id: str) -> None:
    """Give back the places in pools of a run whose process died."""
    instance.event_log_storage.free_concurrency_slots_for_run(run_id)


def give_back_slots(instance: dg.DagsterInstance, run_id: str, step: str) -> list[str]:
    """Free the places in pools that a running step holds; returns the names of those pools.

    A step has no public way to leave its pool while it waits.
    """
    storage = _pools(instance)
    if storage is None:
        return []
    held = [pool for pool in sorted(storage.get_concurrency_keys()) if _holds(storage, pool, run_id, step)]
    if held:
        storage.free_concurrency_slot_for_step(run_id, step)
    return held


def claim_slot(instance: dg.DagsterInstance, pool: str, run_id: str, step: str, priority: int) -> bool:
    """Ask for a place in a pool; whether the step has it now."""
    claimed: bool = instance.event_log_storage.claim_concurrency_slot(pool, run_id, step, priority).is_claimed
    return claimed


def _holds(storage: Any, pool: str, run_id: str, step: str) -> bool:
    slots = storage.get_concurrency_info(pool).claimed_slots
    return any(slot.run_id == run_id and slot.step_key == step for slot in slots)


@dataclass(frozen=True)
class PoolUsage:
    """Places of a pool, steps that hold one, and steps that wait for one."""

    places: int
    running: int
    waiting: int


def pool_usage(instance: dg.DagsterInstance, pool: str) -> PoolUsage:
    """How full a pool is. Only Dagster's pages show it otherwise."""
    storage = _pools(instance)
    if storage is None:
        return PoolUsage(0, 0, 0)
    info = storage.get_concurrency_info(pool)
    places = info.slot_count or info.limit or 0
    return PoolUsage(places, len(info.claimed_slots), info.pending_step_count)


def set_pool_places(instance: dg.DagsterInstance, pool: str, places: int) -> None:
    """How many steps of a pool may run at once, as `dagster instance concurrency set` does it."""
    if _pools(instance) is not None:
        instance.event_log_storage.set_concurrency_slots(pool, places)


def execute_here(instance: dg.DagsterInstance, run_id: str) -> None:
    """Execute a run that was launched, in this process, as `dagster api execute_run` does in one of its own.

    How it ends is in the run. Public commands start another process, which loads everything again.
    """
    from dagster._cli.api import _execute_run_command_body

    _execute_run_command_body(run_id, instance, lambda event: None, set_exit_code_on_failure=False)


def schema_is_current(instance: dg.DagsterInstance) -> bool:
    """Whether the tables are those of this version of Dagster; `DagsterInstance.upgrade` changes them."""
    found = instance.run_storage.alembic_version()
    return found is None or found[0] == found[1]


def daemon_heartbeats(instance: dg.DagsterInstance) -> dict[str, float]:
    """When each daemon last gave a sign of life, seconds since the epoch, by its type.

    `instance.get_daemon_statuses` calls a daemon healthy for half an hour after its last one.
    """
    return {kind: beat.timestamp for kind, beat in instance.get_daemon_heartbeats().items()}


def died(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Whether a failed run ended without an error of its own: its process was killed, or never came up."""
    steps = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.STEP_FAILURE, limit=1).records
    ends = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.RUN_FAILURE, limit=1).records
    if steps or not ends:
        return False
    event = ends[0].event_log_entry.dagster_event
    data = None if event is None else event.event_specific_data
    return getattr(data, "error", None) is None


def keep_sqlite_engines() -> None:
    """Let Dagster's SQLite storages of this process, and of those it forks, make one engine for each database file.

    They make one for every connection, and each compiles every statement again: an eighth of the processor time of a
    small video. Connections are opened and closed as before. An engine kept by Dagster's own storage would replace it.
    """
    from dagster._core.storage.event_log.sqlite import sqlite_event_log
    from dagster._core.storage.runs.sqlite import sqlite_run_storage
    from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage

    for storage in (sqlite_event_log, sqlite_run_storage, sqlite_schedule_storage):
        storage.create_engine = _engine  # type: ignore[attr-defined]


def _engine(address: str, poolclass: type, connect_args: dict[str, Any] | None = None) -> sqlalchemy.Engine:
    return _kept_engine(address, poolclass, tuple((connect_args or {}).items()))


@lru_cache(maxsize=100)
def _kept_engine(address: str, poolclass: Any, connect_args: tuple[tuple[str, Any], ...]) -> sqlalchemy.Engine:
    import sqlalchemy

    return sqlalchemy.create_engine(address, poolclass=poolclass, connect_args=dict(connect_args))


def _pools(instance: dg.DagsterInstance) -> Any | None:
    storage = instance.event_log_storage
    return storage if storage.supports_global_concurrency_limits else None


def workspace_process(
    instance: dg.DagsterInstance, workspace: Path, *, version: str, read_only: bool
) -> AbstractContextManager[Any]:
    """The code locations of a workspace file as the webserver sees them, from `dagster_webserver.cli`.

    Dagster offers its pages as a command only; serving them behind a guard of our own needs the parts of that command.
    """
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import WorkspaceFileTarget

    return WorkspaceProcessContext(
        instance=instance,
        version=version,
        read_only=read_only,
        workspace_load_target=WorkspaceFileTarget([str(workspace)]),
    )
