"""The inbox: a folder into which people drop request files.

Nothing is lost, nothing is taken twice, and nothing that lies in the inbox is believed but the request files
themselves. Before any request of a file is submitted, all of them are written down in the store (`inbox_plans`); then
their pictures are copied, they are submitted, the file is filed away, and the plan is removed. Each step can be done
again after a crash, and goes on at the next look where the time of one is up.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from videogen.config.config import VideoGenConfig
from videogen.domain.source import Source
from videogen.intake.inbox_plans import Plans, digest
from videogen.intake.known_sources import KnownSources, may_be_source
from videogen.intake.look import ACCEPTED, REJECTED, Look, look_at
from videogen.intake.old_claims import clear_old_claims
from videogen.intake.request_files import MAX_BYTES, parse_requests, read_requests
from videogen.intake.sightings import Sightings
from videogen.intake.watched_folder import dropped_names, file_away
from videogen.runtime.plain_files import read_plain_with_facts
from videogen.storage.inputs.request_inputs import PICTURE_SUFFIXES
from videogen.storage.request_store import RequestStore

__all__ = ["InboxResult", "read_requests", "take_from_inbox"]
# Seconds for which a text waits for request files that are still being copied: one may name it as its source.
_PATIENCE = 60.0


@dataclass
class InboxResult:
    """accepted: ids of the requests submitted. rejected: file names with the reason.

    filed: files that were taken whole, by their names in accepted/, with the ids of their requests.
    waiting: names with what kept them from being taken or filed away, say a full disk; they are tried again at the
    next look. unfinished: whether the time was up before every file was looked at.
    """

    accepted: list[str] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    filed: dict[str, list[str]] = field(default_factory=dict)
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
        inbox: the watched folder, made if need be.
        store: where requests are submitted.
        config: where given, gives the allowed folders and checks the settings that requests ask for.
        settle: seconds for which a file must have looked the same, so that none is taken half written; at its first
            look it never has. 0: take it at once.
        seconds: no further file, picture or request is begun after that long; the next look goes on.

    Raises:
        StorageError: the inbox or the store cannot be opened at all.
    """
    result = InboxResult()
    plans = Plans(store)
    with look_at(inbox, plans.alone(), seconds, is_root=True) as look:
        if look is not None:
            result.rejected, result.waiting = look.rejected, look.waiting
            _Taking(look, store, plans, config, result).take_all(settle)
    return result


@dataclass
class _Taking:
    """What is done in one look at an inbox."""

    look: Look
    store: RequestStore
    plans: Plans
    config: VideoGenConfig | None
    result: InboxResult

    @property
    def inbox(self) -> Path:
        return self.look.folder

    @cached_property
    def sources(self) -> KnownSources:
        return KnownSources(self.plans.folder, self.inbox)

    def take_all(self, settle: float) -> None:
        self.look.each("files of an earlier version", lambda: self.result.rejected.extend(clear_old_claims(self.inbox)))
        for name in self.plans.names():
            self.look.each(name, partial(self._resume, name))
            if self._is_cut_short():
                return
        for path in self._ready(settle):
            # A request file that was read before it may have named it.
            if path not in self.sources:
                self.look.each(path.name, partial(self._take, path))
            # Only now: however long the list of files takes, each look takes one of them.
            if self._is_cut_short():
                break
        self.look.each("sources", lambda: self.sources.forget_all_but(os.listdir(self.inbox)))

    def _ready(self, settle: float) -> list[Path]:
        """The files that are whole; those that could be somebody's sources last, and not while others are copied."""
        sightings, now = Sightings(self.plans.folder), time.time()
        candidates = self._candidates()
        requests = [path for path in candidates if not may_be_source(path)]
        # Every file is looked at for changes, also those that are taken at a later look only.
        ready = [path for path in requests if sightings.stood_still(path, settle, now)]
        patience = settle if len(ready) == len(requests) or settle <= 0 else max(settle, _PATIENCE)
        ready += [path for path in candidates if may_be_source(path) and sightings.stood_still(path, patience, now)]
        self.look.each("sightings", lambda: sightings.keep(os.listdir(self.inbox)))
        return ready

    def _is_cut_short(self) -> bool:
        self.result.unfinished = self.look.is_over
        return self.result.unfinished

    def _candidates(self) -> list[Path]:
        return [
            self.inbox / name
            for name in dropped_names(self.inbox)
            if name not in (ACCEPTED, REJECTED) and Path(name).suffix.lower() not in PICTURE_SUFFIXES
        ]

    def _take(self, path: Path) -> None:
        if self.plans.hold(path.name):
            return  # all of it is written down, and will be brought to its end
        name = self.look.unless_refused(path, partial(self._begin, path))
        if name is not None:
            self._resume(name)

    def _begin(self, path: Path) -> str:
        data, facts = read_plain_with_facts(path, MAX_BYTES, links=False)
        requests = parse_requests(path.name, data, source=Source.INBOX, config=self.config, pictures=self.inbox)
        self.sources.add(requests)
        return self.plans.begin(path, digest(data, facts.st_mtime_ns), requests)

    def _resume(self, name: str) -> None:
        """Bring a plan further, to its end if the time allows; every step can be done again after a crash."""
        plan = self.plans.read(name)
        path = self.inbox / plan.name
        if self.plans.is_draft(name):
            if not plan.is_of(path, MAX_BYTES):
                self.plans.remove(name)  # its owner took it back, or put another one in its place
                return
            until = self.look.deadline
            complete = self.look.unless_refused(path, lambda: self.plans.complete(name, self._allowed(), until))
            if complete is None:
                self.plans.remove(name)
            if not complete:
                return
            plan = self.plans.read(name)
        ids, finished = self.plans.submit(name, plan, self.look.deadline)
        self.result.accepted.extend(ids)
        if finished:
            if plan.is_of(path, MAX_BYTES):
                everything = [request.id for request in plan.requests]
                name_there = file_away(path, self.inbox / ACCEPTED, ".ids.txt", "\n".join(everything))
                self.result.filed[name_there] = everything
            self.plans.remove(name)

    def _allowed(self) -> list[Path]:
        allowed = [self.inbox, *self.store.allowed_inputs]
        if self.config is not None:
            allowed += [self.config.path(place) for place in self.config.paths.allowed_inputs]
        return allowed
