from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pandas as pd
import pyarrow.parquet as pq
import pytest

from videogen.domain.requests import VideoRequest
from videogen.domain.video_ids import new_video_id
from videogen.errors import ArtifactError, InputError
from videogen.storage.warehouse import Warehouse
from videogen.storage.warehouse_tables import TABLES, arrow_schema, columns

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(params=["local", "memory"])
def warehouse(request, tmp_path) -> Warehouse:
    return Warehouse(str(tmp_path / "warehouse") if request.param == "local" else f"memory://{uuid4().hex}")


@pytest.fixture
def local(tmp_path) -> Warehouse:
    return Warehouse(str(tmp_path / "warehouse"))


def timing(**changes) -> dict:
    row = {
        "video_id": new_video_id(),
        "attempt": 1,
        "stage": "video_latents",
        "run_id": "r",
        "started_at": datetime.now(UTC),
        "seconds": 1.5,
        "peak_memory_bytes": 2**33,
    }
    return row | changes


def quality(value, passed=True, metric="sharpness", attempt=1) -> dict:
    return {
        "video_id": "20261122-110000-000000-abcdef",
        "attempt": attempt,
        "metric": metric,
        "value": value,
        "threshold": None,
        "passed": passed,
    }


def test_rows_of_all_writers_are_answered_together(warehouse):
    for number in range(3):
        warehouse.write("stage_timings", f"k{number}", pd.DataFrame([timing(seconds=number)] * 2))
    answer = warehouse.query("SELECT stage, count(*) AS n, avg(seconds) AS mean FROM stage_timings GROUP BY stage")
    assert answer.to_dict("records") == [{"stage": "video_latents", "n": 6, "mean": 1.0}]


def test_the_same_key_replaces(warehouse):
    for value in (1.0, 2.0):
        warehouse.write("quality", "k", pd.DataFrame([quality(value)]))
    assert list(warehouse.query("SELECT value FROM quality").value) == [2.0]


def test_tables_can_be_joined_and_asked_about_time(warehouse):
    request = VideoRequest(prompt="a red bus", title="Bus", requester="desk", seed=5)
    warehouse.add_request(request)
    warehouse.write("stage_timings", "k", pd.DataFrame([timing(video_id=request.id)]))
    sql = """SELECT prompt, images, seed, source, sum(seconds) AS seconds
             FROM requests JOIN stage_timings USING (video_id)
             WHERE created_at > now() - INTERVAL 1 HOUR AND date_trunc('day', started_at) <= now() GROUP BY ALL"""
    (row,) = warehouse.query(sql).to_dict("records")
    assert row == {"prompt": "a red bus", "images": 0, "seed": 5, "source": "python", "seconds": 1.5}


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_there_and_typed_before_anything_is_written(warehouse, table):
    described = warehouse.query(f"DESCRIBE {table}")
    kinds = {
        "text": "VARCHAR",
        "integer": "BIGINT",
        "real": "DOUBLE",
        "truth": "BOOLEAN",
        "time": "TIMESTAMP WITH TIME ZONE",
    }
    assert dict(zip(described.column_name, described.column_type, strict=True)) == {
        column.name: kinds[column.kind] for column in columns(table)
    }
    assert len(warehouse.query(f"SELECT * FROM {table}")) == 0


def test_the_parquet_files_have_the_tables_schema(local, tmp_path):
    local.write("quality", "k", pd.DataFrame([quality(None, None)]))
    assert pq.read_schema(tmp_path / "warehouse/quality/k.parquet").equals(arrow_schema("quality"))
    assert local.query("SELECT value IS NULL AND passed IS NULL AS empty FROM quality")["empty"].item()


def test_moments_keep_their_time_zone(warehouse):
    moment = datetime.fromisoformat("2026-11-22T23:30:00-05:00")
    warehouse.write("stage_timings", "k", pd.DataFrame([timing(started_at=moment)]))
    answer = warehouse.query("SELECT CAST(started_at AT TIME ZONE 'UTC' AS VARCHAR) AS t FROM stage_timings")
    assert answer.t.item() == "2026-11-23 04:30:00"


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (timing(attempt=0), "attempt"),
        (timing(video_id="../x"), "video_id"),
        (timing(video_id=new_video_id() + "\n"), "video_id"),
        (timing(extra=1), "extra"),
        ({name: value for name, value in timing().items() if name != "stage"}, "stage"),
        (timing(seconds=None), "seconds"),
        (timing(seconds=-1), "seconds"),
        (timing(seconds="soon"), "seconds"),
        (timing(started_at="yesterday"), "started_at"),
    ],
)
def test_a_row_that_breaks_the_schema_is_refused_by_column(local, tmp_path, row, word):
    with pytest.raises(InputError, match=word):
        local.write("stage_timings", "k", pd.DataFrame([timing(), row]))
    assert not list(tmp_path.rglob("*.parquet"))


