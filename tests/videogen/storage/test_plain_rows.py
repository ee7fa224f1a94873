from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pytest

from videogen.config.config import PROJECT_ROOT
from videogen.errors import ArtifactError, InputError
from videogen.storage.plain_rows import PlainRows
from videogen.storage.warehouse import Warehouse

AT = datetime(2026, 11, 30, 12, 0, 0, 123456, UTC)
SCORE: dict[str, Any] = {
    "video_id": "20261130-120000-123456-a1b2c3",
    "attempt": 1,
    "metric": "score",
    "value": 0.25,
    "threshold": None,
    "passed": True,
}
SAMPLE: dict[str, Any] = {"sampled_at": AT, "name": "it's", "labels": '{"a": "b"}', "value": 1.5}


def test_what_the_warehouse_writes_is_read_with_missing_values_as_none(tmp_path):
    Warehouse(str(tmp_path)).write("quality", "k", pd.DataFrame([SCORE, SCORE | {"value": None, "passed": None}]))
    first, second = PlainRows(str(tmp_path)).read("quality", "k")
    assert first.items() >= SCORE.items()
    assert (second["value"], second["passed"]) == (None, None)


def test_what_is_written_here_is_what_the_warehouse_reads_and_queries(tmp_path):
    other_zone = SAMPLE | {"sampled_at": AT.astimezone(timezone(timedelta(hours=5.5))), "value": 2.0}
    PlainRows(str(tmp_path)).write("metric_samples", "k", [SAMPLE, other_zone])
    warehouse = Warehouse(str(tmp_path))
    assert [at.to_pydatetime() for at in warehouse.read("metric_samples", "k")["sampled_at"]] == [AT, AT]
    assert warehouse.query("SELECT sum(value) AS total, min(name) AS name FROM metric_samples").iloc[0].tolist() == [
        3.5,
        "it's",
    ]


def test_times_come_back_to_the_microsecond_in_utc(tmp_path):
    rows = PlainRows(str(tmp_path))
    rows.write("metric_samples", "k", [SAMPLE])
    assert rows.read("metric_samples", "k") == [SAMPLE]


def test_the_later_rows_of_a_key_replace_the_earlier_ones(tmp_path):
    rows = PlainRows(str(tmp_path))
    rows.write("metric_samples", "k", [SAMPLE, SAMPLE])
    rows.write("metric_samples", "k", [SAMPLE | {"value": 9.0}])
    assert [row["value"] for row in rows.read("metric_samples", "k")] == [9.0]


@pytest.mark.parametrize("bad", [{"attempt": 0}, {"attempt": None}, {"attempt": "many"}, {"video_id": "../x"}])
def test_a_row_that_breaks_the_schema_is_refused_and_nothing_is_written(tmp_path, bad):
    with pytest.raises(InputError, match="rows for the table quality are refused"):
        PlainRows(str(tmp_path)).write("quality", "k", [SCORE | bad])
    assert PlainRows(str(tmp_path)).read("quality", "k") == []


def test_a_file_of_an_older_version_lacks_columns_that_are_then_none(tmp_path):
    (tmp_path / "quality").mkdir()
    pd.DataFrame([{"video_id": SCORE["video_id"], "attempt": 1}]).to_parquet(tmp_path / "quality/k.parquet")
    assert PlainRows(str(tmp_path)).read("quality", "k")[0] == dict.fromkeys(SCORE) | {
        "video_id": SCORE["video_id"],
        "attempt": 1,
    }


def test_no_file_is_no_rows_and_a_damaged_one_is_an_error(tmp_path):
    rows = PlainRows(str(tmp_path))
    assert rows.read("quality", "none") == []
    (tmp_path / "quality").mkdir()
    (tmp_path / "quality/k.parquet").write_bytes(b"PAR1 half")
    with pytest.raises(ArtifactError, match="rows k of the table quality cannot be read"):
        rows.read("quality", "k")


def test_neither_pandas_nor_arrow_is_loaded_for_it(tmp_path):
    script = (
        "import sys; from datetime import datetime, UTC; from videogen.storage.plain_rows import PlainRows\n"
        f"rows = PlainRows({str(tmp_path)!r})\n"
        "rows.write('metric_samples', 'k', [{'sampled_at': datetime.now(UTC), 'name': 'n', 'labels': '{}', 'value': 1.0}])\n"
        "assert len(rows.read('metric_samples', 'k')) == 1\n"
        "sys.exit(' '.join({'pandas', 'pyarrow', 'pandera'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT_ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
