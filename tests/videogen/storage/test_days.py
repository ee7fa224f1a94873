"""Listing by day."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from videogen.storage.atomic_folder import Folder
from videogen.storage.remote.days import MOST_DAYS, days_since, names_since, newest_first

TODAY = date(2026, 11, 30)


def test_the_days_reach_to_tomorrow_for_clocks_differ() -> None:
    assert days_since("20261129-101112-x", TODAY) == [date(2026, 11, 29), TODAY, date(2026, 12, 1)]
    assert days_since("20261201-101112-x", TODAY) == [date(2026, 12, 1)]


@pytest.mark.parametrize("name", ["", "alerts", "20200101-000000-x", "20991231-000000-x", "20261399-x"])
def test_long_ago_and_no_day_at_all_are_listed_as_a_whole(name: str) -> None:
    assert days_since(name, TODAY) is None
    assert MOST_DAYS < 365


def test_a_remote_folder_and_a_local_one_list_the_same(tmp_path: Path) -> None:
    names = ["20261128-1-a", "20261129-1-b", "20261130-1-c", "alerts"]
    remote = Folder(f"memory://{uuid4().hex}")
    for folder in (Folder(tmp_path), remote):
        for name in names:
            folder.write(f"{name}/request.json", b"1")
        assert names_since(folder, "") == names
        assert folder.names(prefix="20261129") == ["20261129-1-b"]
    assert names_since(Folder(tmp_path), "20261129-1-b") == ["20261130-1-c", "alerts"]


def test_the_latest_come_first_and_each_comes_once_wherever_they_lie() -> None:
    names = ["20251231-1-a", "20261031-1-b", "20261101-1-c", "20261129-1-d", "20261130-1-e", "20261201-1-f", "alerts"]
    remote = Folder(f"memory://{uuid4().hex}")
    for name in names:
        remote.write(f"{name}/request.json", b"1")

    assert list(newest_first(remote, TODAY)) == names[-2::-1]


def test_older_names_are_fetched_only_when_they_are_asked_for() -> None:
    remote = Folder(f"memory://{uuid4().hex}")
    asked = []
    listed = remote.names

    def names(name: str = "", prefix: str = "") -> list[str]:
        asked.append(prefix)
        return listed(name, prefix)

    remote.names = names
    for name in ("20261130-1-a", "20261130-2-b"):
        remote.write(f"{name}/request.json", b"1")

    assert next(newest_first(remote, TODAY)) == "20261130-2-b"
    assert "" not in asked