@pytest.mark.parametrize("key", ["../x", "a/b", "", ".x", "a\n"])
def test_a_key_cannot_lead_elsewhere(local, key):
    with pytest.raises(InputError, match="cannot be a key"):
        local.write("quality", key, pd.DataFrame([quality(1)]))


def test_an_unknown_table_is_refused(local):
    with pytest.raises(InputError, match="unknown table 'qualty' — choose one of requests"):
        local.write("qualty", "k", pd.DataFrame([quality(1)]))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{secret}')",
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM read_blob('{secret}')",
        "SELECT * FROM '{secret}'",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM read_parquet('{folder}/warehouse/quality/k.parquet')",
        "COPY quality TO '{folder}/out.csv'",
        "COPY (SELECT 1) TO '/dev/stdout'",
        "EXPORT DATABASE '{folder}/export'",
        "ATTACH '{folder}/new.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "SET temp_directory = '{folder}/tmp'",
        "PRAGMA enable_profiling",
        "CREATE SECRET s (TYPE s3)",
        "SELECT * FROM local",
        "SELECT 1; SELECT 2",
        "SELECT 1; COPY (SELECT 1) TO '{folder}/out.csv'",
        "",
        "SELEC 1",
    ],
)
def test_a_query_can_reach_nothing_but_the_tables(local, tmp_path, sql):
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    local.write("quality", "k", pd.DataFrame([quality(1.0)]))
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(InputError):
        local.query(sql.format(secret=secret, folder=tmp_path))
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == before
    assert secret.read_text() == "a\n1\n"


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM quality",
        "UPDATE quality SET value = 2",
        "INSERT INTO quality SELECT * FROM quality",
        "DROP TABLE quality",
        "CREATE TABLE t AS SELECT 1",
        "ALTER TABLE quality RENAME TO t",
        "TRUNCATE quality",
    ],
)
def test_a_statement_that_would_change_something_is_refused(local, sql):
    local.write("quality", "k", pd.DataFrame([quality(1.0)]))
    with pytest.raises(InputError, match="only statements that read"):
        local.query(sql)
    assert len(local.query("SELECT * FROM quality")) == 1


ENDLESS = "SELECT count(*) FROM range(100000000000) a, range(1000000) b"


@pytest.fixture
def interruptible():
    """Ctrl-C is heard in the test, also where whoever started the tests ignores it (nohup, some CI runners)."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupted_query_is_an_interruption(local, interruptible):
    timer = threading.Timer(1.0, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        local.query(ENDLESS, longest=60.0)


def test_a_query_ends_by_itself_where_no_interruption_is_heard(local):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(InputError, match=r"takes longer than 0\.5 s"):
            local.query(ENDLESS, longest=0.5)
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(local.query("SELECT * FROM requests")) == 0


def test_a_damaged_file_is_named(local, tmp_path):
    local.write("quality", "good", pd.DataFrame([quality(1.0)]))
    (tmp_path / "warehouse/quality/bad.parquet").write_bytes(b"PAR1 nonsense PAR1")
    with pytest.raises(ArtifactError, match=r"table quality cannot be read.*bad\.parquet"):
        local.query("SELECT * FROM quality")
    assert len(local.query("SELECT * FROM requests")) == 0


def test_files_of_an_older_version_with_fewer_columns_are_still_read(local, tmp_path):
    local.write("quality", "new", pd.DataFrame([quality(1.0)]))
    old = pd.DataFrame([quality(2.0)]).drop(columns=["threshold", "passed"])
    old.to_parquet(tmp_path / "warehouse/quality/old.parquet")
    assert sorted(local.query("SELECT value, passed FROM quality").value) == [1.0, 2.0]


def test_no_process_waits_for_another(local, tmp_path):
    script = f"""
        import sys, pandas as pd
        from videogen.storage.warehouse import Warehouse
        warehouse = Warehouse({str(tmp_path / "warehouse")!r})
        row = dict(video_id="20261122-110000-000000-abcdef", attempt=1, metric="m", value=1.0,
                   threshold=None, passed=True)
        for number in range(5):
            warehouse.write("quality", f"{{sys.argv[1]}}.{{number}}", pd.DataFrame([row]))
            warehouse.query("SELECT * FROM quality")
    """
    workers = [subprocess.Popen([sys.executable, "-c", textwrap.dedent(script), str(n)], cwd=ROOT) for n in range(2)]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0]
    assert len(local.query("SELECT * FROM quality")) == 10
