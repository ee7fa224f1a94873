"""The run launcher of a fleet: a run goes, whole, to a worker on some machine, and is missed when that is gone."""

from __future__ import annotations

import logging
import time
from typing import Any

import dagster as dg
from dagster_celery.launcher import CeleryRunLauncher

from resources.dagster_internals import CheckRunHealthResult, LaunchRunContext, WorkerStatus, set_pool_places
from resources.jobs_and_tags import PRIORITY_TAG, Pool
from videogen.errors import VideogenError
from videogen.fleet.beats import Beat, FleetBoard
from videogen.fleet.presence import Absences, Patience, limits, places, strangers
from videogen.fleet.queues import Queue, step_of
from videogen.fleet.software import software_version
from videogen_dagster.fleet.queue import TASK, fleet_app, is_of_the_fleet, queue_of

LOST_AFTER = 30.0
_LOOK_AGAIN = 1.0


class FleetRunLauncher(CeleryRunLauncher):
    """dagster-celery's launcher with the project's queues and a health check that asks for signs of life.

    The stock one believes a result that a dead machine can no longer change. Runs that commands execute in their own
    process are none of its business.
    """

    def __init__(self, lost_after_seconds: float = LOST_AFTER, **options: Any) -> None:
        super().__init__(**options)
        url = str(self.broker)
        self.celery = fleet_app(url)
        self.board = FleetBoard(url)
        self.patience = Patience(float(lost_after_seconds))
        self._absences = Absences(self.patience)
        self._seen: tuple[float, list[Beat]] | None = None
        self._told: set[str] = set()
        self._devices = 0

    @classmethod
    def config_type(cls) -> Any:
        """The fields of dagster.yaml: those of dagster-celery, and how long a worker may be silent."""
        field = dg.Field(float, is_required=False, default_value=LOST_AFTER, description="seconds, see production.md")
        stock: Any = CeleryRunLauncher.config_type()
        return {**stock, "lost_after_seconds": field}

    @property
    def supports_resume_run(self) -> bool:
        """A run that lost its worker is repeated as a new one, from the artifacts and checkpoints that it left."""
        return False

    def launch_run(self, context: LaunchRunContext) -> None:
        """Put the run into its queue.

        Raises:
            ConfigError: it asks for a queue that does not exist. StorageError: the queue does not answer.
        """
        run = context.dagster_run
        queue = queue_of(run)
        # The id of the run is that of its message: it is known before anybody can have taken it.
        self.celery.send_task(
            TASK,
            args=[run.run_id, software_version()],
            task_id=run.run_id,
            queue=str(queue),
            priority=step_of(int(run.tags.get(PRIORITY_TAG, "0"))),
        )
        self._instance.report_engine_event(f"The run waits for a worker of the queue {queue}.", run, cls=type(self))

    def terminate(self, run_id: str) -> bool:
        """End a run: tell its worker, or take it out of the queue."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished or not is_of_the_fleet(run):
            return False
        self._instance.report_run_canceling(run)
        self.celery.control.revoke(run_id, terminate=True, signal="SIGINT")
        if run.status is dg.DagsterRunStatus.STARTING and run_id not in self.at_work():
            self._instance.report_run_canceled(run, "it was taken out of the queue")
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Whether some worker says that it works on the run; a queue that does not answer says nothing."""
        if not is_of_the_fleet(run):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        try:
            at_work = self.at_work()
        except VideogenError as error:
            self._absences.forget()
            return CheckRunHealthResult(WorkerStatus.RUNNING, str(error))
        if not self._absences.is_lost(run.run_id, at_work, time.monotonic()):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(
            WorkerStatus.FAILED, f"no worker has worked on it for {self.patience.lost:.0f} s; what it finished is kept"
        )

    def get_run_worker_debug_info(self, run: dg.DagsterRun, include_container_logs: bool | None = True) -> str | None:
        """Where the run was meant to go, and who is there."""
        try:
            there = ", ".join(f"{beat.worker} ({beat.queue})" for beat in self.beats()) or "no worker is there"
        except VideogenError as error:
            there = str(error)
        return f"queue {queue_of(run)}; {there}"

    def beats(self) -> list[Beat]:
        """The workers that are there, asked for at most once a second: Dagster asks for each run.

        Raises:
            StorageError: the queue does not answer.
        """
        now = time.monotonic()
        if self._seen is None or now - self._seen[0] > _LOOK_AGAIN:
            self._seen = (now, self.board.beats())
        return self._seen[1]

    def at_work(self) -> set[str]:
        """Ids of the runs that workers are working on."""
        return {run for beat in self.beats() for run in beat.runs}

    def queue_limits(self, tag: str) -> tuple[int, list[dict[str, object]]]:
        """How many runs may be under way, in all and by the value of `tag`; announces this software to the workers.

        Where the queue does not answer, nothing is launched: it would be lost.
        """
        version = software_version()
        try:
            self.board.announce(version)
            beats = self.beats()
        except VideogenError:
            found = dict.fromkeys(Queue, 0)
        else:
            self._tell_of_strangers(beats, version)
            found = places(beats, version)
        self._follow(found[Queue.GPU])
        return sum(found.values()), limits(found, tag)

    def _tell_of_strangers(self, beats: list[Beat], version: str) -> None:
        for beat in strangers(beats, version):
            if beat.worker not in self._told:
                self._told.add(beat.worker)
                logging.getLogger(__name__).error(
                    "the worker %s has the software %s and this daemon %s: it gets no runs until both are the same",
                    beat.worker,
                    beat.version,
                    version,
                )

    def _follow(self, devices: int) -> None:
        """Let as many steps at once onto accelerators as there are places for them."""
        if devices and devices != self._devices:
            set_pool_places(self._instance, Pool.GPU, devices)
            self._devices = devices
