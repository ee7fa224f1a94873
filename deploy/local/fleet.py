"""A whole fleet on this machine: the servers, a machine with daemon and pages, and machines with workers."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import yaml

from deploy.local.network import Host, hosts
from deploy.local.servers import Server, free_port, object_store, postgres, redis
from videogen.config.config import VideoGenConfig

LOST_AFTER = 15.0
"""Seconds without a sign of life after which a worker's runs are given to others; shorter than where it is deployed."""
_ROOT = Path(__file__).resolve().parents[2]
_STORE, _WAREHOUSE = "s3://videos/store", "s3://videos/warehouse"


@dataclass
class Fleet:
    """What runs where. services: by name; environment: of a machine, by its name; packages: folders with more code."""

    folder: Path
    config: VideoGenConfig
    shared: dict[str, str]
    machines: dict[str, Host]
    services: dict[str, Server]
    packages: Sequence[Path] = ()
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def environment(self, machine: str) -> dict[str, str]:
        """Of the processes on a machine: the shared addresses, and a home, an inbox and a cache of its own."""
        home = self.folder / machine
        home.mkdir(exist_ok=True)
        return {
            **os.environ,
            **self.shared,
            "VIDEOGEN_MACHINE": machine,
            "VIDEOGEN_HOME": str(home),
            "DAGSTER_HOME": str(home / "dagster_home"),
            "VIDEOGEN_PATHS__INBOX": str(self.inbox(machine)),
            "XDG_CACHE_HOME": str(home / "cache"),
            "PYTHONPATH": os.pathsep.join(map(str, (_ROOT, *self.packages))),
            "OMP_NUM_THREADS": "1",
        }

    def inbox(self, machine: str) -> Path:
        """Where people drop files on a machine."""
        return self.folder / machine / "inbox"

    def videogen(self, *arguments: str, machine: str = "main") -> subprocess.CompletedProcess[str]:
        """Run a command on a machine and wait for it."""
        command = [sys.executable, "-m", "videogen_dagster.cli", *arguments]
        return subprocess.run(
            self.machines[machine].command(command), env=self.environment(machine), cwd=self.folder,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def start(self, machine: str, *arguments: str) -> None:
        """Start a command on a machine and leave it running."""
        command = [sys.executable, "-m", "videogen_dagster.cli", *arguments]
        with (self.folder / f"{machine}.log").open("ab") as log:
            self.running[machine] = subprocess.Popen(
                self.machines[machine].command(command), env=self.environment(machine), cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def kill(self, machine: str) -> None:
        """Let a machine die as by a power cut: all its processes at once."""
        process = self.running.pop(machine)
        victims = [*_tree(process.pid)]
        for victim in victims:
            with suppress(psutil.Error):
                victim.send_signal(signal.SIGSTOP)  # or a supervisor would start again what dies first
        for victim in [*victims, *_tree(process.pid)]:
            with suppress(psutil.Error):
                victim.kill()
        process.wait()

    def stop(self) -> None:
        """End everything that runs on the machines."""
        for process in self.running.values():
            process.terminate()
        for machine, process in list(self.running.items()):
            try:
                process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                self.kill(machine)
        self.running.clear()

    def logs(self) -> str:
        """The last lines of every machine."""
        return "\n".join(f"{log.stem}: {log.read_text(errors='replace')[-3000:]}" for log in self.folder.glob("*.log"))


def _tree(pid: int) -> list[psutil.Process]:
    with suppress(psutil.Error):
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    return []


def until(look: Callable[[], Any], seconds: float, what: str) -> Any:
    """What `look` gives once it is something.

    Raises:
        TimeoutError: it stays nothing.
    """
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {seconds:.0f} s still not: {what}")
        time.sleep(0.3)
    return found


@contextmanager
def fleet(
    folder: Path, names: Sequence[str], settings: Mapping[str, Any], packages: Sequence[Path] = ()
) -> Iterator[Fleet]:
    """The servers and the machines, with the homes prepared; nothing runs on the machines yet.

    Args:
        folder: new; others must be able to look into it, for Postgres runs as somebody else.
        names: of the machines with workers; `main` is that of the daemon.
        settings: overrides of the configuration, by dotted names.
        packages: folders on the path of all processes, as with installed plug-ins.
    """
    folder.mkdir(mode=0o755, parents=True)
    with ExitStack() as stack:
        middle, others = stack.enter_context(hosts(names))
        database, database_url = stack.enter_context(postgres(folder / "postgres", middle))
        queue, queue_url = stack.enter_context(redis(folder / "redis", middle))
        store, keys = stack.enter_context(object_store(folder / "s3", middle))
        config_file = folder / "config.yaml"
        places = {
            "paths.store": _STORE,
            "paths.warehouse": _WAREHOUSE,
            "paths.published": str(folder / "published"),
            "release.development_folder": str(folder / "signing"),
            "fact_check.knowledge_base": str(folder / "knowledge"),
        }
        config = VideoGenConfig.load(None, {**places, **settings})
        config_file.write_text(config.to_yaml(), encoding="utf-8")
        shared = {
            **keys,
            "DAGSTER_POSTGRES_URL": database_url,
            "VIDEOGEN_QUEUE_URL": queue_url,
            "VIDEOGEN_SETTINGS_KEY": secrets.token_hex(32),
            "VIDEOGEN_WATERMARK_KEYS": secrets.token_hex(32),
            "VIDEOGEN_CONFIG": str(config_file),
        }
        made = Fleet(
            folder=folder,
            config=config,
            shared=shared,
            machines={"main": Host("main", middle)} | {host.name: host for host in others},
            services={"postgres": database, "redis": queue, "store": store},
            packages=packages,
        )
        _prepare(made)
        try:
            yield made
        finally:
            made.stop()


def _prepare(made: Fleet) -> None:
    """The home of the main machine by its own command, and copies of it on the others."""
    done = made.videogen("home", "init", "--postgres", "--fleet")
    if done.returncode:
        raise RuntimeError(f"videogen home init: {done.stderr}")
    settings = made.folder / "main" / "dagster_home" / "dagster.yaml"
    stated = yaml.safe_load(settings.read_text(encoding="utf-8"))
    stated["run_launcher"]["config"]["lost_after_seconds"] = LOST_AFTER
    text = yaml.safe_dump(stated, sort_keys=False)
    for machine in made.machines:
        home = made.folder / machine / "dagster_home"
        home.mkdir(parents=True, exist_ok=True)
        (home / "dagster.yaml").write_text(text, encoding="utf-8")


def start(made: Fleet, machine: str, queues: Sequence[str] = ()) -> None:
    """Let a machine begin: daemon and pages without queues, else a worker. queues: as in ``--queue``."""
    if not queues:
        made.start(machine, "ui", "--port", str(free_port()))
        return
    made.start(machine, "worker", *(part for queue in queues for part in ("--queue", queue)))


def start_all(made: Fleet, workers: Mapping[str, Sequence[str]]) -> None:
    """Daemon and pages on `main`, and workers. workers: queues of each machine."""
    start(made, "main")
    for machine, queues in workers.items():
        start(made, machine, queues)
