"""What monitoring costs: a round at 100,000 runs and 20,000 videos, its memory, a scrape, one recorded number.

Run: ``python -m benchmarks.monitoring``. Writes ``benchmarks/results/monitoring.json``.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.machine import RESULTS, description

RUNS, VIDEOS = 100_000, 20_000
ROUNDS, SCRAPES, RECORDS = 12, 50, 100_000
_CHILD = """
import json, os, resource, sys, threading, time, urllib.request
from pathlib import Path
import dagster as dg
from resources.runs.observation import sources
from videogen.config.config import VideoGenConfig
from videogen.monitoring.exporter import Exporter
from videogen.monitoring.page import monitor_app
config = VideoGenConfig.load(sys.argv[1])
instance = dg.DagsterInstance.from_config(sys.argv[2])
exporter = Exporter(config, sources(config, instance))
exporter.begin()
rounds = []
for number in range(int(sys.argv[3])):
    if number == 4:
        # New rows in every table, as from a run that has just ended.
        for path in Path(config.paths.warehouse).glob("*/template.parquet"):
            path.with_name(f"new{number}.parquet").write_bytes(path.read_bytes())
    clock, processor = time.perf_counter(), time.process_time()
    exporter.round()
    rounds.append((time.perf_counter() - clock, time.process_time() - processor))
import psutil
import videogen_dagster.monitor
# Before the test client, which the monitor does not have.
resident = psutil.Process().memory_info().rss
from starlette.testclient import TestClient
client = TestClient(monitor_app(exporter, lambda: None, frozenset({"testserver"})))
scrapes = []
for _ in range(int(sys.argv[4])):
    clock = time.perf_counter()
    size = len(client.get("/metrics").content)
    scrapes.append(time.perf_counter() - clock)
print(json.dumps({"rounds": rounds, "scrapes": scrapes, "bytes": size,
                  "resident": resident,
                  "series": len(list(exporter.collector.instruments.samples()))}))
exporter.close()
"""


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="videogen-bench-"))
    try:
        report = {"machine": description(), "at": datetime.now(UTC).isoformat(timespec="seconds"), **measure(folder)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    (RESULTS / "monitoring.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=1))


def measure(folder: Path) -> dict[str, Any]:
    """Fill a home and a warehouse, then measure in a fresh process."""
    config, home = prepare(folder)
    command = [sys.executable, "-c", _CHILD, str(config), str(home), str(ROUNDS), str(SCRAPES)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    # The first rounds list everything once.
    later = found["rounds"][2:]
    return {
        "runs": RUNS,
        "videos": VIDEOS,
        "first_round_seconds": round(found["rounds"][0][0], 3),
        "round_seconds_median": round(statistics.median(wall for wall, _ in later), 3),
        "round_seconds_worst": round(max(wall for wall, _ in later), 3),
        "round_processor_seconds_median": round(statistics.median(used for _, used in later), 3),
        "resident_megabytes": round(found["resident"] / 1e6, 1),
        "scrape_milliseconds_median": round(1000 * statistics.median(found["scrapes"]), 2),
        "scrape_milliseconds_worst": round(1000 * max(found["scrapes"]), 2),
        "series": found["series"],
        "exposition_bytes": found["bytes"],
        **record(folder),
    }


def record(folder: Path) -> dict[str, Any]:
    """One number of a worker."""
    from tests.dagster_helpers import places
    from videogen.config.config import VideoGenConfig
    from videogen.monitoring.service import MonitoringService

    service = MonitoringService(VideoGenConfig.load(None, places(folder / "spool")))
    times = []
    for _ in range(RECORDS):
        clock = time.perf_counter()
        service.record_metric("videogen_denoise_step_seconds", 0.1)
        times.append(time.perf_counter() - clock)
    times.sort()
    return {
        "record_metric_microseconds_median": round(1e6 * times[RECORDS // 2], 2),
        "record_metric_microseconds_mean": round(1e6 * sum(times) / RECORDS, 2),
        "record_metric_microseconds_p99": round(1e6 * times[RECORDS * 99 // 100], 2),
    }


def prepare(folder: Path) -> tuple[Path, Path]:
    """A configuration and a home with that many runs and videos."""
    import dagster as dg

    from tests.dagster_helpers import places
    from videogen.config.config import VideoGenConfig
    from videogen.storage.warehouse import Warehouse
    from videogen.storage.warehouse_tables import columns

    home = folder / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n", encoding="utf-8")

    @dg.job(name="generate_video")
    def nothing() -> None:
        pass

    with dg.DagsterInstance.from_config(str(home)) as instance:
        nothing.execute_in_process(instance=instance)
    _copy_runs(home)
    config = VideoGenConfig.load(None, places(folder))
    path = folder / "config.yaml"
    path.write_text(config.to_yaml(), encoding="utf-8")
    warehouse = Warehouse(config.paths.warehouse)
    now = datetime.now(UTC)
    video = {"video_id": "20261130-120000-123456-a1b2c3", "attempt": 1}
    timing = {
        **video,
        "stage": "rendered_video",
        "run_id": "r",
        "started_at": now,
        "seconds": 9.0,
        "peak_memory_bytes": 1,
    }
    score = {**video, "metric": "score", "value": 0.9, "threshold": 0.5, "passed": True}
    request = {"video_id": video["video_id"], "created_at": now, "prompt": "a bus", "title": None, "images": 0,
               "profile": None, "seed": 1, "duration": None, "emergency": False, "priority": 0, "source": "inbox",
               "requester": None}  # fmt: skip
    tables = {"stage_timings": timing, "quality": score, "requests": request}
    for table, row in tables.items():
        whole = {column.name: row.get(column.name) for column in columns(table)}
        warehouse.write(table, "template", pd.DataFrame([whole]))
        place = Path(config.paths.warehouse) / table
        for number in range(VIDEOS):
            os.link(place / "template.parquet", place / f"v{number}.parquet")
    return path, home


def _copy_runs(home: Path) -> None:
    """Copies of the one run in Dagster's database, under other ids."""
    (database,) = (path for path in home.rglob("runs.db"))
    with sqlite3.connect(database) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(runs)") if row[1] != "id"]
        (row,) = connection.execute(f"SELECT {', '.join(names)} FROM runs LIMIT 1").fetchall()
        place = names.index("run_id")
        copies = (
            (*row[:place], f"{number:08x}-0000-4000-8000-000000000000", *row[place + 1 :]) for number in range(RUNS)
        )
        marks = ", ".join("?" for _ in names)
        connection.executemany(f"INSERT INTO runs ({', '.join(names)}) VALUES ({marks})", copies)
        old = "2026-01-01 00:00:00"
        connection.execute("UPDATE runs SET update_timestamp = ?, create_timestamp = ?", (old, old))
        connection.execute("UPDATE runs SET start_time = 1767225600, end_time = 1767225660")


if __name__ == "__main__":
    main()
