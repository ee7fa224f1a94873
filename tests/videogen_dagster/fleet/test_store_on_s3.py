"""The whole store on a real S3-compatible server, with processes that race for the same things."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec
import pandas as pd
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from deploy.local.servers import Server
from tests.videogen.emergency.sample_alerts import NOW, alert
from videogen.domain.requests import VideoRequest
from videogen.emergency.alerts.register import AlertRegister
from videogen.emergency.cap.writer import write_alert
from videogen.emergency.mode import EmergencyMode
from videogen.errors import StorageError
from videogen.intake.inbox import take_from_inbox
from videogen.runtime.machine import VARIABLE
from videogen.storage.atomic_folder import Folder
from videogen.storage.locks import only_one_of
from videogen.storage.remote import leases
from videogen.storage.remote.conditional_writes import check_conditional_writes
from videogen.storage.remote.leases import Lease, leased
from videogen.storage.request_store import RequestStore
from videogen.storage.warehouse import Warehouse

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def store(object_store: tuple[Server, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a store of the test's own."""
    for name, value in object_store[1].items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return f"s3://videos/{uuid4().hex}"


@pytest.fixture(scope="module")
def raced(object_store: tuple[Server, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What two processes on two machines did in one store, by race, and the store."""
    folder, store = tmp_path_factory.mktemp("race"), f"s3://videos/{uuid4().hex}"
    start = folder / "start"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in object_store[1].items():
            patch.setenv(name, value)
        RequestStore(store).submit(VideoRequest(prompt="a red bus"))
        both = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.videogen_dagster.fleet.racer", store],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
                env={
                    **os.environ,
                    VARIABLE: name,
                    "XDG_CACHE_HOME": str(folder / name),
                    "VIDEOGEN_START": str(start),
                    "PYTHONPATH": str(ROOT),
                },
            )
            for name in ("alpha", "beta")
        ]
        for one in both:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        start.touch()
        first, second = (json.loads(one.communicate(timeout=280)[0]) for one in both)
        assert [one.returncode for one in both] == [0, 0]
        keys = AlertRegister(f"{store}/alerts").keys()
        leases_left = Folder(f"{store}/leased").names("lease")
    return {"keys": keys, "leases": leases_left} | {name: first[name] + second[name] for name in first}


def test_two_machines_with_clocks_apart_take_plan_and_publish_every_alert_once(raced: dict[str, Any]) -> None:
    verbs = ("planned", "published", "took")
    assert sorted(raced["alerts"]) == sorted(f"{verb} {key}" for verb in verbs for key in raced["keys"])
    assert len(raced["keys"]) == 8


def test_two_machines_open_attempts_of_different_numbers(raced: dict[str, Any]) -> None:
    assert sorted(raced["attempts"]) == list(range(1, 17))


def test_two_machines_never_hold_a_lease_at_the_same_time(raced: dict[str, Any]) -> None:
    held = sorted(map(tuple, raced["lease"]))

    assert held, "somebody must get it"
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(held))
    assert len(raced["leases"]) == 1


def test_a_lease_of_another_machine_is_taken_over_only_when_it_is_not_renewed(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(f"{store}/leased")
    alive = Lease(machine="other", pid=1, created=0.0, until=time.time() + 1.0)
    folder.write("lease/000000000004.json", alive.model_dump_json().encode())
    with leased(folder) as held:
        assert not held

    folder.write(
        "lease/000000000004.json",
        alive.model_copy(update={"until": time.time() - leases.SKEW - 1}).model_dump_json().encode(),
    )
    with leased(folder) as held:
        assert held
        assert folder.names("lease") == ["000000000005.json"]
        with leased(folder) as again:
            assert not again


def test_a_lease_of_a_process_of_this_machine_that_died_is_free_at_once(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "here")
    folder = Folder(f"{store}/leased")
    dead = Lease(machine="here", pid=2**22 + 1, created=1.0, until=time.time() + 100.0)
    folder.write("lease/000000000001.json", dead.model_dump_json().encode())

    with only_one_of(folder) as alone:
        assert alone


def test_each_machine_finishes_the_files_of_its_own_inbox(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = RequestStore(store)
    taken = {}
    for name in ("alpha", "beta"):
        monkeypatch.setenv(VARIABLE, name)
        inbox = tmp_path / name
        inbox.mkdir()
        (inbox / "request.json").write_text(json.dumps({"prompt": f"a bus in {name}"}))
        # The time is up at once: the plan is written down, and nothing else is done yet.
        taken[name] = list(take_from_inbox(inbox, requests, settle=0, seconds=-1).accepted)
    for name in ("alpha", "beta"):
        monkeypatch.setenv(VARIABLE, name)
        for _ in range(2):
            taken[name] += take_from_inbox(tmp_path / name, requests, settle=0).accepted

    assert [len(ids) for ids in taken.values()] == [1, 1]
    assert sorted(requests.get(one).prompt for one in requests.ids()) == ["a bus in alpha", "a bus in beta"]
    assert (tmp_path / "alpha" / "accepted" / "request.json").exists()
    assert (tmp_path / "beta" / "accepted" / "request.json").exists()


def test_what_another_machine_writes_is_seen_at_once(store: str) -> None:
    mine, theirs = Folder(store), Folder(store)
    assert mine.names("things") == []
    theirs.write("things/a", b"1")
    assert mine.names("things") == ["a"]
    assert mine.exists("things/a")
    theirs.remove("things/a")
    assert not mine.exists("things/a")
    assert mine.size("things/a") is None


def test_mode_alerts_and_tables_are_kept_in_the_bucket(store: str) -> None:
    EmergencyMode(store).enter("operator", 150, seconds=60)
    state = EmergencyMode(store).state()
    assert state is not None
    assert state.level == 150
    assert EmergencyMode(store).leave("operator")
    assert EmergencyMode(store).state() is None

    register = AlertRegister(f"{store}/alerts")
    one = alert()
    assert register.take(one, original=write_alert(one), origin="test", now=NOW).new
    assert not register.take(one, original=write_alert(one), origin="test", now=NOW).new
    assert [waiting.alert.identifier for waiting in register.waiting()] == ["elm-1"]

    tables = Warehouse(f"{store}/warehouse")
    tables.write("metric_samples", "a", pd.DataFrame([{"sampled_at": NOW, "name": "x", "labels": "", "value": 1.5}]))
    assert tables.query("SELECT sum(value) AS total FROM metric_samples")["total"].tolist() == [1.5]


def test_a_local_copy_is_made_again_when_the_file_was_replaced(store: str) -> None:
    folder = Folder(store)
    folder.write("picture", b"first")
    assert folder.fetched("picture").read_bytes() == b"first"
    folder.write("picture", b"other")

    assert folder.fetched("picture").read_bytes() == b"other"


class Careless(MemoryFileSystem):
    """A store that ignores the condition, as S3-compatible ones did for long."""

    protocol = "careless"
    store: dict[str, Any] = {}  # noqa: RUF012

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **options: Any) -> Any:
        return super().pipe_file(path, value, mode="overwrite", **options)


@pytest.fixture
def careless() -> Iterator[None]:
    fsspec.register_implementation("careless", Careless, clobber=True)
    yield
    Careless.store.clear()


@pytest.mark.usefixtures("careless")
def test_a_store_without_conditional_writes_is_refused() -> None:
    with pytest.raises(StorageError, match="no conditional writes") as refused:
        check_conditional_writes("careless://bucket/store")
    assert "If-None-Match" in refused.value.remedy


def test_a_store_with_conditional_writes_is_accepted_and_left_clean(store: str, tmp_path: Path) -> None:
    check_conditional_writes(store)
    check_conditional_writes(str(tmp_path / "local"))

    assert Folder(store).names() == []
    assert os.listdir(tmp_path / "local") == []


def test_a_missing_bucket_is_an_error_of_the_store(store: str) -> None:
    with pytest.raises(StorageError, match="no-such-bucket"):
        check_conditional_writes("s3://no-such-bucket/store")


def test_missing_keys_are_an_error_of_the_store(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    try:
        with pytest.raises(StorageError, match="does not answer") as refused:
            Folder(store).exists("anything")
        assert "AWS_ACCESS_KEY_ID" in refused.value.remedy
    finally:
        fsspec.get_filesystem_class("s3").clear_instance_cache()
