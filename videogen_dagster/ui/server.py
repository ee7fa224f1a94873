"""The process that serves Dagster's pages: Dagster's own application, built as `dagster-webserver` builds it, guarded.

`python -m videogen_dagster.ui.server JSON`, started by `videogen ui` (see `ui_processes`).
"""

from __future__ import annotations

import logging
import socket
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import uvicorn
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__
from pydantic import BaseModel
from starlette.types import ASGIApp

from resources.dagster_internals import workspace_process
from resources.settings import SettingsResource
from resources.storage import StorageResource
from videogen_dagster.home import project_instance
from videogen_dagster.output import say
from videogen_dagster.ui.guard import Guard, Origins
from videogen_dagster.ui.media import Media
from videogen_dagster.ui.operations import MUTATIONS

_STATEMENT_TIMEOUT, _POOL_RECYCLE, _POOL_OVERFLOW = 15_000, 3600, 20
"""Milliseconds, seconds, connections: the defaults of dagster-webserver 1.13."""
_POLL_MILLISECONDS = 2000
_LAST_WORDS = 5


class Serving(BaseModel):
    """What is served and where.

    descriptor: of the listening socket, inherited. port: its port. workspace: a workspace.yaml. origins: where else the
    pages may be opened. read_only: nothing can be launched or switched.
    """

    descriptor: int
    port: int
    workspace: Path
    origins: tuple[str, ...] = ()
    read_only: bool = False


def guarded(context: Any, allowed: Origins) -> ASGIApp:
    """Dagster's application (context: of `workspace_process`) and the videos that it links to, behind the guard."""
    app = create_app_from_workspace_process_context(context, "", _POLL_MILLISECONDS)
    videos = StorageResource(settings=SettingsResource())
    return Guard(Media(app, videos), allowed, frozenset() if context.read_only else MUTATIONS)


def serve(serving: Serving, instance: dg.DagsterInstance) -> None:
    """Serve until SIGINT or SIGTERM; who is connected then has a few seconds."""
    instance.optimize_for_webserver(_STATEMENT_TIMEOUT, _POOL_RECYCLE, _POOL_OVERFLOW)
    with workspace_process(instance, serving.workspace, version=__version__, read_only=serving.read_only) as context:
        config = uvicorn.Config(
            guarded(context, Origins.of(serving.port, serving.origins)),
            log_level="warning",
            server_header=False,
            # What a client writes into X-Forwarded-For cannot be trusted.
            proxy_headers=False,
            timeout_graceful_shutdown=_LAST_WORDS,
        )
        say(f"Dagster's pages are at http://127.0.0.1:{serving.port}; Ctrl-C ends them")
        uvicorn.Server(config).run(sockets=[socket.socket(fileno=serving.descriptor)])


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s", level=logging.WARNING)
    serve(Serving.model_validate_json(sys.argv[1]), project_instance())
