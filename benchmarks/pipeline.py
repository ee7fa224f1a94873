"""The whole pipeline against a plain script: one cold video, a batch of eight, loading, memory.

``python -m benchmarks.pipeline [--rounds N]`` writes ``benchmarks/results/pipeline.json``. Both sides
use the same weights, steps, sizes and encoder settings (guidance also in the profile's interval, which the diffusers
pipeline cannot), and take turns, so that a busy moment of the
machine hits both.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.machine import RESULTS, Measured, command, description, python
from benchmarks.plain import PROMPTS

GIGABYTE = 1e9


def plain(count: int) -> Measured:
    """`count` videos by the plain script in one process."""
    with tempfile.TemporaryDirectory() as folder:
        return command([sys.executable, "-m", "benchmarks.plain", folder, str(count)])


def home(folder: str, *, guided: bool) -> dict[str, str]:
    """An environment that keeps a run of the pipeline to itself.

    Args:
        guided: guidance throughout, as the plain script has it; else in the profile's interval.
    """
    store = Path(folder)
    interval = {"VIDEOGEN_SYNTHESIS__GUIDANCE_INTERVAL": "[0.0, 1.0]"} if guided else {}
    return interval | {
        "DAGSTER_HOME": folder,
        "VIDEOGEN_PATHS__STORE": str(store / "videos"),
        "VIDEOGEN_PATHS__WAREHOUSE": str(store / "warehouse"),
        # The plain script knows no adaptive steps: both sides take the profile's number.
        "VIDEOGEN_SYNTHESIS__ADAPTIVE_STEPS": "false",
    }


def pipeline_one(*, guided: bool = False) -> Measured:
    """One video through Dagster, as a user starts it."""
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "out.mp4")
        arguments = [
            "-m",
            "videogen_dagster.cli",
            "generate",
            PROMPTS[0],
            "--out",
            out,
            "--seed",
            "0",
            "--no-regenerate",
        ]
        return command([sys.executable, *arguments], home(folder, guided=guided))


def pipeline_batch(count: int, *, guided: bool = False) -> Measured:
    """`count` videos in one Dagster run, models loaded once."""
    with tempfile.TemporaryDirectory() as folder:
        requests = Path(folder) / "batch.jsonl"
        lines = [json.dumps({"prompt": PROMPTS[i % len(PROMPTS)], "seed": i}) for i in range(count)]
        requests.write_text("\n".join(lines))
        arguments = ["-m", "videogen_dagster.cli", "submit", str(requests), "--run"]
        return command([sys.executable, *arguments], home(folder, guided=guided))


def loading() -> dict[str, Any]:
    """Seconds to load the code location, against its three main libraries alone."""
    ours, theirs = [], []
    for _ in range(5):
        theirs.append(python("import dagster, duckdb, pandera").seconds)
        ours.append(python("from videogen_dagster.definitions import defs").seconds)
    ratio = statistics.median(ours) / statistics.median(theirs)
    return {"code_location_s": ours, "libraries_s": theirs, "ratio": ratio, "target": 1.3}


def cold(rounds: int) -> dict[str, Any]:
    """One video, everything cold: the pipeline against the plain script."""
    ours, guided, theirs, peak = [], [], [], 0
    for _ in range(rounds):
        theirs.append(plain(1).seconds)
        run = pipeline_one()
        ours.append(run.seconds)
        guided.append(pipeline_one(guided=True).seconds)
        peak = max(peak, run.peak_bytes)
    return {
        "pipeline_s": ours,
        "pipeline_guided_throughout_s": guided,
        "plain_s": theirs,
        "ratio": statistics.median(ours) / statistics.median(theirs),
        "ratio_guided_throughout": statistics.median(guided) / statistics.median(theirs),
        "target": 1.15,
        "peak_memory_gb": peak / GIGABYTE,
        "peak_memory_target_gb": 4.0,
    }


def batch(count: int) -> dict[str, Any]:
    """Videos per minute: one Dagster run of `count` against the plain script's warm loop.

    The plain side counts without loading its models (it is warm); ours counts everything.
    """
    theirs = json.loads(plain(count).output.strip().splitlines()[-1])["seconds"]
    ours, guided = pipeline_batch(count).seconds, pipeline_batch(count, guided=True).seconds
    return {
        "videos": count,
        "pipeline_s": ours,
        "pipeline_guided_throughout_s": guided,
        "plain_warm_s": theirs,
        "ratio_of_rates": sum(theirs) / ours,
        "ratio_of_rates_guided_throughout": sum(theirs) / guided,
        "target": 1.3,
    }


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    result = {"machine": description(), "loading": loading(), "cold": cold(options.rounds), "batch": batch(8)}
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1)
    (RESULTS / "pipeline.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
