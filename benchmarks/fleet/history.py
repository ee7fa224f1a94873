"""A hundred thousand videos in the store, in Postgres and in the tables: how long looking at them takes.

`python -m benchmarks.fleet.history [VIDEOS]`: needs Postgres. The store is a local folder with the files of each request and
attempt; the tables have a file for each of the last 5,000 videos, before and after they are put away. Then the daemon is
started on it, and three videos are asked for, with a tiny model: what its ticks take, when the runs begin, and what they leave
in the event log.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.machine import RESULTS, description

VIDEOS = 100_000
FILES = 5_000
RUNS = 300
ROUNDS = 3
STARTED = 3
PATIENCE = 1800.0


def make_store(root: Path, count: int) -> list[str]:
    """Folders as requests leave them, a video every five minutes up to now; returns the ids."""
    from videogen.domain.requests import Attempt, VideoRequest

    start = datetime.now(UTC) - timedelta(minutes=5 * count)
    request = VideoRequest(prompt="a red boat on a lake", source="inbox")
    ids = []
    for number in range(count):
        moment = start + timedelta(minutes=5 * number)
        video_id = f"{moment:%Y%m%d-%H%M%S}{number % 1000:03d}-red-boat-lake-{number:08x}"
        folder = root / video_id / "attempt-1"
        folder.mkdir(parents=True)
        stated = request.model_copy(update={"id": video_id, "created_at": moment})
        (root / video_id / "request.json").write_text(stated.model_dump_json())
        attempt = Attempt(video_id=video_id, number=1, reason="first attempt", changes={}, run_id=None)
        (folder / "attempt.json").write_text(attempt.model_dump_json())
        ids.append(video_id)
    return ids


def make_runs(instance: Any, ids: list[str]) -> None:
    """Every partition, and the latest finished runs."""
    import dagster as dg

    from resources.jobs_and_tags import PARTITION_TAG, VIDEO_PARTITIONS

    for start in range(0, len(ids), 10_000):
        instance.add_dynamic_partitions(VIDEO_PARTITIONS, ids[start : start + 10_000])

    @dg.job(name="generate_video")
    def stand_in() -> None:
        pass

    for video_id in ids[-RUNS:]:
        run = instance.create_run_for_job(stand_in, tags={PARTITION_TAG: video_id})
        instance.report_run_canceled(run)


def best(work: Callable[[], Any]) -> float:
    """The shortest of some rounds, in seconds."""
    seconds = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return min(seconds)


def measure(folder: Path, count: int, postgres_url: str) -> dict[str, Any]:
    """Make it all, and look at it."""
    import dagster as dg
    import pandas as pd

    from resources.settings import SettingsResource
    from resources.storage import StorageResource
    from sensors.alerts import alerts_sensor
    from sensors.requests import requests_sensor
    from videogen.config.config import VideoGenConfig
    from videogen.fleet.addresses import POSTGRES_VARIABLE
    from videogen.storage.history.compaction import compact
    from videogen.storage.warehouse import Warehouse
    from videogen_dagster.fleet.shared_home import shared_home, write_home
    from videogen_dagster.home import project_instance
    from videogen_dagster.jobs.schedules import runs_of_the_night
    from videogen_dagster.lookup import latest_runs, summary_or_fault
    from videogen_dagster.project import Project

    os.environ |= {"DAGSTER_HOME": str(folder / "home"), POSTGRES_VARIABLE: postgres_url}
    from tests.tiny_models import SETTINGS, write_models

    settings = {
        **SETTINGS, "paths.models": str(write_models(folder / "models")),
        "paths.store": str(folder / "store"), "paths.warehouse": str(folder / "warehouse"),
        "paths.inbox": str(folder / "inbox"), "paths.published": str(folder / "published"),
        "paths.output": str(folder / "output"), "release.development_folder": str(folder / "signing"),
        "fact_check.knowledge_base": str(folder / "knowledge"), "monitoring.enabled": False,
        "release.automatic": False,
    }  # fmt: skip
    config = folder / "config.yaml"
    config.write_text(VideoGenConfig.load(None, settings).to_yaml())
    write_home(folder / "home", shared_home(postgres=True, fleet=False), replace=False)
    ids = make_store(folder / "store", count)
    warehouse = Warehouse(str(folder / "warehouse"))
    for video_id in ids[-FILES:]:
        row = {
            "video_id": video_id,
            "attempt": 1,
            "metric": "sharpness",
            "value": 1.0,
            "threshold": None,
            "passed": True,
        }
        warehouse.write("quality", f"{video_id}.1", pd.DataFrame([row]))
    found: dict[str, Any] = {"videos": count, "files_of_a_table": FILES, "runs": RUNS}
    with project_instance() as instance:
        make_runs(instance, ids)
        storage = StorageResource(settings=SettingsResource(overrides=settings))
        home = Project(config)

        def status() -> None:
            from itertools import islice

            runs = latest_runs()
            lines = [summary_or_fault(home, one, runs) for one in islice(home.requests.newest(), 20)]
            assert len(lines) == 20

        def tick(sensor: Any, cursor: str | None) -> Callable[[], None]:
            def look() -> None:
                context = dg.build_sensor_context(instance=instance, cursor=cursor)
                sensor(context, storage=storage)

            return look

        found["seconds"] = {
            "tick of requests, a day behind": best(tick(requests_sensor, ids[-288])),
            "tick of requests, the first one": best(tick(requests_sensor, None)),
            "what the night begins": best(lambda: runs_of_the_night(instance, storage)),
            "tick of alerts": best(tick(alerts_sensor, None)),
            "status of 20": best(status),
            "all partition keys": best(lambda: instance.get_dynamic_partitions("videos")),
            "query before files are put away": best(lambda: warehouse.query("SELECT count(*) FROM quality")),
        }
        begun = time.perf_counter()
        put_away = compact(str(folder / "warehouse"), now=datetime.now(UTC) + timedelta(days=2))
        found["seconds"] |= {
            f"putting {put_away:,} files away": time.perf_counter() - begun,
            "query after": best(lambda: warehouse.query("SELECT count(*) FROM quality")),
        }
        found["daemon"] = watch_the_daemon(folder, config, instance)
    found["ratios"] = {
        "query, before to after": found["seconds"]["query before files are put away"] / found["seconds"]["query after"]
    }
    return found


def watch_the_daemon(folder: Path, config: Path, instance: Any) -> dict[str, Any]:
    """Start the daemon, let it catch up, ask for some videos, and read what Dagster noted."""
    from dagster._core.definitions.run_request import InstigatorType

    from deploy.local.fleet import until
    from deploy.local.servers import free_port

    environment = {**os.environ, "VIDEOGEN_HOME": str(folder), "VIDEOGEN_CONFIG": str(config), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "videogen_dagster.cli", "ui", "--port", str(free_port())]
    (folder / "inbox").mkdir(exist_ok=True)

    def sensors() -> dict[str, Any]:
        states = instance.all_instigator_state(instigator_type=InstigatorType.SENSOR)
        return {state.origin.instigator_name: state for state in states}

    def cursor() -> str:
        state = sensors().get("requests")
        data = state.instigator_data if state else None
        return str(getattr(data, "cursor", None) or "")

    settled = f"{datetime.now(UTC) - timedelta(hours=2):%Y%m%d-%H%M%S}"
    with (folder / "ui.log").open("ab") as log:
        ui = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
    begun = time.monotonic()
    try:
        until(lambda: cursor() > settled, PATIENCE, "the daemon has looked through all requests")
        caught_up = time.monotonic() - begun
        runs = [ask_for_one(folder, instance, number) for number in range(STARTED)]
        ticks = {}
        for name, state in sensors().items():
            seen = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=10)
            seconds = [tick.end_timestamp - tick.timestamp for tick in seen if tick.end_timestamp]
            if seconds:
                ticks[name] = round(statistics.median(seconds), 2)
    finally:
        ui.terminate()
        ui.wait()
    return {
        "seconds to look through all requests": round(caught_up, 1),
        "seconds of ticks, median": dict(sorted(ticks.items(), key=lambda item: -item[1])),
        "runs": runs,
    }


def ask_for_one(folder: Path, instance: Any, number: int) -> dict[str, Any]:
    """A request in the inbox, and what became of its run."""
    from deploy.local.demonstration import drop
    from deploy.local.fleet import until
    from resources.jobs_and_tags import Job

    before = max(os.listdir(folder / "store"))
    drop(folder / "inbox" / f"{number}.jsonl", json.dumps({"prompt": "a boat on a lake", "seed": number}).encode())

    def new() -> str | None:
        found = max(os.listdir(folder / "store"))
        return found if found > before else None

    video_id = until(new, PATIENCE, "the request is taken")
    found: dict[str, Any] = until(lambda: _run_of(instance, str(Job.GENERATE), video_id), PATIENCE, "its run has ended")
    return found


def _run_of(instance: Any, job: str, video_id: str) -> dict[str, Any] | None:
    """When what happened to the run of a video, in seconds from its request; None: it has not ended."""
    import dagster as dg

    from resources.jobs_and_tags import PARTITION_TAG

    records = instance.get_run_records(dg.RunsFilter(job_name=job, tags={PARTITION_TAG: video_id}))
    if not records or not records[0].dagster_run.is_finished:
        return None
    logs = instance.all_logs(records[0].dagster_run.run_id)
    times: dict[str, float] = {}
    for entry in logs:
        if entry.dagster_event is not None:
            times.setdefault(entry.dagster_event.event_type_value, entry.timestamp)
    queued, launched = times["PIPELINE_ENQUEUED"], times["PIPELINE_STARTING"]
    return {
        "state": str(records[0].dagster_run.status.value),
        "from queue to launch": round(launched - queued, 2),
        "from launch to the first line of its process": round(times["PIPELINE_START"] - launched, 2),
        "events": len(logs),
        "bytes of its events": _event_bytes(records[0].dagster_run.run_id),
    }


def _event_bytes(run_id: str) -> int:
    import psycopg2

    from videogen.fleet.addresses import POSTGRES_VARIABLE

    address = f"postgresql://{os.environ[POSTGRES_VARIABLE].partition('://')[2]}"
    connection = psycopg2.connect(address)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT sum(pg_column_size(event_logs.*)) FROM event_logs WHERE run_id = %s", (run_id,))
            return int(cursor.fetchone()[0])
    finally:
        connection.close()


def main() -> None:
    """Entry point."""
    from deploy.local.servers import postgres

    count = int(sys.argv[1]) if len(sys.argv) > 1 else VIDEOS
    machine = description()
    with tempfile.TemporaryDirectory(prefix="videogen-history-") as folder:
        Path(folder).chmod(0o755)
        with postgres(Path(folder) / "postgres") as (_, url):
            found = measure(Path(folder), count, url)
    (RESULTS / "fleet_history.json").write_text(json.dumps({"machine": machine, **found}, indent=1) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
