"""A pytest plug-in for the rounds of `make fuzz`: counts the inputs of each door, and ends an input that never ends."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.fuzzing import DOORS, RECORD

SECONDS = 120.0
"""Processor time that one input may take."""


def _too_long(*_: object) -> None:
    # Not an Exception: what turns unexpected exceptions into the project's errors must not swallow it.
    pytest.fail(f"one input took more than {SECONDS:g} s of processor time")


@contextmanager
def bounded(seconds: float) -> Generator[None]:
    """Fail what takes more than `seconds` of processor time."""
    before = signal.signal(signal.SIGPROF, _too_long)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _write(item: pytest.Item, **more: Any) -> None:
    door = item.get_closest_marker("fuzz").args[0]  # type: ignore[union-attr]
    assert door in DOORS, f"{item.nodeid}: {door!r} is not one of {DOORS}"
    with Path(os.environ[RECORD]).open("a", encoding="utf-8") as out:
        out.write(json.dumps({"door": door, "test": item.nodeid} | more) + "\n")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any]:
    """Run every input of a test in its bounds; write how many there were, the processor time, and what escaped."""
    handle = item.obj.hypothesis  # type: ignore[attr-defined]
    inner: Callable[..., None] = handle.inner_test
    inputs = 0

    def counted(*args: Any, **kwargs: Any) -> None:
        nonlocal inputs
        inputs += 1
        with bounded(SECONDS):
            inner(*args, **kwargs)

    _write(item)
    handle.inner_test = counted
    began = time.process_time()
    outcome = yield
    seconds = round(time.process_time() - began, 2)
    handle.inner_test = inner
    error = outcome.excinfo
    _write(item, inputs=inputs, seconds=seconds, failure=f"{error[0].__name__}: {error[1]}"[:2000] if error else None)
