"""A SQLite database of the desk: many readers, one writer at a time, nothing lost when the process is killed."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from videogen.errors import StorageError
from videogen.storage.atomic_folder import storage_errors

_PATIENCE = 10.0
_REMEDY = "free some space, correct the rights to the folder, or set desk.data_folder to another one"


class Database:
    """One file. Every thread reads over a connection of its own; writes wait for each other.

    Args:
        path: the file; its folder is made, for its owner only.
        script: statements that make the tables where they are missing.

    Raises:
        StorageError: the disk refused.
    """

    def __init__(self, path: Path, script: str) -> None:
        self.path = path
        self._own = threading.local()
        self._writing = threading.Lock()
        self._opened: list[sqlite3.Connection] = []
        self._opening = threading.Lock()
        with storage_errors(str(path)):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.changing() as connection:
            connection.executescript(script)
        path.chmod(0o600)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a question."""
        with self._faults():
            return self._connection().execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Row | None:
        """The first row, or None."""
        with self._faults():
            found: sqlite3.Row | None = self._connection().execute(sql, parameters).fetchone()
            return found

    def write(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Carry out one statement; returns how many rows it changed."""
        with self.changing() as connection:
            return connection.execute(sql, parameters).rowcount

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it is kept, or nothing."""
        with self._writing, self._faults():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def close(self) -> None:
        """Close all connections."""
        with self._opening:
            while self._opened:
                self._opened.pop().close()
        self._own = threading.local()

    def _connection(self) -> sqlite3.Connection:
        known: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if known is None:
            known = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
            known.row_factory = sqlite3.Row
            known.execute("PRAGMA journal_mode = WAL")
            known.execute("PRAGMA synchronous = FULL")
            known.execute("PRAGMA foreign_keys = ON")
            with self._opening:
                self._opened.append(known)
            self._own.connection = known
        return known

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise StorageError(f"{self.path} cannot be used: {error}", remedy=_REMEDY) from error
