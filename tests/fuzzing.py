"""`make fuzz`: the tests that write hostile input, over and over with ever new input, until the time is over.

Such a test carries the marker ``fuzz`` with the door that its input comes in by. In the usual suite it runs once, with few
examples. Here each round is a process of its own, with five times as many for every door. A round always runs to its end,
and the time is processor time, so a busy machine makes the run longer, not poorer.
"""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, settings

MINUTES, RECORD = "FUZZ_MINUTES", "FUZZ_RECORD"
DOORS = (
    "requests",
    "pictures",
    "cap",
    "feeds",
    "configuration",
    "knowledge",
    "texts",
    "video",
    "releases",
    "feedback",
    "desk",
    "outlets",
    "models",
    "approvals",
)
_USUAL_MINUTES = "30"
_UNIT = 100
"""Examples of hypothesis' own default."""
_TESTS = Path(__file__).parent

# How long an example takes says more about what else the machine does than about the program.
settings.register_profile("usual", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "fuzz", settings.get_profile("usual"), max_examples=5 * _UNIT, derandomize=False, print_blob=True
)


def examples(usual: int) -> int:
    """How many examples a fuzz test tries: `usual`, and more in `make fuzz`."""
    profile = settings.default
    assert profile is not None
    return usual * profile.max_examples // _UNIT


def files() -> list[str]:
    """The test files that hold a fuzz test: only these are collected, so that a round begins at once."""
    return sorted(str(path) for path in _TESTS.rglob("test_*.py") if "mark.fuzz(" in path.read_text(encoding="utf-8"))


class Tally:
    """What was tried over all rounds, and what escaped."""

    def __init__(self) -> None:
        self.inputs: Counter[str] = Counter({door: 0 for door in DOORS})
        self.seconds: dict[str, float] = dict.fromkeys(DOORS, 0.0)
        self.escaped: dict[str, str] = {}
        self.rounds = 0

    def add(self, record: Path, code: int) -> None:
        """Count one round.

        Args:
            record: What the round's process wrote, one JSON object a line (`tests.fuzz_rounds`).
            code: Exit code of that process. 0 and 1 are a whole round.
        """
        begun = "before its first test"
        for line in record.read_text(encoding="utf-8").splitlines() if record.exists() else []:
            row = json.loads(line)
            begun = row["test"]
            self.inputs[row["door"]] += row.get("inputs", 0)
            self.seconds[row["door"]] += row.get("seconds", 0.0)
            if row.get("failure"):
                self.escaped.setdefault(row["test"], row["failure"])
        if code in (0, 1):
            self.rounds += 1
        if code not in (0, 1) or (code == 1 and not self.escaped):
            self.escaped.setdefault(begun, f"the process ended with {code} in this test")

    def lines(self, minutes: float) -> list[str]:
        """The report.

        Args:
            minutes: Processor time spent.
        """
        counts = [f"  {door:<14}{self.inputs[door]:>9,} inputs{self.seconds[door]:>9,.1f} s" for door in DOORS]
        found = [f"  ESCAPED {test}: {why}" for test, why in self.escaped.items()] or ["  nothing escaped"]
        return [f"fuzz: {self.rounds} whole rounds in {minutes:.1f} minutes of processor time", *counts, *found]

    def code(self) -> int:
        """Exit code: 1 if something escaped, a door was not tried, or no round was whole."""
        return int(bool(self.escaped) or not self.rounds or not all(self.inputs[door] for door in DOORS))


def _spent() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    """Rounds of all fuzz tests until the minutes of processor time are over, or Ctrl-C. Gives the exit code."""
    try:
        minutes = float(os.environ.get(MINUTES) or _USUAL_MINUTES)
    except ValueError:
        minutes = math.nan
    if not 0 < minutes < math.inf:
        print(f"{MINUTES} must be a number of minutes above 0, such as {_USUAL_MINUTES}", file=sys.stderr)
        return 2
    # Wall time ends only a test that waits for something that never comes; loops are ended by their processor time.
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "tests.fuzz_rounds",
        "-m",
        "fuzz",
        "--timeout=7200",
        "--tb=short",
        *files(),
    ]
    tally = Tally()
    with TemporaryDirectory() as folder:
        while _spent() < minutes * 60 and not (tally.escaped and not tally.rounds):
            record = Path(folder) / f"round{tally.rounds}.jsonl"
            environment = os.environ | {MINUTES: str(minutes), RECORD: str(record)}
            try:
                code = subprocess.run(command, env=environment, check=False).returncode
            except KeyboardInterrupt:
                break
            tally.add(record, code)
            print("\n".join(tally.lines(_spent() / 60)), flush=True)
    return tally.code()


if __name__ == "__main__":
    sys.exit(main())
