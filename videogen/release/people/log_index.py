"""Where the lines about a subject stand in the log: looking at one item does not read what was decided on all."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from pathlib import Path
from typing import Final

_BEGINS: Final = b'{"about":"'
_KEY: Final = b'"event":"key_added"'

Place = tuple[int, int]
"""First byte of a line, and how many it has."""


class LogIndex:
    """The places of lines, kept while the file only grows; one that was changed otherwise is read again as a whole.

    Only places are kept: what a line says is read from the file each time, and checked by whoever asks.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._forget()

    def find(self, subject: str) -> list[bytes]:
        """The whole lines that may be about a subject, or register a key, first to last.

        Args:
            subject: an id as the log has it, letters that JSON does not escape.
        """
        with self._lock:
            try:
                with self._path.open("rb") as file:
                    self._bring_up_to_date(file.fileno())
                    places = sorted({*self._places.get(subject.encode(), ()), *self._always})
                    return [os.pread(file.fileno(), length, start) for start, length in places]
            except FileNotFoundError:
                self._forget()
                return []

    def _forget(self) -> None:
        self._seen: tuple[int, int, int] = (0, 0, 0)
        self._end, self._last = 0, b""
        self._places: dict[bytes, list[Place]] = defaultdict(list)
        self._always: list[Place] = []

    def _bring_up_to_date(self, file: int) -> None:
        facts = os.fstat(file)
        seen = (facts.st_ino, facts.st_size, facts.st_mtime_ns)
        if seen == self._seen:
            return
        has_grown = facts.st_ino == self._seen[0] and facts.st_size > self._seen[1]
        if not has_grown or os.pread(file, len(self._last), self._end - len(self._last)) != self._last:
            self._forget()
        self._read_on(file, facts.st_size)
        self._seen = seen

    def _read_on(self, file: int, size: int) -> None:
        whole, newline, _ = os.pread(file, size - self._end, self._end).rpartition(b"\n")
        for part in whole.split(b"\n") if newline else ():
            line = part + b"\n"
            place = (self._end, len(line))
            end = line.find(b'"', len(_BEGINS)) if line.startswith(_BEGINS) else -1
            if end > 0 and _KEY not in line:
                self._places[line[len(_BEGINS) : end]].append(place)
            else:
                # A key, or a line that the log has not written like this: whoever asks looks at it.
                self._always.append(place)
            self._end, self._last = self._end + len(line), line
