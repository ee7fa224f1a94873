"""When files were first seen as they are now, so that one that is still being copied is not taken half."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from videogen.storage.atomic_folder import Folder

_FILE = "seen.json"
Sight = tuple[int, int, int]


class Sightings:
    """What a folder's files looked like at earlier looks: size, time and number of the file, and since when.

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
        """Whether a file has looked the same for that long, as far as was looked. now: seconds since the epoch."""
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
        """Write down what was seen of the files that are still there."""
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
