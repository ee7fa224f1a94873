"""Releases dropped into the folder ``releases`` of the inbox: each becomes a briefing, or is refused and told why."""

from __future__ import annotations

import hashlib
from pathlib import Path

from videogen.briefing.production.order import new_briefing_id
from videogen.briefing.production.ordering import take_order
from videogen.briefing.production.store import BriefingStore
from videogen.briefing.source.read import read_release_file
from videogen.errors import VideogenError
from videogen.intake.inbox_plans import folder_of_this_inbox
from videogen.intake.look import ACCEPTED, SLICE, Look, Taken, look_at
from videogen.intake.watched_folder import file_away
from videogen.storage.atomic_folder import Folder
from videogen.storage.locks import only_one_of

FOLDER = "releases"
_NOTE = ".briefing.txt"


def take_releases(
    inbox: Path, location: str, store: BriefingStore, *, settle: float = 3.0, seconds: float = SLICE
) -> Taken[str]:
    """Order a briefing of each file in the folder, in its language and all formats, and say its id.

    Only one process does so at a time.

    The id is written down before the briefing is kept: a process that is killed leaves the file, and the next look
    finds the same id and orders nothing twice.

    Args:
        inbox: the folder itself, made if need be.
        location: of the store, where the state of the folder is kept.
        settle: seconds for which a file must have looked the same; 0: take it at once.
        store: of briefings.
        seconds: no further file is begun after that time; the next look goes on.

    Raises:
        StorageError: the folder cannot be read or written, or is a link.
    """
    result = Taken[str]()
    state = folder_of_this_inbox(location, "release-inbox")
    with look_at(inbox, only_one_of(state), seconds) as look:
        if look is not None:
            look.through(
                look.settled(state, settle), lambda name: _take(look, look.folder / name, state, store, result)
            )
            result.rejected, result.waiting = look.rejected, look.waiting
    return result


def _take(look: Look, path: Path, state: Folder, store: BriefingStore, result: Taken[str]) -> None:
    ordered = look.unless_refused(path, lambda: _ordered(path, state, store), stays=(VideogenError, OSError))
    if ordered is not None:
        briefing_id, known = ordered
        file_away(path, path.parent / ACCEPTED, _NOTE, briefing_id)
        state.remove(known)
        result.accepted.append((path.name, briefing_id))


def _ordered(path: Path, state: Folder, store: BriefingStore) -> tuple[str, str]:
    """The id of the file's briefing, and the name under which that is known until the file has been filed away."""
    content = read_release_file(path, [path.parent])
    known = f"{hashlib.sha256(path.name.encode() + b'/' + content).hexdigest()}.txt"
    if not state.exists(known):
        state.write(known, new_briefing_id(path.stem).encode())
    briefing_id = state.read(known).decode()
    if not store.exists(briefing_id):
        take_order(store, [path], source="inbox", allowed=[path.parent], briefing_id=briefing_id)
    return briefing_id, known
