"""One look at a folder that people drop files into: by one process, file by file, and only for a while.

All inboxes (requests, alerts, feedback, releases) are gone through in this way; what a file means is theirs to say.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, Generic, TypeVar

from videogen.errors import InputError, StorageError, VideogenError, shortened
from videogen.intake.sightings import Sightings
from videogen.intake.watched_folder import dropped_names, file_away
from videogen.storage.atomic_folder import Folder, storage_errors

ACCEPTED: Final = "accepted"
REJECTED: Final = "rejected"
SLICE: Final = 20.0
"""Seconds that one look may take; the time of a sensor is 60."""
T = TypeVar("T")


@dataclass
class Taken(Generic[T]):
    """What came of a look. accepted: file names with what each gave. rejected: file names with the reason.

    waiting: names with what kept them from being taken, say a full disk; the next look tries again.
    """

    accepted: list[tuple[str, T]] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    waiting: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Look:
    """A look that is going on.

    folder: without links but those that the operator made. rejected: file names with the reason. waiting: names with
    what kept them from being taken, say a full disk; they stay, and the next look tries again.
    """

    folder: Path
    deadline: float
    rejected: list[tuple[str, str]] = field(default_factory=list)
    waiting: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() > self.deadline

    def each(self, name: str, work: Callable[[], object]) -> None:
        """Do one piece of work; whatever stops it is noted, and the others go on."""
        try:
            work()
        except Exception as error:
            self.waiting.append((name, reason_of(error)))

    def settled(self, state: Folder, seconds: float) -> list[str]:
        """The files that have been unchanged that long, as far as observed at this and earlier looks.

        Args:
            state: where that is kept between looks.
            seconds: 0: all of them.
        """
        sightings, now = Sightings(state), time.time()
        found = [name for name in dropped_names(self.folder) if sightings.stood_still(self.folder / name, seconds, now)]
        sightings.keep(os.listdir(self.folder))
        return found

    def through(self, names: Iterable[str], take: Callable[[str], object]) -> None:
        """Take file after file until the time is up; at least one."""
        for name in names:
            self.each(name, partial(take, name))
            if self.is_over:
                break

    def unless_refused(
        self, path: Path, work: Callable[[], T], *, stays: tuple[type[Exception], ...] = (StorageError, OSError)
    ) -> T | None:
        """What `work` gives; None where the file is refused, which is then filed away with the reason.

        Args:
            path: the file.
            work: raises InputError, or anything unexpected, where the file is at fault.
            stays: what says nothing of the file; it is raised, and the file stays.
        """
        try:
            return work()
        except InputError as error:
            self._refuse(path, error)
        except stays:
            raise
        except Exception as error:
            self._refuse(path, error)
        return None

    def _refuse(self, path: Path, error: Exception) -> None:
        if os.path.lexists(path):  # its owner may have taken it back
            reason = reason_of(error)
            file_away(path, path.parent / REJECTED, ".reason.txt", reason)
            self.rejected.append((path.name, reason))


@contextmanager
def look_at(
    folder: Path, alone: AbstractContextManager[bool], seconds: float, *, is_root: bool = False
) -> Iterator[Look | None]:
    """Look at a folder, which is made if need be; None: another process is looking at it.

    Args:
        folder: the inbox, or a folder in it.
        alone: a lock, whether it was had.
        seconds: how long.
        is_root: it is the operator's choice, and may itself be a link; whoever writes into an inbox can make a link of
            a folder in it, which is then refused.

    Raises:
        StorageError: the folder cannot be read or written at all, or is a link.
    """
    with storage_errors(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        place = folder.resolve() if is_root else folder.parent.resolve() / folder.name
        with alone as had:
            yield Look(place, time.monotonic() + seconds) if had else None


def reason_of(error: Exception) -> str:
    """Why, for people: an error of this project says it itself."""
    if isinstance(error, VideogenError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")
    return shortened(f"internal error, please report it: {type(error).__name__}: {error}")
