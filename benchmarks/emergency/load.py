"""A hundred alerts within a minute, with duplicates, updates, cancels and malformed ones, and a daemon that is killed.

Every valid alert must end published, superseded or cancelled, exactly once, in the order of urgency; every malformed
one must lie in ``rejected/`` with its reasons. Prints and stores the latencies from the dropped file to the published
video. Everything happens in a temporary folder.

    python -m benchmarks.emergency.load [--alerts 100] [--seconds 60] [--no-kill]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from benchmarks.machine import PROJECT, RESULTS, description
from videogen.cards.geography import Circle, Point
from videogen.config.config import VideoGenConfig
from videogen.emergency.alerts.register import RegisteredAlert, alert_key
from videogen.emergency.cap.model import Alert, Area, Info
from videogen.emergency.cap.writer import write_alert
from videogen.emergency.history import quantile
from videogen.emergency.publishing.published_alerts import AlertRecord

SHARES = {"duplicate": 0.10, "update": 0.10, "cancel": 0.05, "malformed": 0.10}
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor")
EVENTS = ("Flood", "Wildfire", "Storm", "Earthquake", "Heat wave", "Power outage")
PATIENCE = 3600.0
TOLERANCE = timedelta(seconds=3)
"""An alert that was taken while another one was just being planned is not late."""


@dataclass(frozen=True)
class Load:
    """What is dropped. seconds: over which the files are spread; kill: the daemon is killed in the middle."""

    alerts: int = 100
    seconds: float = 60.0
    kill: bool = True
    settings: dict[str, Any] = field(default_factory=dict)
    seed: int = 5


@dataclass(frozen=True)
class Dropped:
    """One file. alert None: malformed. duplicate: a second file with the same alert."""

    name: str
    data: bytes
    alert: Alert | None
    duplicate: bool = False


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alerts", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--no-kill", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="emergency-load-") as folder:
        result = run(Load(chosen.alerts, chosen.seconds, not chosen.no_kill), Path(folder))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "emergency_load.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({key: result[key] for key in ("ended", "latency", "faults")}, indent=1))
    if result["faults"]:
        sys.exit(1)


def run(load: Load, folder: Path) -> dict[str, Any]:
    """Drop the load on a daemon in `folder`, wait for the end, and judge it. ``faults``: what went wrong, in words."""
    config = project(load, folder)
    files = make_files(load)
    machine = description()
    daemon = Daemon(folder)
    started = time.monotonic()
    dropped: dict[str, datetime] = {}
    try:
        daemon.start()
        for index, file in enumerate(files):
            _wait_until(started + load.seconds * index / len(files))
            if load.kill and index == len(files) // 2:
                daemon.kill()
                daemon.start()
            drop(folder / "inbox" / "alerts", file)
            dropped.setdefault(file.name, datetime.now(UTC))
        _wait_for_the_end(config, files, folder)
    finally:
        daemon.kill()
    return judge(load, config, files, dropped, folder) | {"machine": machine, "seconds": time.monotonic() - started}


def make_files(load: Load) -> list[Dropped]:
    """The files in the order in which they are dropped; the same for the same load."""
    rng = random.Random(load.seed)
    count = {kind: round(share * load.alerts) for kind, share in SHARES.items()}
    files: list[Dropped] = []
    originals: list[Alert] = []
    now = datetime.now(UTC).replace(microsecond=0)
    for number in range(load.alerts - sum(count.values())):
        alert = make_alert(rng, f"load-{number:03d}", now + timedelta(milliseconds=number))
        originals.append(alert)
        files.append(Dropped(f"{alert.identifier}.xml", write_alert(alert), alert))
    for number in range(count["malformed"]):
        broken = write_alert(make_alert(rng, f"broken-{number:03d}", now))
        broken = broken.replace(b">Public<", b">Everybody<") if number % 2 else broken[: len(broken) // 2]
        files.append(Dropped(f"broken-{number:03d}.xml", broken, None))
    rng.shuffle(files)
    for kind, amount in (("Update", count["update"]), ("Cancel", count["cancel"])):
        for number in range(amount):
            earlier = originals.pop(rng.randrange(len(originals)))
            later = _referring(rng, kind, f"{kind.lower()}-{number:03d}", earlier)
            _after(files, earlier, Dropped(f"{later.identifier}.xml", write_alert(later), later), rng)
    for number in range(count["duplicate"]):
        earlier = rng.choice(originals)
        _after(files, earlier, Dropped(f"again-{number:03d}.xml", write_alert(earlier), earlier, True), rng)
    return files


def judge(
    load: Load, config: VideoGenConfig, files: list[Dropped], dropped: dict[str, datetime], folder: Path
) -> dict[str, Any]:
    """The end of every alert, the latencies, and all that is not as it must be."""
    from videogen.emergency.publishing.production_parts import making

    tools = making(config)
    first: dict[str, datetime] = {}
    for file in files:
        if file.alert is not None:
            key = alert_key(file.alert.identity)
            first[key] = min(first.get(key, dropped[file.name]), dropped[file.name])
    alerts = {key: tools.manager.register.get(key) for key in first}
    records = {key: tools.published.record(key) for key in first}
    faults = [*_not_ended(alerts), *_not_once(alerts, folder), *_on_air_faults(alerts, tools)]
    faults += _not_refused(files, folder) + _out_of_order(alerts, records)
    published = {key: record for key, record in records.items() if record is not None}
    from_drop = [(record.published_at - first[key]).total_seconds() for key, record in published.items()]
    from_taking = [record.latency for record in published.values()]
    return {
        "load": {"alerts": load.alerts, "seconds": load.seconds, "daemon_killed": load.kill},
        "files": len(files),
        "ended": dict(Counter(alert.state for alert in alerts.values())),
        "rungs": dict(Counter(str(record.rung) for record in published.values())),
        "latency": {"from_file": spread(from_drop), "from_register": spread(from_taking)},
        "faults": faults,
    }


class Daemon:
    """Dagster's daemon with its code server and run workers, as one group of processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; its output goes into ``daemon.log``."""
        environment = os.environ | {
            "DAGSTER_HOME": str(self._folder / "home"),
            "VIDEOGEN_CONFIG": str(self._folder / "config.yaml"),
        }
        command = [str(Path(sys.executable).parent / "dagster-daemon"), "run", "-w", "workspace.yaml"]
        with (self._folder / "daemon.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=PROJECT, env=environment, stdout=log, stderr=subprocess.STDOUT
            )

    def kill(self) -> None:
        """Kill it with its code server and run workers, without a chance to tidy up."""
        if self._process is None:
            return
        daemon = psutil.Process(self._process.pid)
        for process in [daemon, *daemon.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait(timeout=60)
        self._process = None


def project(load: Load, folder: Path) -> VideoGenConfig:
    import dagster as dg

    places = {
        "paths.store": str(folder / "store"),
        "paths.warehouse": str(folder / "warehouse"),
        "paths.inbox": str(folder / "inbox"),
        "paths.output": str(folder / "output"),
        "paths.published": str(folder / "published"),
        "release.development_folder": str(folder / "signing"),
    }
    config = VideoGenConfig.load(None, {**places, **load.settings})
    (folder / "config.yaml").write_text(config.to_yaml(), encoding="utf-8")
    (folder / "home").mkdir()
    shutil.copyfile(PROJECT / "dagster_home" / "dagster.yaml", folder / "home" / "dagster.yaml")
    # Two processes that begin with an empty folder could both try to set up its database.
    dg.DagsterInstance.from_config(str(folder / "home")).dispose()
    return config


def make_alert(rng: random.Random, identifier: str, sent: datetime) -> Alert:
    event = rng.choice(EVENTS)
    centre = Point(round(rng.uniform(36.0, 60.0), 3), round(rng.uniform(-5.0, 25.0), 3))
    info = Info(
        categories=("Met",),
        event=event,
        urgency=rng.choice(("Immediate", "Expected")),
        severity=rng.choice(SEVERITIES),
        certainty="Observed",
        expires=sent + timedelta(hours=12),
        sender_name="Regional Warning Centre",
        headline=f"{event} in the northern districts",
        instruction="Stay indoors. Keep the roads free. Listen to the radio.",
        areas=(Area(description="Northern districts", circles=(Circle(centre, 12.0),)),),
    )
    return Alert(
        identifier=identifier,
        sender="warn@load.example",
        sent=sent,
        status="Actual",
        msg_type="Alert",
        scope="Public",
        infos=(info,),
    )


def _referring(rng: random.Random, kind: str, identifier: str, earlier: Alert) -> Alert:
    later = make_alert(rng, identifier, earlier.sent + timedelta(seconds=1))
    infos = later.infos if kind == "Update" else ()
    return later.model_copy(update={"msg_type": kind, "references": (earlier.identity,), "infos": infos})


def _after(files: list[Dropped], earlier: Alert, file: Dropped, rng: random.Random) -> None:
    place = next(index for index, other in enumerate(files) if other.alert == earlier)
    files.insert(rng.randint(place + 1, len(files)), file)


def drop(inbox: Path, file: Dropped) -> None:
    inbox.mkdir(parents=True, exist_ok=True)
    partial = inbox / f".{file.name}"
    partial.write_bytes(file.data)
    partial.rename(inbox / file.name)


def _wait_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def _wait_for_the_end(config: VideoGenConfig, files: list[Dropped], folder: Path) -> None:
    """Until every alert is known and none is unfinished or still up though it has ended, and the rest is rejected."""
    from videogen.emergency.publishing.production_parts import making

    register = making(config).manager.register
    keys = {alert_key(file.alert.identity) for file in files if file.alert is not None}
    malformed = sum(file.alert is None for file in files)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        busy = not keys <= set(register.keys()) or register.unfinished() or register.to_withdraw()
        if not busy and len(_rejected(folder)) >= malformed:
            return
        time.sleep(1.0)


def _rejected(folder: Path) -> list[Path]:
    return sorted((folder / "inbox" / "alerts" / "rejected").glob("*.xml"))


def _not_ended(alerts: dict[str, RegisteredAlert]) -> Iterator[str]:
    for key, alert in alerts.items():
        if alert.state not in ("published", "superseded", "cancelled"):
            yield f"{alert.alert.identifier} ({key}) is {alert.state}: {alert.history[-1].reason}"


def _not_once(alerts: dict[str, RegisteredAlert], folder: Path) -> Iterator[str]:
    for key, alert in alerts.items():
        times = sum(event.state == "published" for event in alert.history)
        if times > 1:
            yield f"{key} was published {times} times"
    half_done = [path.name for path in (folder / "published" / "alerts").glob(".*")]
    # What a killed process was just writing may lie there under a temporary name; nobody sees it.
    if len(half_done) > 1:
        yield f"{len(half_done)} half published folders: {half_done}"


def _on_air_faults(alerts: dict[str, RegisteredAlert], tools: Any) -> Iterator[str]:
    for key, alert in alerts.items():
        up = tools.published.is_up(key)
        if up != (alert.state == "published"):
            yield f"{key} is {alert.state}, but {'still' if up else 'not'} in the published place"


def _not_refused(files: list[Dropped], folder: Path) -> list[str]:
    names = {path.name for path in _rejected(folder)}
    wanted = {file.name for file in files if file.alert is None}
    faults = [f"{name} was not rejected" for name in sorted(wanted - names)]
    faults += [f"{name} was rejected" for name in sorted(names - wanted)]
    return faults


def _out_of_order(alerts: dict[str, RegisteredAlert], records: dict[str, AlertRecord | None]) -> list[str]:
    """An alert was planned while a more urgent one had long been taken and was not planned yet."""
    spans = {
        key: (alert.rank, record.taken_at, record.planned_at)
        for key, alert in alerts.items()
        if (record := records[key]) is not None
    }
    return [
        f"{key} (rank {rank}) was planned before {other} (rank {higher})"
        for key, (rank, _, planned) in spans.items()
        for other, (higher, taken, later) in spans.items()
        if higher > rank and taken + TOLERANCE < planned < later
    ]


def spread(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {}
    return {
        "median": round(statistics.median(seconds), 2),
        "p95": round(quantile(seconds, 0.95), 2),
        "longest": round(max(seconds), 2),
    }


if __name__ == "__main__":
    main()
