"""Dagster's home: the instance whose databases hold runs and events, and what its faults mean to a user.

The databases are SQLite files in the home or, as `videogen_dagster.fleet.shared_home` writes it, one Postgres.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from sqlalchemy.exc import DBAPIError

from resources.dagster_internals import keep_sqlite_engines
from resources.jobs_and_tags import EARLIER_NAMES, LANE_TAG
from videogen.config.places import SHIPPED, home
from videogen.errors import ConfigError, StorageError
from videogen.storage.atomic import whole_file
from videogen.storage.locks import FIRST_USE, one_at_a_time
from videogen_dagster.process import runs_a_command

_REMEDY = "free space, correct the permissions there, or set DAGSTER_HOME to another folder, and run it again"
_BUSY = "others are writing to them: run it again in a moment; if it happens often, see Postgres in docs/production.md"


@contextmanager
def home_errors() -> Iterator[None]:
    """Turn what Dagster's databases answer into a StorageError; also a decorator."""
    try:
        yield
    except Exception as error:
        fault = _database_fault(error)
        if fault is None:
            raise
        raise StorageError(
            f"Dagster's databases in {os.environ.get('DAGSTER_HOME')} cannot be used: {fault}",
            remedy=_remedy(fault),
        ) from error


def _database_fault(error: BaseException) -> str | None:
    """What a database answered, in one line; None: the error is another one. dagster-postgres wraps it in its own."""
    for found in (error, error.__cause__):
        if isinstance(found, DBAPIError | sqlite3.Error):
            return " ".join(str(getattr(found, "orig", None) or found).split())
    return None


def _remedy(fault: str) -> str:
    from videogen.fleet.addresses import POSTGRES_VARIABLE, remedy_for

    if home_uses(POSTGRES_VARIABLE):
        return remedy_for(fault)
    return _BUSY if "locked" in fault else _REMEDY


def home_uses(variable: str) -> bool:
    """Whether dagster.yaml reads an environment variable."""
    settings = home_folder() / "dagster.yaml"
    return settings.is_file() and variable in settings.read_text(encoding="utf-8")


def home_folder() -> Path:
    """DAGSTER_HOME, or ``dagster_home`` in the home folder; the variable is set then, for Dagster and for children.

    Raises:
        ConfigError: DAGSTER_HOME is not an absolute path.
    """
    folder = Path(os.environ.setdefault("DAGSTER_HOME", str(home() / "dagster_home")))
    if not folder.is_absolute():
        raise ConfigError(
            f"DAGSTER_HOME is {str(folder)!r}, which is not an absolute path", remedy=f"set it to {folder.absolute()}"
        )
    return folder


@home_errors()
def project_instance() -> dg.DagsterInstance:
    """The instance of DAGSTER_HOME, or of ``dagster_home`` in the home folder.

    A folder without a ``dagster.yaml`` gets a copy of the shipped one: its pools and retries belong to how videos
    are made.

    Raises:
        ConfigError: DAGSTER_HOME is not an absolute path, or a variable that dagster.yaml reads is not set.
        StorageError: nothing can be written there, or the database cannot be reached.
    """
    folder = home_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Dagster makes its databases the first time, and two processes that do so at once stop each other.
        with one_at_a_time(folder / FIRST_USE, f"preparing Dagster's databases in {folder}"):
            if not (folder / "dagster.yaml").exists():
                shutil.copyfile(SHIPPED / "dagster_home" / "dagster.yaml", folder / "dagster.yaml")
            _rename_lanes(folder / "dagster.yaml")
            _check_variables()
            if runs_a_command():
                keep_sqlite_engines()
            return dg.DagsterInstance.get()
    except OSError as error:
        raise StorageError(
            f"DAGSTER_HOME {folder} cannot be used: {error.strerror or error}", remedy=_REMEDY
        ) from error


def _check_variables() -> None:
    from videogen.fleet.addresses import POSTGRES_VARIABLE, QUEUE_VARIABLE, address, name_the_driver

    if home_uses(POSTGRES_VARIABLE):
        name_the_driver()
    if home_uses(QUEUE_VARIABLE):
        address(QUEUE_VARIABLE)


def _rename_lanes(settings: Path) -> None:
    """Limit the lanes by the name that their tag has now, in a home that was made earlier: alerts need their place."""
    text = settings.read_text(encoding="utf-8")
    renamed = text.replace(f"key: {EARLIER_NAMES[LANE_TAG]}", f"key: {LANE_TAG}")
    if renamed != text:
        with whole_file(settings) as temporary:
            temporary.write_text(renamed, encoding="utf-8")
