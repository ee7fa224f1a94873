"""How long the pages of the review desk take at 10,000 videos and 500 briefings, over HTTP, on an idle and a busy machine.

    python -m benchmarks.desk.pages [--videos 10000] [--briefings 500] [--busy 2]

The desk runs as `videogen desk` starts it. Writes ``benchmarks/results/desk_pages.json``.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.desk.filling import fill
from benchmarks.machine import RESULTS, description
from videogen.config.config import VideoGenConfig
from videogen.release.people.people import People
from videogen_dagster.desk.database import Database
from videogen_dagster.desk.index.catalogue import Catalogue, Search
from videogen_dagster.desk.security.sessions import TABLES, Sessions

PORT = 3099
TARGET, TARGET_BUSY = 0.2, 1.0
TIMES = 12
_PATIENCE = 900.0


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--videos", type=int, default=10_000)
    parser.add_argument("--briefings", type=int, default=500)
    parser.add_argument("--busy", type=int, default=os.cpu_count() or 2, help="processes that keep the cores busy")
    given = parser.parse_args()
    machine = description()
    with tempfile.TemporaryDirectory(prefix="desk-", dir=_memory()) as name:
        folder = Path(name)
        begun = time.perf_counter()
        config = fill(folder, given.videos, given.briefings)
        filled = time.perf_counter() - begun
        with desk(folder, config) as (cookie, first):
            pages = addresses(config)
            idle = {what: spread(partial(get, path, cookie)) for what, path in pages.items()}
            with work(given.busy):
                busy = {what: spread(partial(get, path, cookie)) for what, path in pages.items()}
    result = {
        "machine": machine,
        "videos": given.videos,
        "briefings": given.briefings,
        "seconds_to_fill": round(filled, 1),
        "seconds_to_make_the_catalogue": round(first, 1),
        "target_seconds": {"idle": TARGET, "busy": TARGET_BUSY},
        "busy_processes": given.busy,
        "seconds": {"idle": idle, "busy": busy},
        "met": {
            "idle": all(page["worst"] <= TARGET for page in idle.values()),
            "busy": all(page["worst"] <= TARGET_BUSY for page in busy.values()),
        },
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1)
    (RESULTS / "desk_pages.json").write_text(text + "\n", encoding="utf-8")
    print(text)


@contextmanager
def desk(folder: Path, config: VideoGenConfig) -> Iterator[tuple[str, float]]:
    """The desk at work, with a session of ada; yields its cookie and how long the catalogue took."""
    environment = {**os.environ, "DAGSTER_HOME": str(folder / "home")}
    (folder / "home").mkdir()
    command = [sys.executable, "-m", "videogen_dagster.cli", "--config", str(folder / "config.yaml")]
    process = subprocess.Popen([*command, "desk", "--port", str(PORT)], env=environment)
    begun = time.perf_counter()
    try:
        until(lambda: (folder / "desk" / "catalogue.sqlite").exists())
        sessions = Database(folder / "desk" / "desk.sqlite", TABLES)
        cookie = Sessions(sessions, 12.0).begin("ada", "password")
        sessions.close()
        total = len(list((folder / "store").glob("20*"))) + len(list((folder / "store" / "briefings").glob("b-*")))
        catalogue = Catalogue(folder / "desk" / "catalogue.sqlite")
        until(lambda: catalogue.count() >= total)
        catalogue.close()
        yield cookie, time.perf_counter() - begun
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def addresses(config: VideoGenConfig) -> dict[str, str]:
    """Every page that somebody opens, on items from the middle of the store."""
    folder = config.path(config.desk.data_folder)
    catalogue = Catalogue(folder / "catalogue.sqlite")
    clip = catalogue.find(Search(kind="video", state="to check"), 2000, 1)[0][0].id
    out = catalogue.find(Search(kind="video", state="published"), 1000, 1)[0][0].id
    briefing = catalogue.find(Search(kind="briefing"), 250, 1)[0][0].id
    catalogue.close()
    commented = sorted(path.name for path in (People.of(config).folder / "decisions").iterdir())[20]
    return {
        "queue": "/",
        "what is being made": "/live",
        "new": "/new",
        "archive": "/archive",
        "archive, page 300": "/archive?page=300",
        "archive, two words": "/archive?q=wells+delta",
        "archive, filters": "/archive?kind=video&state=published&by=asha&since=2024-01-01",
        "review of a clip": f"/item/{clip}",
        "review of a clip with comments": f"/item/{commented}",
        "review of a briefing": f"/item/{briefing}",
        "storyboard": f"/item/{briefing}/storyboard",
        "storyboard as YAML": f"/item/{briefing}/storyboard?mode=yaml",
        "compare": f"/item/{briefing}/compare",
        "published item": f"/item/{out}/published",
        "picture of a list": f"/picture/{clip}?v=1",
        "video, first bytes": f"/media/{clip}/1/rendered_video.mp4",
        "check": "/check",
        "admin and log": "/admin",
    }


def get(path: str, cookie: str) -> None:
    """Load a page as a browser does."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    try:
        connection.request("GET", path, headers={"Cookie": f"desk={cookie}"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, (path, answer.status)
    finally:
        connection.close()


def spread(load: Callable[[], None]) -> dict[str, float]:
    """Median and worst of several times, the first one left out: it loads code."""
    load()
    seconds = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        load()
        seconds.append(time.perf_counter() - begun)
    ordered = sorted(seconds)
    return {"median": round(ordered[len(ordered) // 2], 4), "worst": round(ordered[-1], 4)}


@contextmanager
def work(processes: int) -> Iterator[None]:
    """Keep that many cores busy, at the lower priority that runs have."""
    workers = [multiprocessing.Process(target=_spin, daemon=True) for _ in range(processes)]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        for worker in workers:
            worker.kill()
            worker.join()


def _spin() -> None:
    import numpy as np

    numbers: Any = np.random.default_rng(1).random((400, 400))
    while True:
        numbers = numbers @ numbers
        numbers /= numbers.max()


def until(done: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + _PATIENCE
    while not done():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.2)


def _memory() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # a folder of its own is made there


if __name__ == "__main__":
    main()
