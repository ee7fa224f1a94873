"""The dagster.yaml of a home that several machines share: Postgres in the place of SQLite, and workers on a queue.

Passwords never stand in the file: it names environment variables.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from videogen.config.places import SHIPPED
from videogen.errors import ConfigError, StorageError
from videogen.fleet.addresses import POSTGRES_VARIABLE, QUEUE_VARIABLE, address, remedy_for, without_password
from videogen.storage.atomic import whole_file

_CONNECT_SECONDS = 5
_HEADER = """\
# Written by `videogen home init{options}`. docs/production.md explains it, and the shipped dagster_home/dagster.yaml
# gives the reasons for the rest. The same file serves every machine.
"""


def shared_home(*, postgres: bool, fleet: bool) -> str:
    """The text of dagster.yaml: the shipped settings, with Dagster's storage in Postgres and runs on workers.

    Args:
        postgres: runs, events and schedules in the database that `POSTGRES_VARIABLE` names.
        fleet: runs go to workers by the queue that `QUEUE_VARIABLE` names. How many run at once then follows from
            the workers that are there.
    """
    settings: dict[str, Any] = yaml.safe_load((SHIPPED / "dagster_home" / "dagster.yaml").read_text(encoding="utf-8"))
    if postgres:
        settings["storage"] = {"postgres": {"postgres_url": {"env": POSTGRES_VARIABLE}}}
    if fleet:
        # Limits that stand there would come before those that `videogen_dagster.coordinator` takes from the workers.
        del settings["concurrency"]["runs"]
        url = {"env": QUEUE_VARIABLE}
        settings["run_launcher"] = {
            "module": "videogen_dagster.fleet.launcher",
            "class": "FleetRunLauncher",
            "config": {"broker": url, "backend": url},
        }
    options = f"{' --postgres' if postgres else ''}{' --fleet' if fleet else ''}"
    return _HEADER.format(options=options) + yaml.safe_dump(settings, sort_keys=False)


def write_home(folder: Path, text: str, *, replace: bool) -> Path:
    """Write dagster.yaml into a home.

    Raises:
        ConfigError: another one is there, and may have been changed by hand.
        StorageError: the disk refused.
    """
    path = folder / "dagster.yaml"
    shipped = (SHIPPED / "dagster_home" / "dagster.yaml").read_text(encoding="utf-8")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = path.read_text(encoding="utf-8") if path.exists() else None
        if before not in (None, text, shipped) and not replace:
            raise ConfigError(
                f"{path} exists and differs from what is shipped",
                remedy="compare it with the new settings, then give --replace; the old file is kept beside it",
            )
        if before not in (None, text):
            path.with_suffix(".yaml.before").write_text(before or "", encoding="utf-8")
        with whole_file(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}", remedy="correct the permissions of that folder"
        ) from error
    return path


def check_postgres() -> str:
    """Connect to the database; returns its address without the password.

    Raises:
        ConfigError: the variable is not set or the driver is missing.
        StorageError: the server refuses, with what to do.
    """
    url = address(POSTGRES_VARIABLE)
    try:
        import psycopg2
    except ImportError as error:
        raise ConfigError(
            "the package dagster-postgres is not installed", remedy="pip install 'pib-videogen[fleet]'"
        ) from error
    try:
        psycopg2.connect(f"postgresql://{url.partition('://')[2]}", connect_timeout=_CONNECT_SECONDS).close()
    except psycopg2.Error as error:
        reason = " ".join(str(error).split())
        raise StorageError(
            f"the database {without_password(url)} cannot be used: {reason}", remedy=remedy_for(reason)
        ) from error
    return without_password(url)
