"""`make ui` as a process, in a folder of its own, and the stock webserver on the same home for comparison."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import dagster as dg
import psutil

from tests.dagster_helpers import places
from tests.end_to_end.server import until
from tests.tiny_models import SETTINGS
from videogen.config.config import PROJECT_ROOT, VideoGenConfig

_PYTHON = (sys.executable, "-m")
# The environment counts as installed, whatever its age.
_MAKE = ("-o", ".venv/.installed", f"BIN={Path(sys.executable).parent}")
LOADED = "{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError { __typename } } } } }"


class Pages:
    """Code server, webserver and daemon of `videogen ui`, started by `make ui` in a group of its own."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder, self.port = folder, free_port()
        self.log = folder / "ui.log"
        self._config = folder / "config.yaml"
        self._config.write_text(
            VideoGenConfig.load(
                None, SETTINGS | places(folder) | {"monitoring.port": free_port()} | settings
            ).to_yaml(),
            encoding="utf-8",
        )
        self.environment = os.environ | {
            "DAGSTER_HOME": str(folder / "home"),
            "PYTHONPATH": str(PROJECT_ROOT),
            "VIDEOGEN_CONFIG": str(self._config),
        }
        self.process = self._start("make", *_MAKE, "ui", f"PORT={self.port}", ignoring_interrupts=True)
        self.stock: subprocess.Popen[bytes] | None = None
        self.wait(self.port)

    @property
    def instance(self) -> dg.DagsterInstance:
        return dg.DagsterInstance.from_config(str(self.folder / "home"))

    def wait(self, port: int) -> None:
        """Until the code location has been loaded."""

        def look() -> bool:
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            status, answer = self.post({"query": LOADED}, port=port)
            return status == 200 and "RepositoryLocation" in answer

        until(look, 180)

    def request(
        self, method: str, path: str, body: bytes = b"", port: int | None = None, **headers: str
    ) -> tuple[int, str]:
        """Status and body of a raw request; ``sec_fetch_site`` becomes ``sec-fetch-site``."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=60)
        try:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body or None, given)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()

    def post(self, call: Any, port: int | None = None, **headers: str) -> tuple[int, str]:
        """A GraphQL request as the pages send it."""
        given = {"content_type": "application/json"} | headers
        return self.request("POST", "/graphql", json.dumps(call).encode(), port, **given)

    def start_stock(self) -> int:
        """Dagster's own webserver beside it, on the same code server; its port."""
        port = free_port()
        daemon = until(lambda: self.child("dagster._daemon"))
        (workspace,) = (word for word in daemon.cmdline() if word.endswith("workspace.yaml"))
        self.stock = self._start(*_PYTHON, "dagster_webserver", "-h", "127.0.0.1", "-p", str(port), "-w", workspace)
        self.wait(port)
        return port

    def child(self, word: str) -> psutil.Process | None:
        """The process of `videogen ui` whose command line has this word."""
        for child in self.children():
            with suppress(psutil.Error):
                if word in child.cmdline():
                    return child
        return None

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self) -> None:
        if self.stock is not None:
            self.stock.terminate()
            self.stock.wait(timeout=60)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=90)

    def _start(self, *command: str, ignoring_interrupts: bool = False) -> subprocess.Popen[bytes]:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN) if ignoring_interrupts else None
        # Dagster gives SIGTERM what SIGINT does; started in the background, that is nothing, and make would inherit it.
        terminating = signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            with self.log.open("ab") as log:
                return subprocess.Popen(
                    command, cwd=PROJECT_ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
                )
        finally:
            signal.signal(signal.SIGTERM, terminating)
            if before is not None:
                signal.signal(signal.SIGINT, before)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
