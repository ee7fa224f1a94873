"""Listing by day."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from videogen.storage.atomic_folder import Folder
from videogen.storage.remote.days import MOST_DAYS, days_since, names_since

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
