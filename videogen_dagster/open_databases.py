"""Keeps Dagster's SQLite files open while a run goes on in this process."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage


@contextmanager
def databases_kept_open(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """Hold one connection to each file that the events of `run_id` go to.

    Dagster opens and closes a connection for every event, and SQLite tidies up its write-ahead log whenever the
    last connection to a file closes: half the time of an event. Other storages are left alone.
    """
    storage = instance.event_log_storage
    with ExitStack() as held:
        if isinstance(storage, SqliteEventLogStorage):
            # Made here, as the first event would make it.
            storage.get_logs_for_run(run_id)
            for shard in (run_id, "index"):
                file = Path(storage.path_for_shard(shard))
                if file.exists():
                    connection = held.enter_context(closing(sqlite3.connect(file, check_same_thread=False)))
                    # SQLite opens a file only when it is read.
                    connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        yield
