"""Gathers the facts that `videogen.fleet.checkup` judges: from the store, the database, the queue and the workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from videogen.errors import VideogenError
from videogen.fleet import checkup
from videogen.fleet.addresses import POSTGRES_VARIABLE, QUEUE_VARIABLE, address
from videogen.fleet.beats import FleetBoard
from videogen.fleet.checkup import Finding
from videogen.fleet.software import software_version
from videogen.storage.remote.conditional_writes import check_conditional_writes
from videogen_dagster.fleet.facts import about_this_machine
from videogen_dagster.fleet.shared_home import check_postgres
from videogen_dagster.home import home_uses

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig


def examine(config: VideoGenConfig) -> list[Finding]:
    """Every check, those of the fleet only where this home is one of a fleet."""
    found = [
        _carried_out("store", lambda: _store(config.location(config.paths.store))),
        _carried_out("warehouse", lambda: _store(config.location(config.paths.warehouse))),
        _carried_out("database", _database),
    ]
    if not home_uses(QUEUE_VARIABLE):
        return [*found, Finding(name="queue", state="well", found="none: runs are made on this machine")]
    board = FleetBoard("")
    try:
        board = FleetBoard(address(QUEUE_VARIABLE))
        offset, beats, daemon = board.clock_offset(), board.beats(), board.version()
        about = about_this_machine(board)
    except VideogenError as error:
        return [*found, checkup.failed("queue", error)]
    finally:
        board.close()
    offsets = {"this machine": offset} | {beat.machine: beat.about.clock_offset for beat in beats if beat.about}
    return [
        *found,
        Finding(name="queue", state="well", found=f"Redis answers, {len(beats)} workers beat"),
        *checkup.workers(beats),
        checkup.versions(beats, software_version(), daemon),
        checkup.clocks(offsets),
        checkup.here(about),
        *checkup.machines(about, beats),
    ]


def _carried_out(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name=name, state="well", found=check())
    except VideogenError as error:
        return checkup.failed(name, error)


def _store(root: str) -> str:
    check_conditional_writes(root)
    return f"{root}: written once, and not twice"


def _database() -> str:
    from resources.dagster_internals import schema_is_current
    from videogen.errors import StorageError
    from videogen_dagster.home import home_errors, project_instance

    where = check_postgres() if home_uses(POSTGRES_VARIABLE) else "SQLite"
    with home_errors(), project_instance() as instance:
        if not schema_is_current(instance):
            raise StorageError(
                f"{where}: the tables are those of another version of Dagster", remedy="videogen home upgrade"
            )
    return where
