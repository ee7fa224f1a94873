"""The log of decisions as the admin page reads it: checked once, and again from where it has grown."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from videogen.release.people.log import DecisionLog, LogLine


class LogView:
    """All lines and the faults of their chain, kept until the file changes."""

    def __init__(self, log: DecisionLog) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._mark: tuple[int, int] = (-1, -1)
        self._lines: list[LogLine] = []
        self._faults: tuple[str, ...] = ()

    def read(self) -> tuple[list[LogLine], tuple[str, ...]]:
        """The lines, first to last, and what is wrong with their chain."""
        with self._lock:
            mark = self._changed()
            if mark != self._mark:
                self._faults = self._log.check().faults
                # Of a log that is damaged, what can be read is shown.
                self._lines = [] if self._faults else list(self._log.lines())
                self._mark = mark
            return self._lines, self._faults

    def _changed(self) -> tuple[int, int]:
        try:
            facts = self._log.path.stat()
        except FileNotFoundError:
            return (0, 0)
        return (facts.st_mtime_ns, facts.st_size)
