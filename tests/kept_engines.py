"""Spares Dagster's SQLite storages what they do for every connection: make an engine, which compiles every statement.

That is a quarter of the processor time of a small video. The connections themselves are opened and closed as ever.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sqlalchemy
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage

_STORAGES: tuple[Any, ...] = (sqlite_event_log, sqlite_run_storage, sqlite_schedule_storage)


def keep_engines() -> None:
    """In this process, and in those that it forks."""
    for storage in _STORAGES:
        assert storage.create_engine is not None, "Dagster makes its engines elsewhere"
        storage.create_engine = _engine


def _engine(address: str, poolclass: type, connect_args: dict[str, Any] | None = None) -> sqlalchemy.Engine:
    return _kept(address, poolclass, tuple((connect_args or {}).items()))


@lru_cache(maxsize=100)
def _kept(address: str, poolclass: Any, connect_args: tuple[tuple[str, Any], ...]) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(address, poolclass=poolclass, connect_args=dict(connect_args))
