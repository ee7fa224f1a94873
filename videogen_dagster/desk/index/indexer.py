"""Keeps the catalogue up to date in a thread of its own: pages never wait for the stores."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.briefing.production.order import BRIEFING_ID
from videogen.briefing.production.store import FOLDER
from videogen.domain.video_ids import VIDEO_ID
from videogen.errors import VideogenError
from videogen.storage.atomic_folder import Folder
from videogen_dagster.desk.index.catalogue import Catalogue
from videogen_dagster.desk.index.lines import read_item
from videogen_dagster.desk.index.signature import Places, signature

if TYPE_CHECKING:
    from videogen.release.people.people import People
    from videogen_dagster.desk.index.live import Live
    from videogen_dagster.desk.index.reading import Reader

_LOG = logging.getLogger("videogen.desk")
_SECONDS = 1.0
_WHOLE_EVERY = 5.0
_AT_ONCE = 100
_BREATH = 0.002


class Indexer:
    """Reads what changed.

    Args:
        reader: what reads the stores.
        catalogue: what is written.
        live: what is running: that is read every second, all else every five.
    """

    def __init__(self, reader: Reader, catalogue: Catalogue, people: People, live: Live) -> None:
        self._reader, self._catalogue, self._live = reader, catalogue, live
        store = reader.project.config.location(reader.project.config.paths.store)
        self._folder, self._of_briefings = Folder(store), Folder(f"{store.rstrip('/')}/{FOLDER}")
        self._places = Places(Path(store) if self._folder.is_local else None, reader.published, people.folder)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._reading: tuple[int, int] | None = None
        self._one = threading.Lock()

    @property
    def reading(self) -> tuple[int, int] | None:
        """How many of how many items are read, while the catalogue is made; None: it is complete."""
        return self._reading

    def start(self) -> None:
        """Begin to watch."""
        self._thread = threading.Thread(target=self._watch, name="indexer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching, and wait until that is so."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def look_again(self, item_id: str) -> None:
        """Read one item now: whoever changed it sees the change on the next page."""
        self._catalogue.put([(read_item(self._reader, item_id), self._signature(item_id))])

    def refresh(self) -> None:
        """Read all that changed since the last time."""
        with self._one:
            known = self._catalogue.signatures()
            there = list(self._ids())
            unknown = ("", 0)
            changed = [
                item_id
                for item_id in there
                if known.get(item_id, unknown)[0] != signature(self._places, item_id, known.get(item_id, unknown)[1])
            ]
            is_long = len(changed) > _AT_ONCE
            for start in range(0, len(changed), _AT_ONCE):
                if self._stop.is_set():
                    return
                self._reading = (start, len(changed)) if is_long else None
                self._put(changed[start : start + _AT_ONCE])
            self._reading = None
            self._catalogue.remove(set(known) - set(there))

    def _watch(self) -> None:
        last = float("-inf")
        while not self._stop.is_set():
            try:
                if time.monotonic() - last >= _WHOLE_EVERY:
                    self.refresh()
                    last = time.monotonic()
                else:
                    self._put(list(self._live.now())[:_AT_ONCE])
            except VideogenError as error:
                _LOG.error("the catalogue of the desk cannot be brought up to date: %s", error)
            except Exception:
                # The thread must go on: without it the lists stand still.
                _LOG.exception("the catalogue of the desk cannot be brought up to date")
            self._stop.wait(_SECONDS)

    def _put(self, ids: list[str]) -> None:
        read = []
        for item_id in ids:
            # Before reading: what changes meanwhile is read again.
            mark = self._signature(item_id)
            read.append((read_item(self._reader, item_id), mark))
            # Pages come first.
            time.sleep(_BREATH)
        if read:
            self._catalogue.put(read)

    def _ids(self) -> Iterator[str]:
        yield from (name for name in self._folder.names() if VIDEO_ID.fullmatch(name))
        yield from (name for name in self._of_briefings.names() if BRIEFING_ID.fullmatch(name))

    def _signature(self, item_id: str) -> str:
        known = self._catalogue.get(item_id)
        return signature(self._places, item_id, known.version if known else 0)
