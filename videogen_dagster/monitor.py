"""The process `videogen monitor`: the exporter in a thread, its pages on 127.0.0.1."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import dagster as dg
import uvicorn

from resources.runs.observation import DagsterSurroundings, dagster_checks, sources
from videogen.config.config import VideoGenConfig
from videogen.errors import InputError
from videogen.monitoring.exporter import Exporter
from videogen.monitoring.health import system_health
from videogen.monitoring.logs import configure_logging
from videogen.monitoring.page import monitor_app
from videogen.monitoring.tracing import tracer_for

ADDRESS = "127.0.0.1"
_log = logging.getLogger(__name__)


def open_door(port: int) -> socket.socket:
    """The port, bound and listening.

    Raises:
        InputError: something else listens there.
    """
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((ADDRESS, port))
        door.listen(64)
    except OSError as error:
        door.close()
        raise InputError(
            f"port {port} cannot be used: {error.strerror or error}",
            remedy="end what uses it, or set monitoring.port to another one",
        ) from error
    return door


def serve(config: VideoGenConfig, instance: dg.DagsterInstance, door: socket.socket) -> None:
    """Collect, evaluate, tell and serve until SIGTERM or Ctrl-C.

    Raises:
        ConfigError: the alert rules are not valid.
        StorageError: the folder cannot be written, or another monitor works on it.
    """
    configure_logging(config.monitoring.log_format)
    tracer = tracer_for(config.monitoring.traces_url)
    exporter = Exporter(
        config,
        sources(config, instance, tracer.of_runs),
        tracer=tracer,
        surroundings=DagsterSurroundings(config, instance),
    )
    stop = threading.Event()
    worker = threading.Thread(target=_guarded, args=(partial(exporter.run, stop), stop), name="rounds", daemon=True)
    port = door.getsockname()[1]
    hosts = frozenset(f"{name}:{port}" for name in (ADDRESS, "localhost"))
    checks = dagster_checks(instance)
    app = monitor_app(exporter, lambda: system_health(config, checks), hosts)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))
    worker.start()
    _log.info("metrics, alerts and panels: http://%s:%s", ADDRESS, port)
    watcher = threading.Thread(target=_end_with, args=(stop, server), daemon=True)
    watcher.start()
    with suppress(KeyboardInterrupt):
        server.run(sockets=[door])
    stop.set()
    worker.join(timeout=30)
    tracer.close()


def _guarded(work: Callable[[], Any], stop: threading.Event) -> None:
    """A fault of the rounds ends the process: whoever started it starts it again, and a dead one shows itself."""
    try:
        work()
    except Exception:
        _log.exception("the monitor ends: a round failed")
    finally:
        stop.set()


def _end_with(stop: threading.Event, server: uvicorn.Server) -> None:
    stop.wait()
    server.should_exit = True
