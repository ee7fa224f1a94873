"""Where events are kept: one small JSON file each until their day is over, then one Parquet file a day.

Any number of processes write at once; nobody waits for a lock. An event that was acknowledged is on the disk.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from pydantic import ValidationError

from videogen.errors import ArtifactError
from videogen.feedback.events import FeedbackEvent
from videogen.storage.atomic_folder import Folder
from videogen.storage.warehouse import Warehouse
from videogen.storage.warehouse_tables import arrow_schema

if TYPE_CHECKING:
    import pandas as pd

TABLE = "feedback"
_log = logging.getLogger(__name__)
_READERS = 8


class FeedbackStore:
    """The events of one project.

    Args:
        root: `paths.store`; the files lie in its folder ``feedback``.
        warehouse: gets the table `feedback`.
    """

    def __init__(self, root: str, warehouse: Warehouse) -> None:
        self._folder = Folder(f"{root.rstrip('/')}/feedback")
        self.warehouse = warehouse

    def add(self, event: FeedbackEvent) -> None:
        """Keep an event; one that is there already, say by a repeated post, stays as it is.

        Raises:
            StorageError: the disk or remote store refused.
        """
        name = f"{_day(event.received_at)}/{event.event_id}.json"
        try:
            self._folder.write(name, event.model_dump_json(exclude_none=True).encode(), exclusive=True)
        except FileExistsError:
            return

    def days(self) -> list[date]:
        """Days that have events, oldest first."""
        loose = set(self._folder.names()) | set(self._compacted())
        return sorted(day for name in loose if (day := _as_day(name)) is not None)

    def waiting(self, day: date) -> int:
        """Events of a day that are still files of their own."""
        return len(self._folder.names(_day(day)))

    def of_day(self, day: date) -> pd.DataFrame:
        """All events of a day (UTC) as rows of the table, each once, oldest first."""
        import pandas as pd
        import pyarrow as pa

        columns = arrow_schema(TABLE)
        kept = self.warehouse.read(TABLE, _day(day))
        loose = pd.DataFrame([event.model_dump() for event in self._loose(day)], columns=columns.names)
        parts = [pa.Table.from_pandas(part, columns, preserve_index=False) for part in (kept, loose) if len(part)]
        if not parts:
            return kept
        rows: pd.DataFrame = pa.concat_tables(parts).to_pandas()
        return rows.drop_duplicates("event_id").sort_values(["received_at", "event_id"]).reset_index(drop=True)

    def between(self, start: date, end: date) -> pd.DataFrame:
        """All events of the days `start` … `end`, both included."""
        import pyarrow as pa

        columns = arrow_schema(TABLE)
        days = [self.of_day(day) for day in self.days() if start <= day <= end]
        parts = [pa.Table.from_pandas(rows, columns, preserve_index=False) for rows in days if len(rows)]
        if not parts:
            return self.warehouse.read(TABLE, "none")
        rows: pd.DataFrame = pa.concat_tables(parts).to_pandas()
        return rows

    def compact(self, day: date, improve: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows) -> pd.DataFrame:
        """Bring a day's events into one Parquet file; its JSON files are removed once the day is over.

        Killed between the two, the next call finds the events twice and takes each once.

        Args:
            improve: fills in what costs too much while somebody waits, such as the categories of comments.
            day: the day (UTC).
        """
        names = self._folder.names(_day(day))
        rows = self.of_day(day)
        if not len(rows):
            return rows
        rows = improve(rows)
        self.warehouse.write(TABLE, _day(day), rows)
        if day < datetime.now(UTC).date():
            written = set(rows["event_id"])
            for name in names:
                if name.removesuffix(".json") in written:
                    self._folder.remove(f"{_day(day)}/{name}")
        return rows

    def remove_where(
        self, chosen: Callable[[pd.DataFrame], pd.Series], days: Iterable[date] | None = None
    ) -> dict[date, int]:
        """Remove events; returns the days concerned with how many.

        Args:
            chosen: rows of a day → which of them go.
            days: None: all.
        """
        found: dict[date, int] = {}
        for day in self.days() if days is None else days:
            rows = self.of_day(day)
            gone = rows[chosen(rows)] if len(rows) else rows
            if not len(gone):
                continue
            for event_id in gone["event_id"]:
                self._folder.remove(f"{_day(day)}/{event_id}.json")
            self._rewrite(day, partial(_without, ids=set(gone["event_id"])))
            found[day] = len(gone)
        return found

    def expire(self, keep: timedelta, keep_comments: timedelta, now: datetime | None = None) -> tuple[int, int]:
        """Remove events older than `keep`, and texts of comments older than `keep_comments`; how many of each."""
        moment = now or datetime.now(UTC)
        events = sum(
            self.remove_where(
                lambda rows: rows["received_at"] < moment - keep, _before(self.days(), moment - keep)
            ).values()
        )
        texts = 0
        for day in _before(self.days(), moment - keep_comments):
            rows = self.compact(day)
            old = rows["comment"].notna() & (rows["received_at"] < moment - keep_comments)
            if old.any():
                texts += int(old.sum())
                self._rewrite(day, _without_comments)
        return events, texts

    def _rewrite(self, day: date, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        kept = self.warehouse.read(TABLE, _day(day))
        if len(kept):
            self.warehouse.write(TABLE, _day(day), change(kept))

    def _loose(self, day: date) -> Iterator[FeedbackEvent]:
        names = [name for name in self._folder.names(_day(day)) if name.endswith(".json")]
        with ThreadPoolExecutor(_READERS) as readers:
            for name, data in zip(names, readers.map(lambda one: self._read(f"{_day(day)}/{one}"), names), strict=True):
                if data is None:
                    continue
                try:
                    yield FeedbackEvent.model_validate(json.loads(data))
                except (ValidationError, ValueError) as error:
                    where = self._folder.url(f"{_day(day)}/{name}")
                    raise ArtifactError(
                        f"the feedback event {where} cannot be read: {type(error).__name__}",
                        remedy="remove or restore that file",
                    ) from error

    def _read(self, name: str) -> bytes | None:
        try:
            return self._folder.read(name)
        except FileNotFoundError:
            return None  # another process has just compacted it

    def _compacted(self) -> list[str]:
        return [name.removesuffix(".parquet") for name in Folder(f"{self.warehouse.root}/{TABLE}").names()]


def _without(rows: pd.DataFrame, ids: set[str]) -> pd.DataFrame:
    return rows[~rows["event_id"].isin(ids)]


def _without_comments(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(comment=None)


def _day(moment: date | datetime) -> str:
    return f"{moment.astimezone(UTC) if isinstance(moment, datetime) else moment:%Y-%m-%d}"


def _as_day(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


def _before(days: Iterable[date], moment: datetime) -> list[date]:
    return [day for day in days if day <= moment.date()]
