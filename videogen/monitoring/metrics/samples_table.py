"""The table `metric_samples`: one value a minute for some days, hourly means for a year."""

from __future__ import annotations

import itertools
import json
import re
import socket
import statistics
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any, Final

from videogen.errors import ArtifactError
from videogen.monitoring.metrics.instruments import Labels, Sample
from videogen.storage.atomic_folder import Folder
from videogen.storage.plain_rows import PlainRows

TABLE: Final = "metric_samples"
_MINUTES: Final = 10
"""Minutes in one file."""
_FINE, _HOURS = "minutes", "hours"
_KEY = re.compile(r"(minutes|hours)\.(\d{8}T\d{6})\..+\.parquet")


class SamplesTable:
    """Writes and reads the values of every minute.

    Args:
        names: metrics that are kept.
    """

    def __init__(self, root: str, names: Iterable[str] | None) -> None:
        self._files_of_rows, self._folder = PlainRows(root), Folder(root)
        self._names = frozenset(names or ())
        self._rows: list[dict[str, Any]] = []
        self._begun: datetime | None = None
        self._minute: datetime | None = None

    def add(self, samples: Iterable[Sample], now: datetime) -> None:
        """Keep the first round of every minute; the file of ten minutes is written with each of them.

        Raises:
            StorageError: the warehouse cannot be written.
        """
        minute = now.replace(second=0, microsecond=0)
        if minute == self._minute:
            return
        self._minute = minute
        begun = minute.replace(minute=minute.minute // _MINUTES * _MINUTES)
        if begun != self._begun:
            self._begun, self._rows = begun, []
        self._rows += [
            {
                "sampled_at": minute,
                "name": sample.name,
                "labels": json.dumps(dict(sample.labels)),
                "value": sample.value,
            }
            for sample in samples
            if sample.name in self._names
        ]
        if self._rows:
            self._write(_FINE, begun, self._rows)

    def last_day(self, now: datetime) -> Iterator[tuple[float, str, Labels, float]]:
        """Values of the last 26 hours, oldest first: time, name, labels, value.

        Raises:
            ArtifactError: a file cannot be read.
        """
        yield from self.between(now - timedelta(hours=26), now)

    def between(self, start: datetime, end: datetime) -> Iterator[tuple[float, str, Labels, float]]:
        """Values of every minute in that time, as `last_day` gives them."""
        for kind, begun, key in self._files():
            if kind == _FINE and start - timedelta(minutes=_MINUTES) < begun < end:
                for row in sorted(self._files_of_rows.read(TABLE, key), key=itemgetter("sampled_at")):
                    labels = tuple(sorted(json.loads(row["labels"]).items()))
                    yield row["sampled_at"].timestamp(), row["name"], labels, row["value"]

    def compact(self, keep_minutes: timedelta, keep_hours: timedelta, now: datetime | None = None) -> int:
        """Make hourly means of days that are over, and remove what is older than that; returns removed files."""
        now = now or datetime.now(UTC)
        removed = 0
        old: dict[datetime, list[str]] = {}
        for kind, begun, key in self._files():
            if kind == _FINE and begun < now - keep_minutes:
                old.setdefault(begun.replace(hour=0, minute=0), []).append(key)
            elif kind == _HOURS and begun < now - keep_hours:
                self._folder.remove(f"{TABLE}/{key}.parquet")
                removed += 1
        for day, keys in old.items():
            self._write(_HOURS, day, self._means(keys))
            for key in keys:
                self._folder.remove(f"{TABLE}/{key}.parquet")
                removed += 1
        return removed

    def _means(self, keys: list[str]) -> list[dict[str, Any]]:
        values: dict[tuple[datetime, str, str], list[float]] = {}
        for row in itertools.chain.from_iterable(self._files_of_rows.read(TABLE, key) for key in keys):
            hour = row["sampled_at"].replace(minute=0, second=0, microsecond=0)
            values.setdefault((hour, row["name"], row["labels"]), []).append(row["value"])
        return [
            dict(zip(("sampled_at", "name", "labels"), series, strict=True), value=statistics.fmean(of_hour))
            for series, of_hour in sorted(values.items())
        ]

    def _write(self, kind: str, begun: datetime, rows: list[dict[str, Any]]) -> None:
        host = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())
        self._files_of_rows.write(TABLE, f"{kind}.{begun:%Y%m%dT%H%M%S}.{host}", rows)

    def _files(self) -> Iterator[tuple[str, datetime, str]]:
        """Kind, beginning and key of every file, in the order of time."""
        found = []
        for name in self._folder.names(TABLE):
            if match := _KEY.fullmatch(name):
                begun = datetime.strptime(match[2], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
                found.append((match[1], begun, name.removesuffix(".parquet")))
        yield from sorted(found, key=lambda one: one[1])


def restored(table: SamplesTable, now: datetime) -> list[tuple[float, str, Labels, float]]:
    """The values of the last day, or none where they cannot be read: alerts go on without them."""
    try:
        return list(table.last_day(now))
    except ArtifactError:
        return []
