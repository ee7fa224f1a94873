"""Remembers since when files are unchanged, so that a file that is still being copied is left alone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from videogen.storage.atomic_folder import Folder

_FILE = "seen.json"
Sight = tuple[int, int, int]


class Sightings:
    """State of a folder's files at earlier looks: size, time and inode of each file, and since when.

    The clock that counts is this machine's at the looks: the times of files come from other machines, and can lie in
    the future.

    Args:
        folder: where that is kept between looks.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._before = self._read()
        self._now: dict[str, tuple[Sight, float]] = {}

    def stood_still(self, path: Path, seconds: float, now: float) -> bool:
        """Return whether a file has been unchanged that long, as far as observed. now: seconds since the epoch."""
        try:
            facts = path.lstat()
        except OSError:
            return False
        if seconds <= 0:
            return True
        sight = (facts.st_size, facts.st_mtime_ns, facts.st_ino)
        key = os.fsencode(path.name).hex()
        known, since = self._before.get(key, (sight, now))
        if known != sight or since > now:
            since = now
        self._now[key] = (sight, since)
        return now - since >= seconds

    def keep(self, names: Iterable[str]) -> None:
        """Save the state of the files that still exist."""
        there = {os.fsencode(name).hex() for name in names}
        seen = {key: [*sight, since] for key, (sight, since) in self._now.items() if key in there}
        if seen or self._before:
            self._folder.write(_FILE, json.dumps(seen).encode())

    def _read(self) -> dict[str, tuple[Sight, float]]:
        try:
            found = json.loads(self._folder.read(_FILE))
            return {key: ((size, changed, number), since) for key, (size, changed, number, since) in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            # Lost, or damaged: every file is then seen for the first time.
            return {}
