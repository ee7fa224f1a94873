"""Runs every benchmark of this folder, one after the other; `make bench` calls it."""

from __future__ import annotations

from benchmarks.machine import command

MODULES = (
    "benchmarks.pipeline",
    "benchmarks.super_resolution",
    "benchmarks.quality.speed",
    "benchmarks.emergency.renderer",
    "benchmarks.emergency.inbox",
    "benchmarks.emergency.load",
    "benchmarks.briefing.times",
    "benchmarks.regeneration",
    "benchmarks.monitoring",
)


def main() -> None:
    """Entry point."""
    import sys

    for module in MODULES:
        print(f"— {module}", flush=True)
        print(command([sys.executable, "-m", module]).output, flush=True)


if __name__ == "__main__":
    main()
