"""The whole pipeline against a plain script: one cold video, a batch of eight, loading, memory.

``python -m benchmarks.pipeline [--rounds N]`` writes ``benchmarks/results/pipeline.json``. Both sides use the same
weights, sizes and encoder settings, and take turns, so that a busy moment of the machine hits both. The pipeline runs in
three ways: as it is installed; with the profile's number of steps for every video, as the plain script has it, and guidance in
the profile's interval, which the diffusers pipeline cannot; with guidance throughout, too.
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


WAYS: dict[str, dict[str, str]] = {
    "as_installed": {},
    "equal_steps": {"VIDEOGEN_SYNTHESIS__ADAPTIVE_STEPS": "false"},
    "equal_steps_guided_throughout": {
        "VIDEOGEN_SYNTHESIS__ADAPTIVE_STEPS": "false",
        "VIDEOGEN_SYNTHESIS__GUIDANCE_INTERVAL": "[0.0, 1.0]",
    },
}


def home(folder: str, way: str) -> dict[str, str]:
    """An environment that keeps a run of the pipeline to itself. way: one of `WAYS`."""
    store = Path(folder)
    return WAYS[way] | {
        "DAGSTER_HOME": folder,
        "VIDEOGEN_PATHS__STORE": str(store / "videos"),
        "VIDEOGEN_PATHS__WAREHOUSE": str(store / "warehouse"),
    }


def pipeline_one(way: str) -> Measured:
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
        return command([sys.executable, *arguments], home(folder, way))


def pipeline_batch(count: int, way: str) -> Measured:
    """`count` videos in one Dagster run, models loaded once."""
    with tempfile.TemporaryDirectory() as folder:
        requests = Path(folder) / "batch.jsonl"
        lines = [json.dumps({"prompt": PROMPTS[i % len(PROMPTS)], "seed": i}) for i in range(count)]
        requests.write_text("\n".join(lines))
        arguments = ["-m", "videogen_dagster.cli", "submit", str(requests), "--run"]
        return command([sys.executable, *arguments], home(folder, way))


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
    theirs: list[float] = []
    ours: dict[str, list[float]] = {way: [] for way in WAYS}
    peak = 0
    for _ in range(rounds):
        theirs.append(plain(1).seconds)
        for way, seconds in ours.items():
            run = pipeline_one(way)
            seconds.append(run.seconds)
            peak = max(peak, run.peak_bytes)
    return {
        "plain_s": theirs,
        "pipeline_s": ours,
        "ratio": {way: statistics.median(seconds) / statistics.median(theirs) for way, seconds in ours.items()},
        "target": 1.15,
        "peak_memory_gb": peak / GIGABYTE,
        "peak_memory_target_gb": 4.0,
    }


def batch(count: int, rounds: int) -> dict[str, Any]:
    """Videos per minute: one Dagster run of `count` against the plain script's warm loop.

    The plain side counts without loading its models (it is warm); ours counts the whole process, its start and the
    loading included. `ratio_both_with_loading` counts the whole process on both sides.
    """
    warm, whole = [], []
    ours: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        run = plain(count)
        warm.append(sum(json.loads(run.output.strip().splitlines()[-1])["seconds"]))
        whole.append(run.seconds)
        for way, seconds in ours.items():
            seconds.append(pipeline_batch(count, way).seconds)
    middle = {way: statistics.median(seconds) for way, seconds in ours.items()}
    return {
        "videos": count,
        "plain_warm_s": warm,
        "plain_with_loading_s": whole,
        "pipeline_s": ours,
        "ratio_of_rates": {way: statistics.median(warm) / seconds for way, seconds in middle.items()},
        "ratio_both_with_loading": {way: statistics.median(whole) / seconds for way, seconds in middle.items()},
        "target": 1.3,
    }


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    result = {
        "machine": description(),
        "loading": loading(),
        "cold": cold(options.rounds),
        "batch": batch(8, options.rounds),
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1)
    (RESULTS / "pipeline.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
