"""Numbers from workers to the exporter: one line each, in a file of their own process, written at once.

What a killed process has written is there; nobody waits for a lock, and no socket has to be open. A full or read-only
disk loses numbers, never a video.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from videogen.monitoring.metrics.instruments import Update

_log = logging.getLogger(__name__)
FOLDER: Final = "spool"
SUFFIX: Final = ".spool"
DEFINITION: Final = "definition"
"""Name of lines that say what another metric is."""
MOST_BYTES: Final = 1_000_000
"""Of one file; the process then begins the next one."""
MOST_FILES_BYTES: Final = 100_000_000
"""Of all files of a process that nobody reads."""
_READ_AT_ONCE: Final = 4_000_000
_MOST_LINE: Final = 4000


class SpoolWriter:
    """Appends lines for this process. It never raises; `dropped` counts what could not be written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        self._pid = 0
        self._number = self._bytes = self._since = 0
        self._prefixes: dict[tuple[str, tuple[tuple[str, str], ...]], bytes] = {}
        self._told = False
        self._closed_until = 0.0
        self.dropped = 0

    def write(
        self, name: str, value: float, labels: Mapping[str, str], context: Mapping[str, str] | None = None
    ) -> None:
        """Write one number. context: run, video and the like, for traces and exemplars."""
        key = (name, tuple(labels.items()))
        prefix = self._prefixes.get(key)
        if prefix is None:
            begun = json.dumps({"n": name, "l": dict(labels)})[:-1]
            prefix = self._prefixes[key] = begun.encode()
        more = f', "c": {json.dumps(dict(context))}' if context else ""
        line = prefix + f', "t": {time.time():.6f}, "v": {value!r}{more}}}\n'.encode()
        if len(line) > _MOST_LINE:
            self.dropped += 1
            return
        with self._lock:
            self._append(line)

    def _append(self, line: bytes) -> None:
        try:
            if self._descriptor is None or self._pid != os.getpid() or self._bytes > MOST_BYTES:
                self._open()
            assert self._descriptor is not None
            if self.dropped > self._since:
                lost = {"n": "videogen_events_total", "l": {"event": "spool_dropped"}, "t": time.time()}
                line += (json.dumps({**lost, "v": float(self.dropped - self._since)}) + "\n").encode()
            written = os.write(self._descriptor, line)
            self._bytes += written
            if written < len(line):
                # The disk is full: the rest of the line is cut off, and the reader leaves it out.
                raise OSError("the line was cut off")
            self._since = self.dropped
        except OSError as error:
            self.dropped += 1
            self._close()
            # Not at once again: a broken disk can take long to refuse.
            self._closed_until = time.monotonic() + 1.0
            if not self._told:
                self._told = True
                _log.warning("metrics cannot be recorded in %s: %s; work goes on", self._folder, error)

    def _open(self) -> None:
        if time.monotonic() < self._closed_until:
            raise OSError("not tried again yet")
        self._close()
        if self._pid != os.getpid():
            self._pid, self._number = os.getpid(), 0
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._number * MOST_BYTES > MOST_FILES_BYTES:
            raise OSError("nobody reads it")
        name = f"{socket.gethostname()}@{self._pid}@{_created(self._pid)}@{self._number}{SUFFIX}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._descriptor = os.open(self._folder / name, flags, 0o640)
        self._bytes = 0
        self._number += 1

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@dataclass
class SpoolLine:
    """One number as it was written. context: run_id, video_id and the like."""

    update: Update
    at: float
    context: dict[str, str] = field(default_factory=dict)


class SpoolReader:
    """Reads what is new in the spool, and removes files of processes that have ended.

    positions: bytes that were read of each file; kept by the caller over restarts, so that nothing counts twice.
    """

    def __init__(self, folder: Path, positions: dict[str, int]) -> None:
        self._folder = folder / FOLDER
        self.positions = positions
        self.unreadable = 0

    def read(self) -> Iterator[SpoolLine]:
        """Lines that were written since the last call, at most some megabytes of each file."""
        names = self._names()
        for name in set(self.positions) - set(names):
            del self.positions[name]
        latest = _latest(names)
        for name in names:
            # Asked before it is read: what a process writes before it ends is read as well.
            is_over = name not in latest or not _is_alive(name)
            data = self._new(name)
            whole, _, rest = data.rpartition(b"\n")
            self.positions[name] = self.positions.get(name, 0) + len(data) - len(rest)
            for line in whole.splitlines():
                if (found := _parsed(line)) is not None:
                    yield found
                else:
                    self.unreadable += 1
            if is_over and len(data) < _READ_AT_ONCE:
                self._remove(name)

    def _names(self) -> list[str]:
        try:
            return sorted(name for name in os.listdir(self._folder) if name.endswith(SUFFIX))
        except FileNotFoundError:
            return []

    def _new(self, name: str) -> bytes:
        with (self._folder / name).open("rb") as file:
            file.seek(self.positions.get(name, 0))
            return file.read(_READ_AT_ONCE)

    def _remove(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)
        self.positions.pop(name, None)


def _parsed(line: bytes) -> SpoolLine | None:
    try:
        given = json.loads(line)
        context = {str(key): str(value) for key, value in given.get("c", {}).items()}
        labels = {str(key): str(value) for key, value in given["l"].items()}
        exemplar = {key: context[key] for key in ("run_id",) if key in context}
        return SpoolLine(Update(str(given["n"]), float(given["v"]), labels, exemplar), float(given["t"]), context)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _latest(names: list[str]) -> set[str]:
    """Of each process the file that it may still be writing."""
    found: dict[str, tuple[int, str]] = {}
    for name in names:
        process, _, number = name.removesuffix(SUFFIX).rpartition("@")
        at = int(number) if number.isdigit() else 0
        found[process] = max(found.get(process, (-1, "")), (at, name))
    return {name for _, name in found.values()}


def _created(pid: int) -> str:
    return f"{psutil.Process(pid).create_time():.2f}"


def _is_alive(name: str) -> bool:
    """Whether the process of a file may still write; those of other machines may."""
    try:
        host, pid, created, _ = name.removesuffix(SUFFIX).split("@")
        if host != socket.gethostname():
            return True
        return _created(int(pid)) == created and psutil.Process(int(pid)).status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, ValueError):
        return False
