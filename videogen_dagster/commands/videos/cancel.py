"""`videogen cancel`: ends what waits or runs, and keeps it from being started again."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import print_json, say, stdout_kept_clean

if TYPE_CHECKING:
    import dagster as dg

_PATIENCE = 30.0
"""Seconds that a run gets to end by itself; what it has finished is kept."""
_LOOK = 0.2


def cancel(
    context: typer.Context,
    video_id: Annotated[str, typer.Argument(help="Id of a request, see `videogen list`.", show_default=False)],
    whole_run: Annotated[
        bool, typer.Option("--whole-run", help="Also where the run makes other videos, which end with it.")
    ] = False,
    json: AsJson = False,
) -> None:
    """End a video that waits, is queued or is being made. Finished stages are kept; `videogen retry ID` goes on."""
    from videogen.errors import InputError
    from videogen.storage.cancellations import cancel as mark
    from videogen_dagster.home import home_errors, project_instance
    from videogen_dagster.lookup import latest_runs, summary

    home = project(context)
    request = home.requests.get(video_id)
    with stdout_kept_clean(), home_errors():
        runs = latest_runs()
        state = summary(home, request, runs)["state"]
        working = runs.get(video_id)
        run_id = working.run_id if working is not None and working.is_at_work else None
        if run_id is None and state not in ("waiting", "unfinished"):
            raise InputError(f"it is {state}: nothing of it waits or runs", video_id=video_id)
        others = [one for one, run in runs.items() if run_id and run.run_id == run_id and one != video_id]
        if others and not whole_run:
            raise InputError(
                f"run {run_id} makes {len(others)} more videos, which would end with it",
                remedy=f"videogen cancel {video_id} --whole-run",
                video_id=video_id,
            )
        # The mark comes first: nothing starts it again between the end of its run and a look of the daemon.
        for one in (video_id, *others):
            mark(home.requests, one)
        if run_id is not None:
            _end(project_instance(), run_id)
    if json:
        print_json({"video_id": video_id, "state": "cancelled", "run_id": run_id})
    else:
        say(f"{video_id} is cancelled; `videogen retry {video_id}` makes it after all")


def _end(instance: dg.DagsterInstance, run_id: str) -> None:
    """End a run wherever it is: in the queue, with the daemon, or in a process of the command line."""
    from resources.dagster_internals import free_slots_of_run
    from resources.jobs_and_tags import PROCESS_TAG, WORKER_TAG
    from resources.runs.processes import process_of

    run = instance.get_run_by_id(run_id)
    assert run is not None
    own = process_of(run, PROCESS_TAG)
    process = own or process_of(run, WORKER_TAG)
    if own:
        _signal(own, signal.SIGTERM)
    else:
        instance.run_coordinator.cancel_run(run_id)
    if not _ended_within(instance, run_id, process, _PATIENCE):
        # It does not listen, or nobody is there who could tell it.
        _signal(process, signal.SIGKILL)
    ended = instance.get_run_by_id(run_id)
    if ended is not None and not ended.is_finished:
        instance.report_run_canceled(ended)
        free_slots_of_run(instance, run_id)


def _ended_within(instance: dg.DagsterInstance, run_id: str, process: str, seconds: float) -> bool:
    """Whether the run ends in time; a process that has died cannot end it any more."""
    from resources.runs.processes import is_alive

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        # In this order: a process may write down the end of its run as the last thing that it does.
        dead = bool(process) and not is_alive(process)
        run = instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return True
        if dead:
            return False
        time.sleep(_LOOK)
    return False


def _signal(process: str, number: signal.Signals) -> None:
    """Send a signal to the process of a tag, if it lives on this machine and is not this very one."""
    from resources.runs.processes import is_alive
    from videogen.runtime.machine import machine

    if not process:
        return
    host, pid, _ = process.rsplit(":", 2)
    if host == machine() and is_alive(process) and int(pid) != os.getpid():
        with suppress(ProcessLookupError):
            os.kill(int(pid), number)
