"""What can be wrong with a fleet, as `videogen doctor` says it: each fault by name, with what to do."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import psycopg2
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from deploy.local.servers import Server
from tests.dagster_helpers import places
from tests.videogen_dagster.front import Answer
from videogen.config.config import VideoGenConfig
from videogen.fleet.addresses import POSTGRES_VARIABLE, QUEUE_VARIABLE
from videogen.fleet.beats import Beat, FleetBoard, Machine
from videogen.fleet.queues import Queue
from videogen.fleet.software import software_version
from videogen_dagster.fleet.facts import about_this_machine
from videogen_dagster.fleet.shared_home import shared_home, write_home

Served = tuple[Server, str]


@pytest.fixture
def board(postgres: Served, redis: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FleetBoard]:
    monkeypatch.setenv(POSTGRES_VARIABLE, postgres[1])
    monkeypatch.setenv(QUEUE_VARIABLE, redis[1])
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster_home"))
    write_home(tmp_path / "dagster_home", shared_home(postgres=True, fleet=True), replace=False)
    made = FleetBoard(redis[1])
    yield made
    made.close()


@pytest.fixture
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    from videogen_dagster import cli

    def call(*arguments: str, **settings: str) -> Answer:
        config = tmp_path / "config.yaml"
        own = {"release.development_folder": str(tmp_path / "signing"), **settings}
        config.write_text(VideoGenConfig.load(None, places(tmp_path) | own).to_yaml(), encoding="utf-8")
        monkeypatch.setenv("VIDEOGEN_CONFIG", str(config))
        monkeypatch.setattr(sys, "argv", ["videogen", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capfd.readouterr()
        return Answer(int(ended.value.code or 0), captured.out, captured.err)

    return call


def wrong(answer: Answer) -> dict[str, dict[str, str]]:
    """The findings that are wrong; there is one, and the command says so by its exit code."""
    assert answer.code == 1, answer.err
    return {one["name"]: one for one in answer.data if one["state"] == "wrong"}


def test_a_wrong_password_of_the_database_is_named_and_not_shown(
    board: FleetBoard, run: Callable[..., Answer], postgres: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = postgres[1].split(":")[2].partition("@")[0]
    monkeypatch.setenv(POSTGRES_VARIABLE, postgres[1].replace(password, "hunter2"))

    answer = run("doctor", "--json")

    found = wrong(answer)["database"]
    assert "password authentication failed" in found["found"]
    assert found["remedy"] == f"correct user and password in {POSTGRES_VARIABLE}"
    assert "hunter2" not in answer.out + answer.err


def test_a_wrong_password_of_the_queue_is_named_and_not_shown(
    board: FleetBoard, run: Callable[..., Answer], redis: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = redis[1].split(":")[2].partition("@")[0]
    monkeypatch.setenv(QUEUE_VARIABLE, redis[1].replace(password, "hunter2"))

    answer = run("doctor", "--json")

    found = wrong(answer)["queue"]
    assert found["remedy"] == f"correct the password in {QUEUE_VARIABLE}"
    assert "hunter2" not in answer.out + answer.err


@pytest.fixture
def old_schema(postgres: Served, run: Callable[..., Answer], board: FleetBoard) -> Iterator[str]:
    """A database as an earlier version of Dagster left it; the others get theirs back."""
    run("doctor", "--json")  # makes the tables
    address = f"postgresql://{postgres[1].partition('://')[2]}"
    name = f"old_{secrets.token_hex(4)}"
    connection = psycopg2.connect(address)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    yield f"{address.rpartition('/')[0]}/{name}"
    connection.close()


def test_an_old_schema_is_named_with_the_command_that_brings_it_up_to_date(
    old_schema: str, run: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(POSTGRES_VARIABLE, old_schema)
    run("doctor", "--json")
    connection = psycopg2.connect(old_schema)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT version_num FROM alembic_version")
        ((newest,),) = cursor.fetchall()
        cursor.execute("UPDATE alembic_version SET version_num = '7e2f3204cf8e'")
    connection.close()

    found = wrong(run("doctor", "--json"))["database"]

    assert newest != "7e2f3204cf8e"
    assert "another version of Dagster" in found["found"]
    assert found["remedy"] == "videogen home upgrade"
    refused = run("worker")
    assert refused.code != 0
    assert "videogen home upgrade" in refused.err


class Forgetful(MemoryFileSystem):
    """A store that ignores the condition."""

    protocol = "forgetful"

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **options: object) -> object:
        return super().pipe_file(path, value, mode="overwrite", **options)


def test_a_store_without_conditional_writes_is_named_and_no_worker_starts(
    board: FleetBoard, run: Callable[..., Answer]
) -> None:
    fsspec.register_implementation("forgetful", Forgetful, clobber=True)
    settings = {"paths.store": "forgetful://videos/store"}

    found = wrong(run("doctor", "--json", **settings))["store"]
    refused = run("worker", **settings)

    assert "no conditional writes" in found["found"]
    assert "If-None-Match" in found["remedy"]
    assert refused.code != 0
    assert "no conditional writes" in refused.err


def there(board: FleetBoard, **changes: object) -> Machine:
    """What this machine sees, as that of a worker elsewhere."""
    return about_this_machine(board).model_copy(update=changes)


def beat(machine: str, about: Machine, version: str | None = None) -> Beat:
    return Beat(
        worker=f"gpu@{machine}", machine=machine, queue=Queue.GPU, places=1, runs=(),
        version=version or software_version(), pid=1, about=about,
    )  # fmt: skip


@pytest.fixture
def doctor(board: FleetBoard, run: Callable[..., Answer]) -> Iterator[Callable[[Beat], dict[str, dict[str, str]]]]:
    """The findings with one worker more."""
    run("config", "check")  # writes the settings that `there` reads
    named: list[str] = []

    def ask(one: Beat) -> dict[str, dict[str, str]]:
        board.put(one, 60)
        named.append(one.worker)
        return wrong(run("doctor", "--json"))

    yield ask
    for name in named:
        board.remove(name)


def test_a_worker_of_another_version_is_named_with_both_versions(
    board: FleetBoard, doctor: Callable[[Beat], dict[str, dict[str, str]]]
) -> None:
    found = doctor(beat("older", there(board), version="0.1.9+12345678"))["versions"]

    assert "older 0.1.9+12345678" in found["found"]
    assert software_version() in found["found"]
    assert "install the same version" in found["remedy"]


def test_a_clock_that_is_three_seconds_before_the_others_is_named(
    board: FleetBoard, doctor: Callable[[Beat], dict[str, dict[str, str]]]
) -> None:
    found = doctor(beat("hasty", there(board, clock_offset=3.0)))["clocks"]

    assert "hasty +3.0 s" in found["found"]
    assert "timedatectl" in found["remedy"]


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB with nothing left."""
    place = tmp_path / "full"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root mounts a file system")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], check=False)
    if mounted.returncode:
        pytest.skip("this machine mounts nothing")
    try:
        (place / "filling").write_bytes(b"0" * 64 * 1024)
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_full_disk_on_one_machine_is_named_with_that_machine(
    board: FleetBoard, run: Callable[..., Answer], doctor: Callable[[Beat], dict[str, dict[str, str]]], full_disk: Path
) -> None:
    run("config", "check", **{"paths.published": str(full_disk)})
    about = about_this_machine(board)

    found = doctor(beat("brimful", about))["machine brimful"]

    assert about.free_bytes == 0
    assert "0.0 GB free" in found["found"]
    assert "videogen clean" in found["remedy"]
    assert any("No space left" in fault or "disk is full" in fault for fault in about.faults), about.faults


def test_a_queue_with_an_unknown_name_is_refused_with_the_nearest(
    board: FleetBoard, run: Callable[..., Answer]
) -> None:
    refused = run("worker", "--queue", "emergencie=2")

    assert refused.code == 2
    assert "did you mean emergency?" in refused.err
    assert "gpu, cpu, emergency" in refused.err
