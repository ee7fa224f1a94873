"""How long it takes from an alert to its published video, one at a time.

`videogen alert` in a shell; a CAP file dropped into the inbox of an idle machine; and the same while a batch of videos
keeps every core busy.

    python -m benchmarks.emergency.inbox [--alerts 3]

For the inbox the daemon runs as `make ui` starts it. Writes ``benchmarks/results/emergency_inbox.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.emergency.load import Daemon, Dropped, Load, drop, make_alert, project, spread
from benchmarks.machine import PROJECT, RESULTS, command, description
from benchmarks.plain import PROMPTS
from videogen.config.config import VideoGenConfig
from videogen.emergency.alerts.register import alert_key
from videogen.emergency.cap.writer import write_alert

WARM_UP = 30.0
PAUSE = 12.0
PATIENCE = 180.0
TARGETS = {"shell": 10.0, "idle": 15.0, "busy": 25.0}


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alerts", type=int, default=3)
    count = parser.parse_args().alerts
    machine, result = description(), {}
    with tempfile.TemporaryDirectory(prefix="emergency-inbox-") as name:
        folder = Path(name)
        config = project(Load(), folder)
        result["shell"] = [from_shell(folder, number) for number in range(count)]
        daemon = Daemon(folder)
        daemon.start()
        try:
            time.sleep(WARM_UP)
            result["idle"] = latencies(config, folder, "idle", count)
            with generating(folder):
                result["busy"] = latencies(config, folder, "busy", count)
        finally:
            daemon.kill()
    rows = {kind: {"seconds": seconds, **spread(seconds), "target": TARGETS[kind]} for kind, seconds in result.items()}
    text = json.dumps({"machine": machine, "seconds_to_published": rows}, indent=1)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "emergency_inbox.json").write_text(text + "\n", encoding="utf-8")
    print(text)


def from_shell(folder: Path, number: int) -> float:
    """Seconds that `videogen alert` takes, start of Python included."""
    words = ("--headline", f"Flood warning {number}", "--area", "Northern districts", "--instruction", "Move uphill.")
    arguments = ["-m", "videogen_dagster.cli", "alert", *words, "--sender", "Regional Warning Centre"]
    return round(command([sys.executable, *arguments], surroundings(folder)).seconds, 2)


def surroundings(folder: Path) -> dict[str, str]:
    """Environment of a project in `folder`."""
    return {"DAGSTER_HOME": str(folder / "home"), "VIDEOGEN_CONFIG": str(folder / "config.yaml")}


def latencies(config: VideoGenConfig, folder: Path, name: str, count: int) -> list[float]:
    """Seconds from the file's last byte to the published video, alert after alert."""
    found = []
    for number in range(count):
        found.append(round(one(config, folder, f"{name}-{number}"), 2))
        time.sleep(PAUSE)
    return found


def one(config: VideoGenConfig, folder: Path, identifier: str) -> float:
    """Drop one alert and wait until it is published.

    Raises:
        RuntimeError: it is not published in three minutes.
    """
    from videogen.emergency.publishing.production_parts import making

    alert = make_alert(random.Random(identifier), identifier, datetime.now(UTC).replace(microsecond=0))
    published, key = making(config).published, alert_key(alert.identity)
    drop(folder / "inbox" / "alerts", Dropped(f"{identifier}.xml", write_alert(alert), alert))
    dropped, started = datetime.now(UTC), time.monotonic()
    while (record := published.record(key)) is None:
        if time.monotonic() > started + PATIENCE:
            raise RuntimeError(f"{identifier} was not published within {PATIENCE:.0f} s, see {folder}/daemon.log")
        time.sleep(0.5)
    return (record.published_at - dropped).total_seconds()


@contextmanager
def generating(folder: Path) -> Iterator[None]:
    """A batch of videos in the making, from its first denoising step on."""
    requests, log = folder / "batch.jsonl", folder / "batch.log"
    lines = [json.dumps({"prompt": prompt, "duration": 6.0, "seed": seed}) for seed, prompt in enumerate(PROMPTS)]
    requests.write_text("\n".join(lines), encoding="utf-8")
    arguments = [sys.executable, "-m", "videogen_dagster.cli", "submit", str(requests), "--run"]
    environment = os.environ | surroundings(folder)
    with log.open("wb") as output:
        batch = subprocess.Popen(arguments, cwd=PROJECT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            time.sleep(WARM_UP)
            yield
            if batch.poll() is not None:
                raise RuntimeError(f"the batch ended too early: {log.read_text(errors='replace')[-500:]}")
        finally:
            batch.kill()
            batch.wait()


if __name__ == "__main__":
    main()
