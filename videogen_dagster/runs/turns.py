"""Threads of one program take turns.

One run uses all cores or the whole GPU, so that two at once are no faster. And Dagster's runs in one process share
their log handlers and SQLite connections: a thread that logs while it holds a database and another one that writes to
that database while it logs would wait for each other for ever. So do imports that meet halfway round a circle.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_TURN = threading.RLock()


def in_turn(work: Callable[P, T]) -> Callable[P, T]:
    """Decorator: only one thread of this process is inside of all functions marked so; others wait."""

    @wraps(work)
    def alone(*args: P.args, **options: P.kwargs) -> T:
        with _TURN:
            return work(*args, **options)

    return alone
