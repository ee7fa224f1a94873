"""How long 100,000 events take, and how many posts a second the page for raters keeps, through a kill −9.

    python -m benchmarks.feedback.throughput [--events 100000] [--seconds 10]

Writes ``benchmarks/results/feedback_throughput.json``.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.machine import PROJECT, RESULTS, description
from tests.release_helpers import make_attempt, quality, write_clip
from videogen.config.config import VideoGenConfig
from videogen.domain.requests import VideoRequest
from videogen.feedback import FeedbackIntegration
from videogen.feedback.daily import aggregate_day, collect_day
from videogen.feedback.privacy.links import make_link
from videogen.storage.artifact_store import ArtifactStore

VIDEOS, RATERS, DAYS, CLIENTS, PORT = 2000, 1000, 30, 8, 3987
LETTERS = "abcdefghijklmnopqrstuvwxyz"
COMMENTS = (
    "the picture is blurry",
    "wrong colour of the bus",
    "lovely",
    "captions vanish too fast",
    "it moves backwards",
)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    found: dict[str, Any] = {"events": options.events}
    with tempfile.TemporaryDirectory(prefix="videogen-feedback-") as folder:
        place = Path(folder)
        found |= tables(FeedbackIntegration(configuration(place / "tables")), options.events)
        found |= page(place / "page", options.seconds)
    found["machine"] = description()
    (RESULTS / "feedback_throughput.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


def configuration(folder: Path) -> VideoGenConfig:
    """A project of its own."""
    own = {f"paths.{name}": str(folder / name) for name in ("store", "warehouse", "inbox", "output", "published")}
    own |= {"feedback.key_file": str(folder / "keys.json"), "feedback.adopted_file": str(folder / "adopted.yaml")}
    return VideoGenConfig.load(None, own | {"feedback.posts_per_minute": 100_000})


def tables(integration: FeedbackIntegration, count: int) -> dict[str, Any]:
    """Aggregation of a day of so many events, and a report over a month of as many."""
    source = random.Random(1)
    today = datetime.now(UTC).date()
    ids = [VideoRequest(prompt="a bus").id for _ in range(VIDEOS)]
    raters = ["k1:" + "".join(source.choices(LETTERS, k=26)) for _ in range(RATERS)]
    collector = integration.collector
    one_day = events(source, count, ids, raters, [today])
    collector.store.warehouse.write("feedback", f"{today}", one_day)
    started = time.perf_counter()
    aggregate_day(collector, today)
    seconds = {"daily aggregation": round(time.perf_counter() - started, 2)}
    started = time.perf_counter()
    collect_day(collector, today)
    seconds["collecting and categorising the day"] = round(time.perf_counter() - started, 2)
    month = events(source, count, ids, raters, [today - timedelta(days=n) for n in range(DAYS)])
    for day, rows in month.groupby(month["received_at"].dt.date):
        collector.store.warehouse.write("feedback", f"{day}", rows)
    started = time.perf_counter()
    integration.generate_improvement_report("30d")
    seconds["report over 30 days"] = round(time.perf_counter() - started, 2)
    return {"seconds": seconds}


def events(source: random.Random, count: int, ids: list[str], raters: list[str], days: list[Any]) -> pd.DataFrame:
    """Rows of the table `feedback`: ratings, decisions, completions, tags, comments."""
    kinds = source.choices(
        ["rating", "approved", "rejected", "completion", "tag", "comment"], [30, 15, 5, 30, 10, 10], k=count
    )
    moments = [
        datetime(d.year, d.month, d.day, source.randrange(24), source.randrange(60), tzinfo=UTC)
        for d in source.choices(days, k=count)
    ]
    frame = pd.DataFrame({
        "event_id": [f"{number:032x}" for number in range(count)], "received_at": moments, "occurred_at": pd.NaT,
        "video_id": source.choices(ids, k=count), "attempt": 1, "kind": kinds,
        "value": np.random.default_rng(1).integers(0, 5, count) / 4, "other_video_id": None, "other_attempt": None,
        "shown_first": None, "tag": ["blurry" if kind == "tag" else None for kind in kinds],
        "comment": [source.choice(COMMENTS) if kind == "comment" else None for kind in kinds],
        "category": ["picture quality" if kind == "tag" else "other" for kind in kinds],
        "rater": source.choices(raters, k=count), "channel": "web", "purposes": "analysis", "experiment": None, "arm": None,
    })  # fmt: skip
    return frame.assign(occurred_at=pd.Series([None] * count, dtype="datetime64[us, UTC]"))


def page(folder: Path, seconds: float) -> dict[str, Any]:
    """Posts a second of `CLIENTS` clients, the server killed in the middle, and what was lost of what it confirmed."""
    config = configuration(folder)
    collector = FeedbackIntegration(config).collector
    request = collector.requests.submit(VideoRequest(prompt="a bus"))
    clip = write_clip(folder / "clip.mp4")
    make_attempt(collector.requests, ArtifactStore(collector.requests.root), request.id, clip, report=quality())
    file = folder / "config.yaml"
    file.write_text(config.to_yaml(), encoding="utf-8")
    tokens = [
        make_link(
            collector.keys.link_key, days=1, video_id=request.id, attempt=1, rater=collector.keys.pseudonym(f"r{n}")
        )
        for n in range(CLIENTS)
    ]
    confirmed: list[str] = []
    rates = []
    for killed in (False, True):
        server = serve(file)
        stop, before = threading.Event(), len(confirmed)
        clients = [threading.Thread(target=post, args=(token, stop, confirmed)) for token in tokens]
        started = time.perf_counter()
        for client in clients:
            client.start()
        time.sleep(seconds / (2 if killed else 1))
        took = time.perf_counter() - started
        if killed:
            server.send_signal(signal.SIGKILL)
        else:
            rates.append((len(confirmed) - before) / took)
        stop.set()
        for client in clients:
            client.join(30)
        server.kill()
        server.wait()
    kept = collector.store.of_day(datetime.now(UTC).date())
    ids = {collector.keys.event_id(f"{key}", f"{request.id} rating") for key in confirmed}
    lost = len(ids - set(kept["event_id"]))
    return {
        "posts a second": round(rates[0], 1),
        "posts confirmed": len(confirmed),
        "lost over kill -9": lost,
        "clients": CLIENTS,
    }


def serve(file: Path) -> subprocess.Popen[bytes]:
    """The page's server, once it answers."""
    arguments = [
        sys.executable,
        "-m",
        "videogen_dagster.cli",
        "--config",
        str(file),
        "feedback",
        "serve",
        "--port",
        str(PORT),
    ]
    server = subprocess.Popen(arguments, cwd=PROJECT, env=os.environ, stderr=subprocess.DEVNULL)
    for _ in range(240):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=2)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return server
        except OSError:
            time.sleep(0.5)
    raise RuntimeError("the page does not answer")


def post(token: str, stop: threading.Event, confirmed: list[str]) -> None:
    """Post ratings until told to stop; what was confirmed is noted under the key that the page derives."""
    from videogen.feedback.privacy.links import _bytes

    serial = json.loads(_bytes(token.partition(".")[0]))["serial"]
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    while not stop.is_set():
        key = f"{random.getrandbits(96):024x}"
        body = json.dumps({"t": token, "rating": 4, "key": key})
        try:
            connection.request("POST", "/api/feedback", body)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return
        if answer.status == 200:
            confirmed.append(f"{serial} {key}")


if __name__ == "__main__":
    main()
