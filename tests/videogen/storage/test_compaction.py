"""Old rows of a table in one file: queries see each row once, whatever is being put away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from videogen.storage.history import compaction
from videogen.storage.history.compaction import FEWEST, compact
from videogen.storage.warehouse import Warehouse

DAY = timedelta(days=1)
LATER = datetime.now(UTC) + 2 * DAY


def row(number: int, value: float = 1.0) -> pd.DataFrame:
    video = f"20261130-1431{number:05d}-boat-ea188c53"
    return pd.DataFrame(
        [{"video_id": video, "attempt": 1, "metric": "sharpness", "value": value, "threshold": None, "passed": None}]
    )


def key(number: int) -> str:
    return f"20261130-1431{number:05d}-boat-ea188c53.1"


def write(warehouse: Warehouse, *numbers: int, value: float = 1.0) -> None:
    for number in numbers:
        warehouse.write("quality", key(number), row(number, value))


def total(warehouse: Warehouse) -> tuple[int, float]:
    found = warehouse.query("SELECT count(*) AS n, sum(value) AS total FROM quality")
    return int(found["n"][0]), float(found["total"][0])


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(str(tmp_path))


def test_old_files_become_one_and_every_row_is_still_there(warehouse: Warehouse, tmp_path: Path) -> None:
    write(warehouse, *range(FEWEST))

    assert compact(str(tmp_path), now=LATER) == FEWEST

    assert list((tmp_path / "quality").iterdir()) == []
    assert total(warehouse) == (FEWEST, FEWEST)
    assert warehouse.read("quality", key(3))["value"].tolist() == [1.0]
    assert len(warehouse.read("quality", key(FEWEST + 1))) == 0


def test_fresh_files_are_left_alone(warehouse: Warehouse, tmp_path: Path) -> None:
    write(warehouse, *range(FEWEST))

    assert compact(str(tmp_path)) == 0
    assert len(list((tmp_path / "quality").iterdir())) == FEWEST


def test_what_is_written_again_replaces_what_was_put_away(warehouse: Warehouse, tmp_path: Path) -> None:
    write(warehouse, *range(FEWEST))
    compact(str(tmp_path), now=LATER)
    write(warehouse, 0, value=100.0)

    assert total(warehouse) == (FEWEST, FEWEST - 1 + 100.0)
    assert warehouse.read("quality", key(0))["value"].tolist() == [100.0]

    write(warehouse, *range(FEWEST, 2 * FEWEST))
    compact(str(tmp_path), now=LATER)
    assert total(warehouse) == (2 * FEWEST, 2 * FEWEST - 1 + 100.0)


def test_a_compaction_that_is_killed_counts_nothing_twice_and_is_done_again(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(warehouse, *range(FEWEST))
    with monkeypatch.context() as patch:

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(compaction.Folder, "remove", killed)
        with pytest.raises(KeyboardInterrupt):
            compact(str(tmp_path), now=LATER)

    assert len(list((tmp_path / "quality").iterdir())) == FEWEST
    assert total(warehouse) == (FEWEST, FEWEST)
    assert compact(str(tmp_path), now=LATER) == FEWEST
    assert total(warehouse) == (FEWEST, FEWEST)


def test_a_file_that_is_written_again_meanwhile_stays(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(warehouse, *range(FEWEST))
    whole = compaction._read

    def slow(folder, name):
        found = whole(folder, name)
        if name.endswith(f"{key(5)}.parquet"):
            write(warehouse, 5, value=50.0)
        return found

    monkeypatch.setattr(compaction, "_read", slow)
    compact(str(tmp_path), now=LATER)

    assert [path.stem for path in (tmp_path / "quality").iterdir()] == [key(5)]
    assert total(warehouse) == (FEWEST, FEWEST - 1 + 50.0)


def test_tables_that_hold_what_people_may_have_erased_are_left_alone() -> None:
    assert not [table for table in compaction.COMPACTED if table.startswith(("feedback", "metric"))]
