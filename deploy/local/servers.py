"""Real servers on loopback, in folders of their own: for tests and for `make fleet`, never for production.

Postgres refuses to run as root, so where this process is root it runs as `nobody`.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 60.0
_LOOK = 0.05
_POSTGRES_PLACES = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin")


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nothing uses now."""
    with socket.socket() as door:
        door.bind((host, 0))
        return int(door.getsockname()[1])


def program(name: str) -> str | None:
    """The path of a program, also where Debian keeps it out of PATH."""
    found = shutil.which(name)
    if found is None:
        for pattern in _POSTGRES_PLACES:
            places = sorted(Path("/").glob(f"{pattern[1:]}/{name}"))
            found = str(places[-1]) if places else found
    return found


@dataclass
class Server:
    """A server that can be killed and started again with what it has kept.

    command: its command line. ready: whether it answers. user: whom it runs as; None: whom this process runs as.
    """

    name: str
    command: Sequence[str]
    log: Path
    ready: Callable[[], bool]
    user: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            RuntimeError: it ended, or does not answer in time; its log is part of the message.
        """
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self.user,
                group="nogroup" if self.user else None,
                extra_groups=[] if self.user else None,
                cwd=self.log.parent,
                env={**os.environ, **self.environment},
            )
        deadline = time.monotonic() + _PATIENCE
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self.name} does not come up: {self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(_LOOK)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it; by SIGKILL, everything that it started as well, also what has left its session as Postgres's do."""
        if self.process is None:
            return
        with suppress(psutil.NoSuchProcess):
            started = psutil.Process(self.process.pid).children(recursive=True) if number is signal.SIGKILL else []
            self.process.send_signal(number)
            for one in started:
                with suppress(psutil.NoSuchProcess):
                    one.kill()
        self.process.wait()
        self.process = None


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody listens on a port."""
    with suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


@contextmanager
def postgres(folder: Path, host: str = "127.0.0.1") -> Iterator[tuple[Server, str]]:
    """A Postgres with a database `videogen`; gives the server and its URL, with a password.

    Raises:
        FileNotFoundError: the program is not installed.
    """
    initdb, server = program("initdb"), program("postgres")
    if initdb is None or server is None:
        raise FileNotFoundError("postgres is not installed: apt-get install postgresql")
    user = "nobody" if os.geteuid() == 0 else None
    folder.mkdir(parents=True)
    password, port = secrets.token_hex(8), free_port(host)
    (folder / "password").write_text(password)
    if user:
        for place in (folder, folder / "password"):
            shutil.chown(place, user, "nogroup")
    _as(user, [initdb, "--no-sync", "-A", "scram-sha-256", "-U", "videogen", "--pwfile", str(folder / "password"),
               "-D", str(folder / "data"), "-E", "UTF8", "--locale=C"], folder)  # fmt: skip
    with (folder / "data" / "pg_hba.conf").open("a") as rules:
        rules.write("host all all samenet scram-sha-256\n")
    (folder / "log").touch()
    options = ("fsync=off", f"listen_addresses={host}", "unix_socket_directories=", "max_connections=300")
    command = [server, "-D", str(folder / "data"), "-p", str(port), *(part for one in options for part in ("-c", one))]
    url = f"postgresql://videogen:{password}@{host}:{port}/postgres"
    made = Server("Postgres", command, folder / "log", lambda: _accepts(url), user=user)
    made.start()
    try:
        _create_database(url)
        yield made, url.removesuffix("/postgres") + "/videogen"
    finally:
        made.kill(signal.SIGINT)


def _as(user: str | None, command: Sequence[str], folder: Path) -> None:
    group = "nogroup" if user else None
    done = subprocess.run(
        command, user=user, group=group, extra_groups=[] if user else None, cwd=folder, capture_output=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr.decode(errors='replace')}")


def _accepts(url: str) -> bool:
    import psycopg2

    with suppress(psycopg2.OperationalError):
        psycopg2.connect(url, connect_timeout=2).close()
        return True
    return False


def _create_database(url: str) -> None:
    import psycopg2

    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE videogen")
    finally:
        connection.close()


@contextmanager
def redis(folder: Path, host: str = "127.0.0.1") -> Iterator[tuple[Server, str]]:
    """A Redis that keeps what it has over a restart; gives the server and its URL, with a password.

    Raises:
        FileNotFoundError: the program is not installed.
    """
    server = program("redis-server")
    if server is None:
        raise FileNotFoundError("redis-server is not installed: apt-get install redis-server")
    folder.mkdir(parents=True)
    (folder / "log").touch()
    password, port = secrets.token_hex(8), free_port(host)
    settings = folder / "redis.conf"
    settings.write_text(
        f"bind {host}\nport {port}\nrequirepass {password}\ndir {folder}\n"
        'appendonly yes\nappendfsync everysec\nsave ""\n'
    )
    url = f"redis://:{password}@{host}:{port}/0"
    made = Server("Redis", [server, str(settings)], folder / "log", lambda: answers(port, host))
    made.start()
    try:
        yield made, url
    finally:
        made.kill(signal.SIGTERM)


@contextmanager
def object_store(folder: Path, host: str = "127.0.0.1") -> Iterator[tuple[Server, dict[str, str]]]:
    """An S3-compatible server with a bucket `videos`; gives the server and the environment of its users.

    It is moto, a mock of S3, with conditional writes and, by `deploy.local.kept_store`, with a memory that outlives it.
    Prove what you deploy.
    """
    folder.mkdir(parents=True)
    (folder / "log").touch()
    port = free_port(host)
    environment = {
        "AWS_ENDPOINT_URL_S3": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "videogen",
        "AWS_SECRET_ACCESS_KEY": secrets.token_hex(8),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        # The client library adds checksums of its own by default, which older servers refuse.
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
    }
    command = [sys.executable, "-m", "deploy.local.kept_store", host, str(port), str(folder / "journal")]
    settings = {**environment, "PYTHONPATH": str(_ROOT)}
    made = Server("object store", command, folder / "log", lambda: answers(port, host), environment=settings)
    made.start()
    try:
        _create_bucket(environment)
        yield made, environment
    finally:
        made.kill(signal.SIGTERM)


def _create_bucket(environment: Mapping[str, str]) -> None:
    import botocore.session

    client = botocore.session.get_session().create_client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL_S3"],
        region_name=environment["AWS_DEFAULT_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    try:
        client.create_bucket(Bucket="videos")
    finally:
        client.close()
