"""Remembers which text files of the inbox are sources of a request, and so are no requests themselves."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from videogen.domain.requests import VideoRequest
from videogen.storage.atomic_folder import Folder
from videogen.storage.inputs.source_files import SUFFIXES

_FILE = "sources.json"


class KnownSources:
    """Sources that lie in the inbox itself, each as it was when a request named it.

    Args:
        folder: where that is kept between looks.
        inbox: the inbox, links resolved.
    """

    def __init__(self, folder: Folder, inbox: Path) -> None:
        self._folder, self._inbox = folder, inbox
        self._known = self._read()

    def add(self, requests: Iterable[VideoRequest]) -> None:
        """Remember the sources of these requests."""
        paths = {Path(os.path.normpath(source)) for request in requests for source in request.sources}
        found = {_key(path): sight for path in paths if path.parent == self._inbox and (sight := _sight(path))}
        if found.items() - self._known.items():
            self._known |= found
            self._write()

    def __contains__(self, path: Path) -> bool:
        """Whether this file is a source, and has not been replaced since."""
        return _key(path) in self._known and self._known[_key(path)] == _sight(path)

    def forget_all_but(self, names: Iterable[str]) -> None:
        """Forget the sources that no longer lie there."""
        there = {os.fsencode(name).hex() for name in names}
        if self._known.keys() - there:
            self._known = {key: sight for key, sight in self._known.items() if key in there}
            self._write()

    def _write(self) -> None:
        self._folder.write(_FILE, json.dumps(self._known).encode())

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads(self._folder.read(_FILE))
            return {str(key): str(sight) for key, sight in found.items()}
        except (FileNotFoundError, ValueError, AttributeError):
            return {}


def may_be_source(path: Path) -> bool:
    """Whether a file could be a source by its name."""
    return path.suffix.lower() in SUFFIXES


def _key(path: Path) -> str:
    return os.fsencode(path.name).hex()


def _sight(path: Path) -> str:
    """What tells a file from another one in its place; "" if there is none."""
    try:
        facts = path.lstat()
    except OSError:
        return ""
    return f"{facts.st_size} {facts.st_mtime_ns} {facts.st_ino}"
