"""Processes that are started again, and ended with all that they started; real processes that do nothing."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from videogen_dagster.ui.processes import Service, Supervisor

SLEEP = "import time; time.sleep(600)"
# A process that has one of its own in the background and ends at once when it is asked to.
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEP!r}])"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"


def service(name: str, program: str, **more: object) -> Service:
    return Service(name, [sys.executable, "-c", program], **more)  # type: ignore[arg-type]


@contextmanager
def watched(*services: Service) -> Iterator[list[str]]:
    """The supervisor at work in a thread; what it says."""
    told: list[str] = []
    stop = threading.Event()
    thread = threading.Thread(target=Supervisor(services, told.append).run, args=(stop,))
    thread.start()
    try:
        yield told
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


def until(look: Callable[[], object], seconds: float = 30) -> object:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def test_a_killed_process_is_started_again_and_said_so() -> None:
    sleeping = service("daemon", SLEEP)
    with watched(sleeping) as told:
        until(lambda: sleeping.process)
        assert sleeping.process is not None
        first = sleeping.process.pid
        sleeping.process.send_signal(signal.SIGKILL)
        until(lambda: sleeping.process and sleeping.process.pid != first)
    assert told == ["the daemon was killed by SIGKILL; it is started again in 1 s"]


def test_a_process_that_keeps_ending_is_started_less_and_less_often() -> None:
    broken = service("webserver", "raise SystemExit(3)")
    with watched(broken) as told:
        until(lambda: len(told) >= 3)
    assert told[:3] == [
        f"the webserver ended with exit code 3; it is started again in {pause} s" for pause in (1, 2, 4)
    ]
    assert [broken.next_pause() for _ in range(8)][-1] == 60


def test_one_that_needs_another_waits_for_it(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    first = service("code server", f"import time; time.sleep(1); open({str(ready)!r}, 'w'); {SLEEP}", makes=ready)
    second = service("daemon", SLEEP, after=ready)
    with watched(first, second):
        until(lambda: second.process)
        assert ready.exists()


def test_a_process_that_lost_the_one_below_it_is_started_again(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    below = f"subprocess.Popen([sys.executable, '-c', {SLEEP!r}])"
    proxy = service("code server", f"import subprocess, sys; {below}; open({str(ready)!r}, 'w').close(); {SLEEP}")
    proxy.makes, proxy.inner = ready, SLEEP
    with watched(proxy) as told:
        until(ready.exists)
        time.sleep(1.5)
        assert proxy.process is not None
        assert not told
        first = proxy.process.pid
        (inner,) = psutil.Process(first).children()
        inner.kill()
        until(lambda: proxy.process and proxy.process.pid != first)
    assert told == ["the code server has lost the process that holds the code; it is started again in 1 s"]


def test_everything_is_ended_also_what_does_not_listen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("videogen_dagster.ui.processes.TIME_TO_END", 1.0)
    deaf = tmp_path / "deaf"
    services = [service("code server", PARENT), service("daemon", f"{STUBBORN}; open({str(deaf)!r}, 'w'); {SLEEP}")]
    with watched(*services) as told:
        until(lambda: services[0].process and psutil.Process(services[0].process.pid).children())
        until(deaf.exists)
        time.sleep(0.2)
        pids = [psutil.Process(made.process.pid) for made in services if made.process is not None]
        everything = [*pids, *pids[0].children()]
        assert len(everything) == 3
    assert not psutil.wait_procs(everything, timeout=60)[1]
    assert told == ["the daemon did not end within 1 s and is killed"]
