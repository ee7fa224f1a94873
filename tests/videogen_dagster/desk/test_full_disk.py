"""A full disk under the desk: a page says so and what to do, nothing is kept by half, and it goes on when there is room."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import dagster as dg
import pytest

from tests.videogen_dagster.desk.house import PASSWORD, Bureau

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def full(disk: Path) -> Path:
    """Fill it to the last byte; returns what has to go to make room."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 512)
    assert os.statvfs(disk).f_bavail == 0
    return filler


@pytest.mark.parametrize("holds", ["decisions", "data of the desk"])
def test_a_full_disk_is_named_and_nothing_is_kept_by_half(tmp_path: Path, disk: Path, holds: str) -> None:
    place = {"decisions": "release.people_folder", "data of the desk": "desk.data_folder"}[holds]
    with dg.DagsterInstance.ephemeral() as instance:
        bureau = Bureau(tmp_path, instance, **{place: str(disk / "here")})
        try:
            walk(bureau, disk)
        finally:
            bureau.close()


def walk(bureau: Bureau, disk: Path) -> None:
    clip = bureau.clip(requester="asha")
    bureau.desk.people.users.set_password("ben", PASSWORD, by=bureau.person("solo"))
    visitor = bureau.visitor("ben").get(f"/item/{clip}")
    before = bureau.desk.people.decisions(clip)
    filler = full(disk)
    visitor.send(f"/item/{clip}/comment", comment="Is this the right bus? " * 40, at="")
    assert visitor.status == 503, visitor.page
    assert "full" in visitor.page or "No space left" in visitor.page
    assert "free some space" in visitor.page
    assert bureau.desk.people.decisions(clip) == before
    assert bureau.desk.people.log.check().faults == ()
    assert visitor.get(f"/item/{clip}").status == 200, "looking needs no room"
    filler.unlink()
    visitor.get(f"/item/{clip}").send(f"/item/{clip}/comment", comment="Is this the right bus?", at="")
    assert "Your comment is kept" in visitor.page
    assert [one.action for one in bureau.desk.people.decisions(clip)][-1] == "comment"
    assert bureau.visitor().get("/login").send("/login", name="ben", password=PASSWORD).status == 200
