"""What a measurement was taken on, and how a command's time and memory are measured."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
RESULTS = PROJECT / "benchmarks/results"


def description() -> dict[str, Any]:
    """Processor, cores, memory, Python and the versions of what does the work."""
    import psutil

    names = [line.split(":", 1)[1].strip() for line in _cpuinfo() if line.startswith("model name")]
    packages = ("dagster", "torch", "diffusers", "transformers", "av", "duckdb", "opencv-python-headless")
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in packages},
    }


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


@dataclass(frozen=True)
class Measured:
    """Wall seconds, peak resident bytes of the process, and what it printed."""

    seconds: float
    peak_bytes: int
    output: str


def command(arguments: list[str], environment: dict[str, str] | None = None) -> Measured:
    """Run a command to its end and measure it; the peak counts the largest single process."""
    started = time.perf_counter()
    process = subprocess.Popen(
        arguments, cwd=PROJECT, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, text=True
    )
    output = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(arguments)} ended with exit code {process.returncode}")
    return Measured(seconds, usage.ru_maxrss * 1024, output)


def python(code: str) -> Measured:
    """Run a piece of Python in a fresh interpreter."""
    return command([sys.executable, "-c", code])
