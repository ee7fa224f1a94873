"""What monitoring costs a generation: processor seconds of `videogen generate` with it on and off, in turns.

Run: ``python -m benchmarks.monitoring_overhead``. Writes ``benchmarks/results/monitoring_overhead.json``. Processor time is
compared instead of wall time, so that other work on the machine moves it little.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.machine import PROJECT, RESULTS, description

PAIRS = 6
PROMPT = "a red bus driving left through the city at night"


def main() -> None:
    """Entry point."""
    folder = Path(tempfile.mkdtemp(prefix="videogen-bench-"))
    try:
        report = {"machine": description(), "at": datetime.now(UTC).isoformat(timespec="seconds"), **measure(folder)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    (RESULTS / "monitoring_overhead.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=1))


def measure(folder: Path) -> dict[str, Any]:
    """Pairs of generations, the order of the two changing from pair to pair; the first of each kind is not counted."""
    for on in (True, False):
        generation(folder, on)
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for pair in range(PAIRS):
        for on in (True, False) if pair % 2 else (False, True):
            seconds[on].append(generation(folder, on))
    ratios = [with_it / without for with_it, without in zip(seconds[True], seconds[False], strict=True)]
    return {
        "pairs": PAIRS,
        "processor_seconds_on": [round(one, 2) for one in seconds[True]],
        "processor_seconds_off": [round(one, 2) for one in seconds[False]],
        "ratio_of_the_medians": round(statistics.median(seconds[True]) / statistics.median(seconds[False]), 4),
        "ratio_of_pairs_median": round(statistics.median(ratios), 4),
        "ratio_of_pairs_lowest_and_highest": [round(min(ratios), 4), round(max(ratios), 4)],
    }


def generation(folder: Path, monitored: bool) -> float:
    """User and system seconds of one command, in a home of its own for either kind."""
    home = folder / str(monitored)
    environment = {**os.environ, "VIDEOGEN_HOME": str(home), "OMP_NUM_THREADS": "1"}
    command = [
        sys.executable, "-m", "videogen_dagster.cli", "generate", PROMPT, "--seed", "7", "--no-regenerate",
        "--size", "640x400", "--out", str(folder / "out.mp4"),
    ]  # fmt: skip
    environment["VIDEOGEN_MONITORING__ENABLED"] = json.dumps(monitored)
    process = subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with exit code {process.returncode}")
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
