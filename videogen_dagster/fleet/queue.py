"""The Celery application that carries runs to workers, and which queue a run waits in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import dagster as dg

from resources.dagster_internals import WITHOUT_A_JOB
from resources.jobs_and_tags import LANE_TAG, QUEUE_TAG, Job
from videogen.errors import ConfigError
from videogen.fleet.beats import FleetBoard
from videogen.fleet.queues import STEPS, Queue, queue_named

if TYPE_CHECKING:
    from celery import Celery

TASK: Final = "videogen.run"
GIVEN_TAG: Final = "dagster-celery/queue"
"""The tag by which dagster-celery lets people choose a queue; it is honoured."""
_GPU_JOBS = frozenset({str(Job.GENERATE), WITHOUT_A_JOB})
"""The jobs that load a model; what is materialised by hand may."""
_EMERGENCY_JOBS = frozenset({str(Job.ALERT), "submit_alert"})
# Longer than any run: Redis would deliver a message again that was not acknowledged for so long.
_VISIBILITY = 7 * 24 * 3600


def fleet_app(url: str) -> Celery:
    """The application, the same for the launcher and for workers.

    Messages are JSON, acknowledged when they are taken (Dagster tries again, not Celery), and never taken ahead: a run
    must not wait for a busy worker while another one is idle.
    """
    from celery import Celery
    from kombu import Queue as Channel

    app = Celery("videogen", broker=url)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=False,
        task_queues=[Channel(str(queue)) for queue in Queue],
        task_default_queue=str(Queue.CPU),
        task_create_missing_queues=False,
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=True,
        # A process a run: what a model has left in memory goes with it.
        worker_max_tasks_per_child=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "priority_steps": list(STEPS),
            "queue_order_strategy": "priority",
            "visibility_timeout": _VISIBILITY,
        },
    )
    return app


def queue_of(run: dg.DagsterRun) -> Queue:
    """The queue that a run belongs to: the one that it asks for, or that of its job.

    Raises:
        ConfigError: it asks for one that does not exist.
    """
    if (given := run.tags.get(GIVEN_TAG)) is not None:
        return queue_named(given)
    if run.job_name in _EMERGENCY_JOBS or run.tags.get(LANE_TAG) == "emergency":
        return Queue.EMERGENCY
    return Queue.GPU if run.job_name in _GPU_JOBS else Queue.CPU


def is_of_the_fleet(run: dg.DagsterRun) -> bool:
    """Whether the run was queued for a worker, and not executed by a command in its own process."""
    return QUEUE_TAG in run.tags


def check_queue(url: str) -> None:
    """Ask Redis for the time.

    Raises:
        ConfigError: the package or the address is missing. StorageError: it does not answer, or refuses.
    """
    try:
        import celery  # noqa: F401
        import redis  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            f"the package {error.name} is not installed", remedy="pip install 'pib-videogen[fleet]'"
        ) from error
    board = FleetBoard(url)
    try:
        board.clock_offset()
    finally:
        board.close()
