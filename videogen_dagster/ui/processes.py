"""Code server, webserver and daemon as child processes: started, watched, started again, and all ended together."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from videogen_dagster.output import say

LOOK_SECONDS = 0.5
LONGEST_PAUSE = 60.0
"""Seconds between two starts of a process that keeps ending."""
STEADY_SECONDS = 60.0
"""A process that ran this long is not one that keeps ending."""
TIME_TO_END = 20.0
_PR_SET_PDEATHSIG = 1


@dataclass
class Service:
    """One of the processes.

    name: as people call it. command: its command line. descriptors: open files that it inherits. after: it is started
    only when this file is there. inner: a word in the command line of a process that it must have as its child.
    """

    name: str
    command: Sequence[str]
    descriptors: tuple[int, ...] = ()
    after: Path | None = None
    makes: Path | None = None
    inner: str | None = None
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    begun: float = 0.0
    due: float = field(default_factory=time.monotonic)

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C in the terminal reaches it through `end` only, in order."""
        if self.makes is not None:
            self.makes.unlink(missing_ok=True)
        self.begun = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            # Results of commands go to stdout; these are logs.
            stdout=sys.stderr.fileno(),
            pass_fds=self.descriptors,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )

    def fault(self) -> str | None:
        """What is wrong with it; None while it works."""
        if self.process is None:
            return None
        code = self.process.poll()
        if code is not None:
            return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        if self.inner is not None and self.makes is not None and self.makes.exists() and not self._has_inner():
            return "has lost the process that holds the code"
        return None

    def next_pause(self) -> float:
        """Seconds until it may be started again; longer each time, unless it ran for a while."""
        self.failures = 1 if time.monotonic() - self.begun > STEADY_SECONDS else self.failures + 1
        return min(2.0 ** (self.failures - 1), LONGEST_PAUSE)

    def _has_inner(self) -> bool:
        assert self.process is not None
        with suppress(psutil.Error):
            for child in psutil.Process(self.process.pid).children():
                with suppress(psutil.Error):
                    if child.status() != psutil.STATUS_ZOMBIE and self.inner in child.cmdline():
                        return True
        return False


class Supervisor:
    """Keeps `services` running until it is told to stop. They are started in this order and ended in the reverse."""

    def __init__(self, services: Sequence[Service], tell: Callable[[str], None] = say) -> None:
        self._services, self._tell = services, tell
        self._sessions: dict[int, str] = {}

    def run(self, stop: threading.Event) -> None:
        """Start and watch the services; when `stop` is set, end them and everything that they started."""
        try:
            while not stop.wait(LOOK_SECONDS):
                for service in self._services:
                    self._look_after(service)
        finally:
            self._end()

    def _look_after(self, service: Service) -> None:
        fault = service.fault()
        if fault is not None and service.process is not None:
            # Only itself: runs that it began go on and write down their own end.
            service.process.kill()
            service.process.wait()
            service.process = None
            pause = service.next_pause()
            service.due = time.monotonic() + pause
            self._tell(f"the {service.name} {fault}; it is started again in {pause:.0f} s")
        ready = service.after is None or service.after.exists()
        if service.process is None and ready and time.monotonic() >= service.due:
            service.start()
            assert service.process is not None
            self._sessions[service.process.pid] = service.name

    def _end(self) -> None:
        """SIGTERM, in time; SIGKILL for what is left. The last ones started go first: they ask the others for work."""
        for service in reversed(self._services):
            pids = {pid for pid, name in self._sessions.items() if name == service.name}
            _signal(pids, signal.SIGTERM)
            if not _have_ended(pids):
                self._tell(f"the {service.name} did not end within {TIME_TO_END:.0f} s and is killed")
                _signal(pids, signal.SIGKILL)
                _have_ended(pids)
            if service.process is not None:
                service.process.wait()


def stop_on_signals() -> threading.Event:
    """An event that SIGINT, SIGTERM and SIGHUP set, also where the shell had them ignored."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _signal(sessions: set[int], number: signal.Signals) -> None:
    """Send a signal to every process of these sessions."""
    for process in _members(sessions):
        with suppress(psutil.Error):
            process.send_signal(number)


def _have_ended(sessions: set[int]) -> bool:
    """Whether every process of these sessions ends in time."""
    deadline = time.monotonic() + TIME_TO_END
    while _members(sessions):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _members(sessions: set[int]) -> list[psutil.Process]:
    """The processes of these sessions. What has ended but was not waited for by its parent does not count."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if os.getsid(process.pid) in sessions and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def _die_with_parent() -> None:
    """In the child: the kernel sends SIGTERM where the parent is killed and cannot end it."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
