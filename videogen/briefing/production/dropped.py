"""Releases dropped into the folder ``releases`` of the inbox: each becomes a briefing, or is refused and told why."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from videogen.briefing.production.order import new_briefing_id
from videogen.briefing.production.ordering import take_order
from videogen.briefing.production.store import BriefingStore
from videogen.briefing.source.read import read_release_file
from videogen.errors import InputError, VideogenError
from videogen.intake.inbox_plans import folder_of_this_inbox
from videogen.intake.sightings import Sightings
from videogen.intake.watched_folder import dropped_names, file_away
from videogen.storage.atomic_folder import Folder, storage_errors
from videogen.storage.locks import only_one_of

FOLDER = "releases"
ACCEPTED, REJECTED = "accepted", "rejected"
_NOTE = ".briefing.txt"


@dataclass
class TakenReleases:
    """accepted: file names with the id of their briefing. rejected: file names with the reason.

    waiting: names with what kept them from being taken, say a full disk; the next look tries again.
    """

    accepted: list[tuple[str, str]] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    waiting: list[tuple[str, str]] = field(default_factory=list)


def take_releases(inbox: Path, location: str, store: BriefingStore, *, settle: float = 3.0) -> TakenReleases:
    """Order a briefing of each file in the folder, in its language and all formats. Only one process does so at a time.

    The id is written down before the briefing is kept: a process that is killed leaves the file, and the next look
    finds the same id and orders nothing twice.

    Args:
        inbox: the folder itself, made if need be.
        location: of the store, where the state of the folder is kept.
        settle: seconds for which a file must have looked the same; 0: take it at once.
    """
    result = TakenReleases()
    state = folder_of_this_inbox(location, "release-inbox")
    with storage_errors(str(inbox)):
        inbox.mkdir(parents=True, exist_ok=True)
    with only_one_of(state) as alone:
        if alone:
            sightings, now = Sightings(state), time.time()
            for name in dropped_names(inbox.resolve()):
                path = inbox.resolve() / name
                if sightings.stood_still(path, settle, now):
                    _take(path, state, store, result)
            sightings.keep(os.listdir(inbox))
    return result


def _take(path: Path, state: Folder, store: BriefingStore, result: TakenReleases) -> None:
    try:
        content = read_release_file(path, [path.parent])
        known = f"{hashlib.sha256(path.name.encode() + b'/' + content).hexdigest()}.txt"
        if not state.exists(known):
            state.write(known, new_briefing_id(path.stem).encode())
        briefing_id = state.read(known).decode()
        if not store.exists(briefing_id):
            take_order(store, [path], source="inbox", allowed=[path.parent], briefing_id=briefing_id)
    except InputError as error:
        if os.path.lexists(path):
            file_away(path, path.parent / REJECTED, ".reason.txt", str(error))
            result.rejected.append((path.name, str(error)))
        return
    except VideogenError as error:
        result.waiting.append((path.name, str(error)))
        return
    file_away(path, path.parent / ACCEPTED, _NOTE, briefing_id)
    state.remove(known)
    result.accepted.append((path.name, briefing_id))
