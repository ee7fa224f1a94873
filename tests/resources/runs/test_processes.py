"""Runs of killed processes are told from those that go on."""

from __future__ import annotations

import multiprocessing
import socket

import dagster as dg

from resources.jobs_and_tags import PROCESS_TAG, WORKER_TAG
from resources.runs.processes import end_dead_workers, is_alive, process_of, tag_worker, this_process


def _nothing() -> None:
    return


def a_dead_process() -> str:
    """The tag of a process that has ended: its number may be taken again, its moment of creation cannot."""
    ended = multiprocessing.get_context("fork").Process(target=_nothing)
    ended.start()
    ended.join(60)
    return f"{socket.gethostname()}:{ended.pid}:1.00"


def test_only_runs_of_dead_workers_are_ended() -> None:
    with dg.DagsterInstance.ephemeral() as instance:

        def begun(tag: str | None) -> str:
            run = dg.DagsterRun("emergency_video", status=dg.DagsterRunStatus.STARTED)
            instance.add_run(run)
            if tag is not None:
                instance.add_run_tags(run.run_id, {WORKER_TAG: f"{run.run_id}@{tag}"})
            return run.run_id

        dead = begun(a_dead_process())
        alive, unknown, elsewhere = begun(this_process()), begun(None), begun("another-machine:1:1.00")
        # A retry inherits the tag of the run that it repeats.
        retry = dg.DagsterRun("emergency_video", status=dg.DagsterRunStatus.STARTING)
        instance.add_run(retry)
        instance.add_run_tags(retry.run_id, {WORKER_TAG: f"{dead}@{a_dead_process()}"})
        assert end_dead_workers(instance) == [dead]
        status = {run.run_id: run.status for run in instance.get_runs()}
        assert status[dead] is dg.DagsterRunStatus.FAILURE
        assert all(status[run_id].name != "FAILURE" for run_id in (alive, unknown, elsewhere, retry.run_id))


def test_a_run_knows_its_worker() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.DagsterRun("emergency_video")
        instance.add_run(run)
        tag_worker(instance, run)
        found = instance.get_run_by_id(run.run_id)
        assert found is not None
        owner, _, process = found.tags[WORKER_TAG].partition("@")
        assert (owner, is_alive(process)) == (run.run_id, True)


def test_a_tag_that_a_retry_inherits_names_no_process_of_its_own() -> None:
    process = this_process()
    run = dg.DagsterRun("generate_video")
    own, earlier, inherited = (
        run.with_tags({PROCESS_TAG: value}) for value in (f"{run.run_id}@{process}", process, f"other@{process}")
    )
    assert [process_of(one, PROCESS_TAG) for one in (run, own, earlier, inherited)] == ["", process, process, ""]
