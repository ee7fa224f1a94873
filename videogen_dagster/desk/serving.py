"""Serves the desk on this machine only; a reverse proxy with TLS may stand before it."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from videogen.errors import InputError
from videogen_dagster.desk.app import DeskApplication
from videogen_dagster.desk.desk import Desk
from videogen_dagster.output import say
from videogen_dagster.ui.guard import Origins

if TYPE_CHECKING:
    from videogen_dagster.project import Project

_LAST_WORDS = 5
_MOST_AT_ONCE = 400
_BEFORE_OTHERS = -5


def serve(project: Project, port: int) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        InputError: the port is taken.
        ConfigError: log-in by proxy is asked for, and the secret is missing; or by oidc, and its package.
    """
    import uvicorn

    base = project.config.desk.base_url
    door = _listening(port)
    desk = Desk(project, port=port)
    try:
        _announce(desk, port, base)
        desk.indexer.start()
        threading.Thread(target=desk.warm_up, name="warm-up", daemon=True).start()
        allowed = Origins.of(port, (base,) if base else ())
        app = DeskApplication(desk, allowed, secure=base.startswith("https://")).asgi
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, proxy_headers=False,
            limit_concurrency=_MOST_AT_ONCE, timeout_graceful_shutdown=_LAST_WORDS,
        )  # fmt: skip
        # Beside a generation that takes all cores, pages should still come at once. Only root may ask for that.
        with suppress(PermissionError, OSError):
            os.nice(_BEFORE_OTHERS)
        uvicorn.Server(config).run(sockets=[door])
    finally:
        desk.close()
        door.close()


def _announce(desk: Desk, port: int, base: str) -> None:
    say(f"the review desk is at {base or f'http://127.0.0.1:{port}'}; Ctrl-C ends it")
    if desk.proxy is not None:
        say(f"people log in at the reverse proxy, which names them in {desk.config.desk.proxy_header}")
    if desk.oidc is not None:
        say(f"people log in at {desk.config.desk.oidc_issuer}, which leads back to {desk.address}/login/done")
    if desk.first_user.code is not None:
        say(f"nobody can log in yet. One-time code for the first user: {desk.first_user.code}")


def _listening(port: int) -> socket.socket:
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind(("127.0.0.1", port))
    except OSError as error:
        door.close()
        raise InputError(
            f"port {port} cannot be used: {error.strerror or error}",
            remedy="take another one, --port 3021, or end what uses it",
        ) from error
    return door
