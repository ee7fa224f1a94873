"""Counts tries in memory, so that nobody can guess passwords or keep the desk busy. What it keeps is bounded, too."""

from __future__ import annotations

import threading
import time
from collections import deque

_MOST_NAMES = 10_000
_LONGEST = 200


class Throttle:
    """At most `tries` in `seconds`, for each name."""

    def __init__(self, tries: int, seconds: float) -> None:
        self._tries, self._seconds = tries, seconds
        self._times: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def wait(self, name: str) -> float:
        """Seconds until this name may try again; 0: at once, and the try is counted."""
        now, name = time.monotonic(), name[:_LONGEST]
        with self._lock:
            times = self._times.pop(name, None) or deque()
            self._times[name] = times
            if len(self._times) > _MOST_NAMES:
                # The one that tried longest ago: names stand in the order of their last tries.
                del self._times[next(iter(self._times))]
            while times and now - times[0] > self._seconds:
                times.popleft()
            if len(times) >= self._tries:
                return max(0.1, self._seconds - (now - times[0]))
            times.append(now)
            return 0.0

    def forget(self, name: str) -> None:
        """Let a name begin from zero: it has shown that it is the right one."""
        with self._lock:
            self._times.pop(name[:_LONGEST], None)
