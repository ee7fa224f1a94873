"""How old the progress is that an open page of the review desk shows, while something else keeps the machine busy.

    python -m benchmarks.desk.progress [--seconds 60] [--busy 2]

A run of Dagster writes down a step every 50 ms; two browsers look at it as the script of the page does, twice a second. Its
age is the time since the step that is shown was written, at the moment before the next answer takes its place. Writes
``benchmarks/results/desk_progress.json``.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import tempfile
import threading
import time
from pathlib import Path

import dagster as dg
from dagster._core.storage.tags import PARTITION_NAME_TAG

from benchmarks.desk.filling import fill
from benchmarks.desk.pages import PORT, desk, work
from benchmarks.machine import RESULTS, description

EVERY, STEP, LOOKERS = 0.5, 0.05, 2
TARGET = 2.0
VIDEO = "20261130-100000000-tram-01234567"


class Run:
    """A run that goes on and on; `at`: when each of its steps was written."""

    def __init__(self, home: Path) -> None:
        self.at: list[float] = []
        self.stop = threading.Event()
        self._home = home
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Run:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._thread.join()

    def _work(self) -> None:
        at, stop = self.at, self.stop

        @dg.op
        def video_latents(context):  # type: ignore[no-untyped-def]  # Dagster cannot read postponed annotations here
            while not stop.wait(STEP):
                context.log.info(f"video_latents {len(at) + 1}/100000 denoising")
                at.append(time.monotonic())

        @dg.job
        def generate_video() -> None:
            video_latents()

        with dg.DagsterInstance.from_config(str(self._home)) as instance:
            generate_video.execute_in_process(instance=instance, tags={PARTITION_NAME_TAG: VIDEO})


def looked_at(run: Run, cookie: str, until: float) -> list[float]:
    """The ages of what one page showed, each at its oldest."""
    ages: list[float] = []
    shown: int | None = None
    while time.monotonic() < until:
        step = _asked(cookie)
        now = time.monotonic()
        if shown is not None:
            ages.append(now - run.at[shown - 1])
        shown = step if step is not None else shown
        time.sleep(EVERY)
    return ages


def _asked(cookie: str) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    try:
        connection.request("GET", f"/live?item={VIDEO}", headers={"Cookie": f"desk={cookie}", "HX-Request": "true"})
        text = connection.getresponse().read().decode()
    finally:
        connection.close()
    found = re.search(r"video latents: (\d+) of", text)
    return int(found[1]) if found else None


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--busy", type=int, default=os.cpu_count() or 2)
    given = parser.parse_args()
    machine = description()
    with tempfile.TemporaryDirectory(prefix="desk-progress-") as name:
        folder = Path(name)
        config = fill(folder, 20, 2)
        with desk(folder, config) as (cookie, _), Run(folder / "home") as run, work(given.busy):
            while _asked(cookie) is None:
                time.sleep(0.2)
            ages: list[float] = []
            until = time.monotonic() + given.seconds
            lookers = [
                threading.Thread(target=lambda: ages.extend(looked_at(run, cookie, until))) for _ in range(LOOKERS)
            ]
            for looker in lookers:
                looker.start()
            for looker in lookers:
                looker.join()
    ordered = sorted(ages)
    result = {
        "machine": machine,
        "busy_processes": given.busy,
        "answers": len(ordered),
        "target_seconds": TARGET,
        "oldest_seconds": {
            "median": round(ordered[len(ordered) // 2], 3),
            "95 of 100": round(ordered[int(len(ordered) * 0.95)], 3),
            "worst": round(ordered[-1], 3),
        },
    }
    text = json.dumps(result, indent=1)
    (RESULTS / "desk_progress.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
