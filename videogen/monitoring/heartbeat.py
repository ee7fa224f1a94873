"""The heartbeat of the monitor: a file that every whole round writes, for those who watch the watcher."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

HEARTBEAT: Final = "heartbeat"
DEAD_AFTER: Final = 180.0
"""Age, in seconds, from which on the monitor counts as dead."""


def beat(folder: Path, at: float) -> None:
    """Say that a round was gone through, evaluation and delivery included."""
    (folder / HEARTBEAT).write_text(f"{at:.3f} {os.getpid()}\n", encoding="ascii")


def end(folder: Path) -> None:
    """Say that the monitor ends on purpose."""
    (folder / HEARTBEAT).unlink(missing_ok=True)


def heartbeat_age(folder: Path, now: float | None = None) -> float | None:
    """Seconds since the last whole round; None: no monitor is meant to run."""
    try:
        beaten = float((folder / HEARTBEAT).read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return (time.time() if now is None else now) - beaten
