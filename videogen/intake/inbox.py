"""The inbox: a folder into which people drop request files.

Nothing is lost, nothing is taken twice, and nothing that lies in the inbox is believed but the request files
themselves. Before any request of a file is submitted, all of them are written down in the store (`inbox_plans`); then
they are submitted, the file is filed away, and the plan is removed. Each step can be done again after a crash.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from videogen.config.config import VideoGenConfig
from videogen.errors import StorageError, VideogenError, shortened
from videogen.intake.inbox_plans import Plans, digest
from videogen.intake.old_claims import clear_old_claims
from videogen.intake.request_files import MAX_BYTES, parse_requests, read_requests
from videogen.intake.sightings import Sightings
from videogen.intake.watched_folder import file_away, is_unfinished
from videogen.runtime.plain_files import read_plain_with_facts
from videogen.storage.atomic_folder import storage_errors
from videogen.storage.request_inputs import PICTURE_SUFFIXES
from videogen.storage.request_store import RequestStore

__all__ = ["InboxResult", "read_requests", "take_from_inbox"]
ACCEPTED, REJECTED = "accepted", "rejected"


@dataclass
class InboxResult:
    """accepted: ids of the requests submitted. rejected: file names with the reason.

    waiting: names with what kept them from being taken or filed away, say a full disk; they are tried again at the
    next look. unfinished: whether the time was up before every file was looked at.
    """

    accepted: list[str] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    waiting: list[tuple[str, str]] = field(default_factory=list)
    unfinished: bool = False


def take_from_inbox(
    inbox: Path,
    store: RequestStore,
    *,
    config: VideoGenConfig | None = None,
    settle: float = 3.0,
    seconds: float = 20.0,
) -> InboxResult:
    """Submit the requests of all files in the inbox, and finish files that a killed process left behind.

    Only one process takes at a time; for the others there is nothing to do then. Pictures stay where they
    are: they must lie in the inbox or in ``paths.allowed_inputs``. Sub-folders are left alone. What goes wrong with
    one file is that file's failure; the others go on.

    The ids returned are those submitted now. A caller that is killed before it uses them finds them in
    ``store.ids()``.

    Args:
        config: where given, gives the allowed folders and checks the settings that requests ask for.
        settle: seconds for which a file must have looked the same, so that none is taken half written; at its first
            look it never has. 0: take it at once.
        seconds: no further file is begun after that long; the next look goes on.

    Raises:
        StorageError: the inbox or the store cannot be opened at all.
    """
    result = InboxResult()
    plans = Plans(store)
    with storage_errors(str(inbox)):
        inbox.mkdir(parents=True, exist_ok=True)
        with plans.alone() as alone:
            if alone:
                # The inbox may lie behind links of the operator's; below it, none is followed.
                _Look(inbox.resolve(), store, plans, config, result, time.monotonic() + seconds).take_all(settle)
    return result


@dataclass
class _Look:
    """One look at an inbox."""

    inbox: Path
    store: RequestStore
    plans: Plans
    config: VideoGenConfig | None
    result: InboxResult
    deadline: float

    def take_all(self, settle: float) -> None:
        self._each("files of an earlier version", lambda: self.result.rejected.extend(clear_old_claims(self.inbox)))
        for name in self.plans.names():
            self._each(name, partial(self._resume, name))
            if self._is_over():
                return
        sightings = Sightings(self.plans.folder)
        now = time.time()
        # Every file is looked at for changes, also those that are taken at a later look only.
        ready = [path for path in self._candidates() if sightings.stood_still(path, settle, now)]
        for path in ready:
            self._each(path.name, partial(self._take, path))
            # Only now: however long the list of files takes, each look takes one of them.
            if self._is_over():
                break
        self._each("sightings", lambda: sightings.keep(os.listdir(self.inbox)))

    def _is_over(self) -> bool:
        self.result.unfinished = time.monotonic() > self.deadline
        return self.result.unfinished

    def _candidates(self) -> list[Path]:
        with os.scandir(self.inbox) as entries:
            found = [
                entry.name
                for entry in entries
                if not is_unfinished(entry.name)
                and entry.name not in (ACCEPTED, REJECTED)
                and not entry.is_dir(follow_symlinks=False)
                and Path(entry.name).suffix.lower() not in PICTURE_SUFFIXES
            ]
        return [self.inbox / name for name in sorted(found)]

    def _each(self, name: str, work: Callable[[], object]) -> None:
        """Do one piece of work; whatever stops it is noted, and the others go on."""
        try:
            work()
        except Exception as error:
            self.result.waiting.append((name, _reason(error)))

    def _take(self, path: Path) -> None:
        if self.plans.hold(path.name):
            return  # all of it is written down, and will be brought to its end
        try:
            name = self._plan(path)
        except (StorageError, OSError):
            raise
        except Exception as error:
            if not os.path.lexists(path):
                return  # its owner took it back
            reason = _reason(error)
            file_away(path, self.inbox / REJECTED, ".reason.txt", reason)
            self.result.rejected.append((path.name, reason))
        else:
            self._resume(name)

    def _plan(self, path: Path) -> str:
        data, facts = read_plain_with_facts(path, MAX_BYTES, links=False)
        requests = parse_requests(path.name, data, source="inbox", config=self.config, pictures=self.inbox)
        allowed = [self.inbox, *self.store.allowed_inputs]
        if self.config is not None:
            allowed += [self.config.path(place) for place in self.config.paths.allowed_inputs]
        return self.plans.write(path, digest(data, facts.st_mtime_ns), requests, allowed)

    def _resume(self, name: str) -> None:
        """Bring a plan to its end; every step can be done again after a crash."""
        plan = self.plans.read(name)
        ids = self.plans.submit(name, plan)
        self.result.accepted.extend(ids)
        path = self.inbox / plan.name
        if plan.is_of(path, MAX_BYTES):
            file_away(path, self.inbox / ACCEPTED, ".ids.txt", "\n".join(ids))
        self.plans.remove(name)


def _reason(error: Exception) -> str:
    """Why, for people: an error of this project says it itself."""
    if isinstance(error, VideogenError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")
    return shortened(f"internal error, please report it: {type(error).__name__}: {error}")
