"""A worker: takes runs from one queue, each into a process of its own, and says what it works on.

`python -m videogen_dagster.fleet.worker QUEUE PLACES`, started by `videogen worker`. The parent takes messages and
beats; a child, forked with everything imported, makes one run and ends.

- A parent that cannot reach the queue ends its children before others may begin their runs.
- A child dies with its parent.
- A child of another version than the daemon refuses its run, and a parent ends; both name the two versions.
"""

from __future__ import annotations

import ctypes
import logging
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psutil

from videogen.errors import ConfigError, VideogenError
from videogen.fleet.beats import Beat, FleetBoard
from videogen.fleet.presence import Patience
from videogen.fleet.queues import Queue, queue_named
from videogen.fleet.software import software_version
from videogen.runtime.machine import machine
from videogen_dagster.fleet.queue import TASK, fleet_app

_log = logging.getLogger(__name__)
_PR_SET_PDEATHSIG = 1
_FACTS_EVERY = 60.0
_REFUSED = 2
_CARDS = "CUDA_VISIBLE_DEVICES"
_PATIENT = {"AWS_RETRY_MODE": "standard", "AWS_MAX_ATTEMPTS": "12"}
"""For the S3 client: a store that is restarted, two minutes long, must not fail the videos that are being made."""


class OtherSoftwareError(ConfigError):
    """A machine has other software than the daemon."""

    def __init__(self, mine: str, theirs: str) -> None:
        super().__init__(
            f"this machine ({machine()}) has the software {mine}, and the daemon {theirs}",
            remedy="install the same version on both, then start the workers again",
        )


def check_version(mine: str, theirs: str | None) -> None:
    """Refuse other software than the daemon's; None: no daemon is there.

    Raises:
        OtherSoftwareError: with both versions.
    """
    if theirs is not None and theirs != mine:
        raise OtherSoftwareError(mine, theirs)


class Heart:
    """Beats in a thread, and ends the runs of this worker when it can no longer be heard.

    Args:
        board: the beats of all workers.
        name: of this start of the worker.
        queue: that it takes runs from.
        places: how many at once.
        patience: how often it beats, and when it gives up its runs.
        end: ends the runs of this worker, and is told why; None: `end_children`.
    """

    def __init__(
        self,
        board: FleetBoard,
        name: str,
        queue: Queue,
        places: int,
        patience: Patience,
        end: Callable[[str], None] | None = None,
    ) -> None:
        self._board, self._name, self._queue, self._places = board, name, queue, places
        self._patience, self._end = patience, end or end_children
        self._heard = time.monotonic()
        self._looked: tuple[float, Any] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="heart", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Take leave."""
        self._stop.set()
        self._thread.join()
        with suppress(VideogenError):
            self._board.remove(self._name)

    def beat(self) -> None:
        """One beat, or, where the queue has been silent for too long, the end of the runs.

        Raises:
            OtherSoftwareError: the daemon has other software.
        """
        try:
            check_version(software_version(), self._board.version())
            self._board.put(self._now(), self._patience.counts)
            self._heard = time.monotonic()
        except OtherSoftwareError:
            raise
        except VideogenError as error:
            silent = time.monotonic() - self._heard
            _log.warning("%s; silent for %.0f s", error, silent)
            if silent > self._patience.fence:
                self._end("the queue cannot be reached, and others may begin this run")

    def _beat_on(self) -> None:
        while not self._stop.wait(self._patience.every):
            try:
                self.beat()
            except OtherSoftwareError as error:
                _log.error("%s", error)
                self._end("the daemon has other software")
                os._exit(_REFUSED)

    def _now(self) -> Beat:
        return Beat(
            worker=self._name,
            machine=machine(),
            queue=self._queue,
            places=self._places,
            runs=tuple(sorted(runs_taken())),
            version=software_version(),
            pid=os.getpid(),
            about=self._about(),
        )

    def _about(self) -> Any:
        now = time.monotonic()
        if self._looked is None or now - self._looked[0] > _FACTS_EVERY:
            from videogen_dagster.fleet.facts import about_this_machine

            self._looked = (now, about_this_machine(self._board))
        return self._looked[1]


def runs_taken() -> list[str]:
    """Ids of the runs that this worker has taken and not finished: each message has the id of its run."""
    from celery.worker import state

    while True:
        # Other threads change the set.
        with suppress(RuntimeError):
            return [str(request.id) for request in list(state.reserved_requests)]


def end_children(why: str) -> None:
    """Kill the processes that make runs; the runs go on elsewhere, from what was finished."""
    for child in psutil.Process().children(recursive=True):
        if runs_taken():
            _log.error("process %d is ended: %s", child.pid, why)
        with suppress(psutil.Error):
            child.kill()


def execute(run_id: str, launched_by: str) -> None:
    """Make one run in this process. One that somebody else has begun is left alone: a message may come twice."""
    import dagster as dg

    from resources.dagster_internals import execute_here
    from videogen_dagster.home import project_instance

    with project_instance() as instance:
        run = instance.get_run_by_id(run_id)
        if run is None or run.status not in (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.NOT_STARTED):
            return
        try:
            check_version(software_version(), launched_by)
        except ConfigError as error:
            instance.report_run_failed(run, str(error))
            return
        execute_here(instance, run_id)


def work(queue: Queue, places: int) -> None:
    """Take runs until SIGTERM; what is under way then goes on elsewhere.

    Raises:
        ConfigError: other software than the daemon's, or a variable is missing.
        StorageError: the database, the store or the queue cannot be used.
    """
    from celery import signals

    from videogen.fleet.addresses import QUEUE_VARIABLE, address

    for name, value in _PATIENT.items():
        os.environ.setdefault(name, value)
    url = address(QUEUE_VARIABLE)
    board = FleetBoard(url)
    check_version(software_version(), board.version())
    import videogen_dagster.definitions  # noqa: F401  # loaded once, before the children are forked
    from videogen_dagster.fleet.facts import check_shared_places
    from videogen_dagster.fleet.preload import preload
    from videogen_dagster.home import project_instance

    preload(queue)
    with project_instance() as instance:
        check_shared_places(instance)
        patience = Patience(getattr(instance.run_launcher, "patience", Patience(30.0)).lost)
    app = fleet_app(url)
    app.task(name=TASK)(execute)
    name = f"{queue}-{secrets.token_hex(3)}@{machine()}"
    heart = Heart(board, name, queue, places, patience)
    heart.beat()
    signals.worker_ready.connect(lambda **_: heart.start(), weak=False)
    signals.worker_shutting_down.connect(lambda **_: end_children("this worker is stopped"), weak=False)
    signals.worker_process_init.connect(lambda **_: _become_a_child(places), weak=False)
    try:
        app.worker_main(
            [
                *("worker", "--loglevel", "WARNING", "--pool", "prefork", "--concurrency", str(places)),
                *("--queues", str(queue), "--hostname", name, "--without-gossip", "--without-mingle"),
            ]
        )
    finally:
        heart.stop()
        board.close()


def _become_a_child(places: int) -> None:
    """A child dies with its parent, is not told when the parent's session is, and sees one accelerator of several."""
    from billiard.process import current_process

    os.setsid()
    # Dagster takes it for the end of the run by a person's decision; billiard ignores it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    cards = [card for card in os.environ.get(_CARDS, "").split(",") if card]
    if places > 1 and len(cards) >= places:
        os.environ[_CARDS] = cards[current_process().index % places]


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    try:
        work(queue_named(sys.argv[1]), int(sys.argv[2]))
    except VideogenError as error:
        _log.error("%s", error)
        sys.exit(error.exit_code)
