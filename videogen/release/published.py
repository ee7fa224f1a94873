"""What lies in the folder of published videos: its records."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from videogen.errors import ArtifactError
from videogen.release.folder import RECORD, read_record
from videogen.release.record import ReleaseRecord
from videogen.storage.atomic_folder import SAFE_NAME


def names(root: Path) -> list[str]:
    """Names of all releases, the one that changed last first; temporary folders are left out."""
    found: list[tuple[int, str]] = []
    try:
        with os.scandir(root) as entries:
            for entry in entries:
                if SAFE_NAME.fullmatch(entry.name):
                    changed = _changed(Path(entry.path) / RECORD)
                    if changed is not None:
                        found.append((changed, entry.name))
    except FileNotFoundError:
        return []
    return [name for _, name in sorted(found, reverse=True)]


def records(root: Path, most: int | None = None) -> Iterator[ReleaseRecord]:
    """The records of releases, the one that changed last first; damaged ones are left out.

    Args:
        root: the folder of published videos.
        most: how many; None: all.
    """
    for name in names(root)[:most]:
        try:
            record = read_record(root, name)
        except ArtifactError:
            continue
        if record is not None:
            yield record


def latest_change(root: Path) -> int:
    """When a record last changed, in nanoseconds since the epoch; 0: there is none."""
    found = [_changed(root / name / RECORD) or 0 for name in names(root)[:1]]
    return max(found, default=0)


def _changed(record: Path) -> int | None:
    try:
        return record.stat().st_mtime_ns
    except (FileNotFoundError, NotADirectoryError):
        return None
