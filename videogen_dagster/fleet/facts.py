"""What a machine of a fleet has and sees: found by itself, shown by `videogen doctor`."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from videogen.errors import StorageError, VideogenError
from videogen.fleet.beats import FleetBoard, Machine
from videogen.storage.atomic import whole_file
from videogen.storage.remote.conditional_writes import check_conditional_writes

if TYPE_CHECKING:
    import dagster as dg

    from videogen.config.config import VideoGenConfig

T = TypeVar("T")
MARK = ".place"
"""Name of a file in the folder of published videos: whoever reads the same mark there sees the same folder."""


def configuration() -> VideoGenConfig:
    """The settings of this process."""
    from videogen.config.config import VideoGenConfig

    return VideoGenConfig.load(os.environ.get("VIDEOGEN_CONFIG") or None)


def check_shared_places(instance: dg.DagsterInstance) -> None:
    """Refuse to work where the work of several machines would be lost or doubled.

    Raises:
        StorageError: the store has no conditional writes or cannot be written, or the database is of another version
            of Dagster.
    """
    from resources.dagster_internals import schema_is_current

    config = configuration()
    check_conditional_writes(config.location(config.paths.store))
    check_conditional_writes(config.location(config.paths.warehouse))
    if not schema_is_current(instance):
        raise StorageError(
            "the database was made by another version of Dagster",
            remedy="stop daemon and workers, then `videogen home upgrade`",
        )


def about_this_machine(board: FleetBoard) -> Machine:
    """What it has now. Nothing is raised: what does not work is in `faults`."""
    from videogen.fleet.addresses import POSTGRES_VARIABLE, without_password

    faults: list[str] = []
    config = configuration()
    published = _told(faults, lambda: place_mark(config.path(config.paths.published)))
    _told(faults, lambda: _weights(config))
    return Machine(
        store=config.location(config.paths.store),
        database=without_password(os.environ.get(POSTGRES_VARIABLE, "SQLite")),
        published=published,
        device=_told(faults, _device) or "unknown",
        free_bytes=shutil.disk_usage(_existing(config.path(config.paths.published))).free,
        clock_offset=_told(faults, board.clock_offset) or 0.0,
        signer=_told(faults, lambda: _signer(config)),
        faults=tuple(faults),
    )


def _told(faults: list[str], ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except VideogenError as error:
        faults.append(str(error))
    except OSError as error:
        faults.append(f"{error.filename}: {error.strerror}")
    return None


def place_mark(folder: Path) -> str:
    """The mark of a folder, made where there is none: of several that make it at once, one wins."""
    path = folder / MARK
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError), whole_file(path, exclusive=True) as temporary:
        temporary.write_text(secrets.token_hex(8), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _weights(config: VideoGenConfig) -> None:
    from videogen.models.loading import revision_of
    from videogen.models.profile import load_profile

    revision_of(load_profile(config.model.profile, config.path(config.paths.models)))


def _device() -> str:
    """The accelerators, without loading torch: a worker must not hold any of them itself."""
    if shutil.which("nvidia-smi") is None:
        return "cpu"
    import subprocess

    asked = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    found = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=False).stdout.split("\n")
    return ", ".join(filter(None, found)) or "cpu"


def _signer(config: VideoGenConfig) -> str:
    from cryptography.hazmat.primitives.hashes import SHA256

    from videogen.release.credentials import credentials_for

    return credentials_for(config).certificates[0].fingerprint(SHA256()).hex()[:16]
