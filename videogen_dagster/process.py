"""The process of a command: it collects garbage rarely, and ends without a teardown."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Callable
from contextlib import suppress

_INTERRUPTED = 130
# Dagster and torch make millions of objects that live as long as the process. Looking through them again and again
# while they are loaded takes a fifth of the start.
COLLECTION_THRESHOLDS = (300_000, 50, 100)
_commands: list[Callable[[], object]] = []


def run_lean(command: Callable[[], object]) -> None:
    """Call `command` as all that this process does; the process then ends at once, with the command's exit status.

    A run leaves a million objects of PyTorch, diffusers and Dagster behind, and freeing them one by one takes two
    seconds. Threads are joined, exit handlers run and streams are flushed as ever; only the freeing is left to the
    operating system. Not for a process that does something else afterwards.
    """
    gc.set_threshold(*COLLECTION_THRESHOLDS)
    _commands.append(command)
    status = [0]
    # Handlers are called last in, first out: what is registered before everything else ends the process.
    atexit.register(_end, status)
    try:
        command()
    except SystemExit as leaving:
        status[0] = exit_status(leaving.code)
        raise
    except KeyboardInterrupt:
        status[0] = _INTERRUPTED
        raise
    except BaseException:
        status[0] = 1
        raise


def runs_a_command() -> bool:
    """Whether this process is a command's own, so that it may change how libraries work in it."""
    return bool(_commands)


def exit_status(code: str | int | None) -> int:
    """The number with which Python would end after ``sys.exit(code)``: 0 … 255."""
    if code is None:
        return 0
    return code & 0xFF if isinstance(code, int) else 1


def _end(status: list[int]) -> None:
    for stream in (sys.stdout, sys.stderr):
        # Whoever read the other end has gone; there is nobody left to tell.
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status[0])
