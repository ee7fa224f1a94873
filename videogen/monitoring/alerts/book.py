"""The state file of the alerts: one process at a time changes it, and what it wrote survives it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from videogen.errors import StorageError
from videogen.monitoring.alerts.alert import AlertBook
from videogen.storage.atomic_folder import Folder, storage_errors

_log = logging.getLogger(__name__)
STATE = "alerts.json"
_LOCK = ".alerts.lock"
_PATIENCE = 10.0


class AlertBookFile:
    """The file in the folder of the monitoring."""

    def __init__(self, folder: Path) -> None:
        self._path = folder
        self._folder = Folder(folder)
        self._written = b""

    def read(self) -> AlertBook:
        """The state as it is; empty where there is none yet. A damaged file is put aside and said."""
        self._written = b""
        try:
            self._written = self._folder.read(STATE)
            return AlertBook.model_validate_json(self._written)
        except FileNotFoundError:
            return AlertBook()
        except ValidationError:
            damaged = self._path / f"damaged-{STATE}"
            _log.error("the state of the alerts in %s is damaged; it is kept as %s", self._path, damaged.name)
            with storage_errors(str(damaged)):
                (self._path / STATE).replace(damaged)
            return AlertBook()

    @contextmanager
    def changing(self) -> Iterator[AlertBook]:
        """The state, to be changed in the block and written at its end; other processes wait.

        Raises:
            StorageError: it cannot be written, or another process holds it for too long.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(self._path / _LOCK, timeout=_PATIENCE)
        with storage_errors(str(self._path / STATE)):
            self._path.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire(poll_interval=0.01)
            except Timeout as error:
                raise StorageError(
                    f"another process has held the state of the alerts for {_PATIENCE:.0f} s",
                    remedy=f"end it if it hangs; it holds {lock.lock_file}",
                ) from error
        try:
            book = self.read()
            before = self._written
            yield book
            after = book.model_dump_json().encode()
            if after != before:
                self._folder.write(STATE, after)
        finally:
            lock.release()
