"""What `videogen doctor` makes of what it finds."""

from __future__ import annotations

from typing import Any

from videogen.errors import StorageError
from videogen.fleet import checkup
from videogen.fleet.beats import Beat, Machine
from videogen.fleet.queues import Queue


def machine(**changes: Any) -> Machine:
    fields: dict[str, Any] = {
        "store": "s3://videos/store",
        "database": "postgresql://db/videogen",
        "published": "a1",
        "device": "cpu",
        "free_bytes": 50_000_000_000,
        "clock_offset": 0.0,
        "signer": "c1",
    }
    return Machine(**(fields | changes))


def beat(name: str, queue: Queue = Queue.GPU, version: str = "1", about: Machine | None = None) -> Beat:
    return Beat(
        worker=f"{queue}@{name}", machine=name, queue=queue, places=1, runs=(), version=version, pid=1, about=about
    )


def test_a_queue_without_a_worker_is_named_with_the_command_that_helps() -> None:
    found = {one.name: one for one in checkup.workers([beat("a"), beat("b"), beat("a", Queue.CPU)])}

    assert found["queue gpu"].state == "well"
    assert "2 at once, on a, b" in found["queue gpu"].found
    assert found["queue emergency"].state == "wrong"
    assert "videogen worker --queue emergency" in found["queue emergency"].remedy


def test_versions_that_differ_are_all_named() -> None:
    found = checkup.versions([beat("old", version="0.1.0+aa")], "0.2.0+bb", "0.2.0+bb")

    assert found.state == "wrong"
    assert "old 0.1.0+aa" in found.found
    assert "the daemon 0.2.0+bb" in found.found


def test_a_missing_daemon_is_to_be_looked_at() -> None:
    assert checkup.versions([beat("a")], "1", None).state == "look"
    assert checkup.versions([beat("a")], "1", "1").state == "well"


def test_clocks_may_be_two_seconds_apart() -> None:
    assert checkup.clocks({"a": -0.9, "b": 0.9}).state == "well"
    apart = checkup.clocks({"a": -1.5, "b": 1.5})
    assert apart.state == "wrong"
    assert "3.0 s apart" in apart.found
    assert "set-ntp" in apart.remedy


def test_a_machine_that_sees_other_places_than_this_one_is_told_apart() -> None:
    there = [
        beat("good", about=machine()),
        beat("elsewhere", about=machine(published="b2", store="/srv/store")),
        beat("full", about=machine(free_bytes=10**9, faults=("the weights are missing",))),
        beat("self-signed", about=machine(signer="d4")),
    ]
    found = {one.name: one for one in checkup.machines(machine(), there)}

    assert found["machine good"].state == "well"
    assert "folder of published videos" in found["machine elsewhere"].found
    assert "another store" in found["machine elsewhere"].found
    assert "NFS" in found["machine elsewhere"].remedy
    assert "1.0 GB free" in found["machine full"].found
    assert "the weights are missing" in found["machine full"].found
    assert "release.certificate" in found["machine self-signed"].remedy


def test_the_worst_finding_decides() -> None:
    well = checkup.Finding(name="a", state="well", found="")
    wrong = checkup.failed("store", StorageError("full", remedy="free space"))

    assert checkup.worst([]) == "well"
    assert checkup.worst([well, wrong]) == "wrong"
    assert wrong.remedy == "free space"
