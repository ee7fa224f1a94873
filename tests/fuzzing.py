"""`make fuzz`: the tests that write hostile input, over and over with ever new input, until the time is over.

The tests carry the marker ``fuzz``. In the usual suite they run once, with few examples. Each round here is a process of
its own, with five times as many; what fails ends the run, and hypothesis tries that input first at the next one.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time

from hypothesis import settings

MINUTES = "FUZZ_MINUTES"
_USUAL_MINUTES = "30"
_UNIT = 100
"""Examples of hypothesis' own default."""

settings.register_profile("fuzz", max_examples=5 * _UNIT, deadline=None, derandomize=False, print_blob=True)


def examples(usual: int) -> int:
    """How many examples a fuzz test tries: `usual`, and more in `make fuzz`."""
    profile = settings.default
    assert profile is not None
    return usual * profile.max_examples // _UNIT


def main() -> int:
    """Rounds of all fuzz tests until the minutes are over; the last one is cut short. Gives the exit code."""
    try:
        minutes = float(os.environ.get(MINUTES) or _USUAL_MINUTES)
    except ValueError:
        minutes = math.nan
    if not 0 < minutes < math.inf:
        print(f"{MINUTES} must be a number of minutes above 0, such as {_USUAL_MINUTES}", file=sys.stderr)
        return 2
    end, rounds = time.monotonic() + minutes * 60, 0
    # A round takes as long as it needs: only a hang of one test is a failure.
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "fuzz", "--timeout=1800", "tests"]
    environment = os.environ | {MINUTES: str(minutes)}
    while (left := end - time.monotonic()) > 0:
        try:
            code = subprocess.run(command, env=environment, timeout=left, check=False).returncode
        except subprocess.TimeoutExpired:
            break
        if code:
            print(f"fuzz: failed in round {rounds + 1}", file=sys.stderr)
            return code
        rounds += 1
    print(f"fuzz: {rounds} whole rounds in {minutes:g} minutes, and nothing was found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
