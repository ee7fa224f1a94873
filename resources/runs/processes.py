"""Records which process works on a run, to recognise runs whose process was killed."""

from __future__ import annotations

import dagster as dg
import psutil

from resources.dagster_internals import free_slots_of_run
from resources.jobs_and_tags import PROCESS_TAG, WORKER_TAG, tagged
from videogen.runtime.machine import machine

_BEGUN = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def this_process() -> str:
    """Machine, number and moment of creation of this process."""
    process = psutil.Process()
    return f"{machine()}:{process.pid}:{process.create_time():.2f}"


def in_this_process(run_id: str) -> str:
    """The value of a tag which says that this process works on a run. A retry inherits it, and it is not about that."""
    return f"{run_id}@{this_process()}"


def is_alive(tag: str) -> bool:
    """Return whether the process of a tag is alive; those of other machines count as alive."""
    host, pid, created = tag.rsplit(":", 2)
    if host != machine():
        return True
    try:
        process = psutil.Process(int(pid))
        # One that was killed stays in the table until its parent asks how it ended.
        return f"{process.create_time():.2f}" == created and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def worker_process(tag: str | None) -> psutil.Process | None:
    """The process of a worker's tag, where it is one of this machine and alive."""
    _, _, process = (tag or "").partition("@")
    if not process or process.rsplit(":", 2)[0] != machine() or not is_alive(process):
        return None
    try:
        return psutil.Process(int(process.rsplit(":", 2)[1]))
    except psutil.NoSuchProcess:
        return None


def tag_worker(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Note in the run's tags that this process works on it."""
    instance.add_run_tags(run.run_id, {WORKER_TAG: in_this_process(run.run_id)})


def others_at_work(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether another run of the same job has begun and its process has not been killed."""
    begun = instance.get_runs(filters=dg.RunsFilter(job_name=run.job_name, statuses=_BEGUN))
    return any(not worker_has_died(other) for other in begun if other.run_id != run.run_id)


def process_of(run: dg.DagsterRun, name: str) -> str:
    """The process that the tag `name` of this run names; "" where there is none, or a retry has inherited it."""
    # Earlier versions named the process only.
    owner, _, process = (tagged(run.tags, name) or "").rpartition("@")
    return process if owner in ("", run.run_id) else ""


def worker_has_died(run: dg.DagsterRun) -> bool:
    """Whether the process that worked on the run was killed."""
    owner, _, process = (tagged(run.tags, WORKER_TAG) or "").partition("@")
    return owner == run.run_id and not is_alive(process)


def has_lost_its_caller(run: dg.DagsterRun) -> bool:
    """Whether whoever executed this run in its own process was killed."""
    process = process_of(run, PROCESS_TAG)
    return bool(process) and not is_alive(process)


def end_dead_workers(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs whose worker on this machine was killed as failed, and free what they held; returns their ids.

    Dagster notices a dead worker by itself only while the code server that started it lives.
    """
    ended = []
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=_BEGUN)):
        if worker_has_died(run):
            instance.report_run_failed(run, "the process of this run died; finished artifacts are kept")
            free_slots_of_run(instance, run.run_id)
            ended.append(run.run_id)
    return ended
