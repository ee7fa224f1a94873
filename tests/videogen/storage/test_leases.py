"""Leases of a shared store, whatever lies in their folder and whatever the clock of their owner says."""

from __future__ import annotations

import json
import time
from uuid import uuid4

import pytest

from videogen.runtime.machine import machine
from videogen.storage.atomic_folder import Folder
from videogen.storage.remote import leases
from videogen.storage.remote.leases import FOLDER, SECONDS, SKEW, leased


@pytest.fixture
def folder() -> Folder:
    return Folder(f"memory://leases-{uuid4().hex}")


def put(folder: Folder, name: str, **changes: object) -> None:
    lease = {"machine": "elsewhere", "pid": 1, "created": 1.0, "until": time.time() + SECONDS, **changes}
    folder.write(f"{FOLDER}/{name}", json.dumps(lease).encode())


def is_got(folder: Folder) -> bool:
    with leased(folder) as held:
        return held


@pytest.mark.parametrize("name", ["zzz.txt", "000000000001.json.bak", "x.json", "1.json"])
def test_a_file_that_is_no_lease_keeps_nobody_out(folder: Folder, name: str) -> None:
    put(folder, name)
    assert is_got(folder)
    assert is_got(folder), "released, and taken again"


def test_numbers_go_on_where_a_digit_more_is_needed(folder: Folder) -> None:
    put(folder, "999999999999.json", until=0.0)
    assert is_got(folder)
    assert is_got(folder)


@pytest.mark.parametrize("pid", [-1, 0, 2**62, 2**80])
def test_a_process_that_cannot_be_is_dead(folder: Folder, pid: int) -> None:
    put(folder, "000000000001.json", machine=machine(), pid=pid)
    assert is_got(folder)


@pytest.mark.parametrize("until", [1e308, time.time() + 365 * 86_400, float("nan")], ids=["endless", "a year", "nan"])
def test_a_lease_of_a_clock_that_is_years_ahead_ends_once_nobody_renews_it(
    folder: Folder, until: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, "000000000001.json", until=until)
    clock = time.monotonic()
    monkeypatch.setattr(leases.time, "monotonic", lambda: clock)
    assert not is_got(folder)
    clock += SECONDS + SKEW - 1
    assert not is_got(folder), "its owner may live"
    put(folder, "000000000001.json", until=1e300)
    clock += 2
    assert not is_got(folder), "its owner has renewed it"
    clock += SECONDS + SKEW + 1
    assert is_got(folder)


def test_of_two_who_find_an_old_lease_one_gets_the_next(folder: Folder) -> None:
    put(folder, "000000000001.json", until=time.time() - 100)
    with leased(folder) as first, leased(folder) as second:
        assert (first, second) == (True, False)


def test_an_owner_that_slept_and_renews_its_old_lease_takes_nothing_back(folder: Folder) -> None:
    put(folder, "000000000001.json", until=time.time() - 100)
    with leased(folder) as held:
        put(folder, "000000000001.json")  # the sleeper wakes up
        assert held
        assert not is_got(folder), "the higher number counts"
    assert is_got(folder)
