"""What a store on S3 costs a default video, against a local one: whole commands in turn, against a server on loopback.

`python -m benchmarks.fleet.store [ROUNDS]`. The server is moto, which is slower than a store; the network is faster.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.machine import RESULTS, command, description

PROMPT = "a red bus driving left through the city at night"


def once(folder: Path, environment: dict[str, str]) -> float:
    """Seconds of one video in a fresh home."""
    home = folder / f"home-{time.monotonic_ns()}"
    home.mkdir()
    arguments = [sys.executable, "-m", "videogen_dagster.cli", "generate", PROMPT, "--no-regenerate", "--json"]
    places = {
        "DAGSTER_HOME": str(home / "dagster_home"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "VIDEOGEN_PATHS__OUTPUT": str(home / "output"),
        "VIDEOGEN_PATHS__PUBLISHED": str(home / "published"),
        "VIDEOGEN_FACT_CHECK__KNOWLEDGE_BASE": str(folder / "knowledge"),
        "VIDEOGEN_PATHS__STORE": str(home / "store"),
        "VIDEOGEN_PATHS__WAREHOUSE": str(home / "warehouse"),
    }
    return command(arguments, {**os.environ, **places, **environment}).seconds


def main() -> None:
    """Entry point."""
    from deploy.local.servers import object_store

    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    machine = description()
    seconds: dict[str, list[float]] = {"local": [], "s3": []}
    with tempfile.TemporaryDirectory(prefix="videogen-store-") as name:
        folder = Path(name)
        with object_store(folder / "s3") as (_, keys):
            once(folder, {})  # caches, the knowledge base
            for number in range(rounds):
                place = f"s3://videos/{number}"
                on_s3 = {"VIDEOGEN_PATHS__STORE": f"{place}/store", "VIDEOGEN_PATHS__WAREHOUSE": f"{place}/warehouse"}
                seconds["local"].append(once(folder, {}))
                seconds["s3"].append(once(folder, {**keys, **on_s3}))
    medians = {kind: statistics.median(values) for kind, values in seconds.items()}
    found: dict[str, Any] = {"seconds": seconds, "ratio": medians["s3"] / medians["local"], "aimed_at": 1.15}
    (RESULTS / "fleet_store.json").write_text(json.dumps({"machine": machine, **found}, indent=1) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
