"""What a line of the catalogue was read from: when the folders changed that it depends on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from videogen.briefing.production.order import BRIEFING_ID
from videogen.briefing.production.store import FOLDER
from videogen.release.people.book import FOLDER as DECISIONS

_REMOTE_EVERY = 60.0


@dataclass(frozen=True)
class Places:
    """Where it lies. store: None: a remote store, whose changes cannot be seen: it is read again every minute."""

    store: Path | None
    published: Path
    people: Path


def signature(places: Places, item_id: str, version: int) -> str:
    """Times of change of the folders that matter.

    Files are written under other names and renamed, so every new file changes the time of its folder.

    Args:
        places: where everything lies.
        item_id: the video or briefing.
        version: the latest attempt or revision that is known.
    """
    beside = [places.published / item_id, places.people / DECISIONS / item_id]
    if places.store is None:
        return " ".join([*(str(_changed(path)) for path in beside), str(int(time.time() // _REMOTE_EVERY))])
    if BRIEFING_ID.fullmatch(item_id):
        folder = places.store / FOLDER / item_id
        own = [folder, folder / "revisions", folder / f"r{version:04d}"]
    else:
        folder = places.store / item_id
        own = [folder, folder / f"attempt-{version}"]
    return " ".join(str(_changed(path)) for path in (*own, *beside))


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
