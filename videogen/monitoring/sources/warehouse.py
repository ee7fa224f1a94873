"""What the tables of the warehouse tell: every row is counted once, also over restarts of the exporter.

Rows that were there before monitoring began are not counted. Only names are looked at each round; files that are new
or were replaced are read.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from videogen.errors import ArtifactError, InputError, VideogenError
from videogen.monitoring.metrics.catalogue import ERRORS, PROFILES, SOURCES, WORK, closed
from videogen.monitoring.metrics.instruments import Update
from videogen.monitoring.spans import SpanFacts
from videogen.storage.atomic_folder import Folder
from videogen.storage.plain_rows import PlainRows

_log = logging.getLogger(__name__)
Rows = list[dict[str, Any]]
RECENT: Final = 3600.0
"""Seconds for which it is remembered how many rows of a file were counted: files of runs grow that long."""
MOST_FILES: Final = 200
"""Files of one table that are read in one round; the others follow in the next ones."""
_REMOTE_PAUSE: Final = 60.0
"""Seconds between two listings of a remote folder."""
_ERROR_CLASSES: Final = {
    "ConfigError": "config",
    "InputError": "input",
    "FetchError": "input",
    "AlertStateError": "input",
    "PolicyError": "policy",
    "ModelError": "model",
    "ArtifactError": "artifact",
    "StorageError": "storage",
    "MediaError": "media",
    "OutOfMemoryError": "memory",
    "CapacityError": "capacity",
    "PreemptedError": "capacity",
    "DeadlineError": "capacity",
    "ReleaseError": "release",
    "LegibilityError": "release",
    "RunFailure": "crash",
}


def error_class(name: str) -> str:
    """The class of an error as a value of the label `error`."""
    return closed(ERRORS, _ERROR_CLASSES.get(name, name.lower()))


class WarehouseSource:
    """Follows the tables.

    Args:
        state: what was counted before; it is changed, and kept by the caller over restarts.
    """

    def __init__(
        self, root: str, state: dict[str, Any], on_spans: Callable[[list[SpanFacts]], None] = lambda spans: None
    ) -> None:
        self._on_spans = on_spans
        self._rows = PlainRows(root)
        self._tails = {table: _Tail(Folder(root), table, state) for table in _READERS}
        self._durations: dict[tuple[str, int], tuple[float, str]] = {}

    def read(self) -> list[Update]:
        """What is new. Raises StorageError or ArtifactError where the warehouse cannot be read."""
        found: list[Update] = []
        for table, tail in self._tails.items():
            for key, before in tail.new():
                try:
                    rows = self._rows.read(table, key)
                except (ArtifactError, InputError) as error:
                    _log.warning("a file of the table %s is left out: %s", table, error)
                    continue
                tail.count(key, len(rows))
                found += _READERS[table](self, rows, rows[before:])
        return found

    def _requests(self, rows: Rows, new: Rows) -> Iterator[Update]:
        for row in new:
            yield Update("videogen_requests_total", 1.0, {"source": closed(SOURCES, row["source"])})

    def _videos(self, rows: Rows, new: Rows) -> Iterator[Update]:
        for row in new:
            profile = closed(PROFILES, row["model"])
            self._durations[str(row["video_id"]), int(row["attempt"])] = (float(row["duration"]), profile)
            yield Update("videogen_videos_total", 1.0, {"profile": profile})
            if row["attempt"] > 1:
                yield Update("videogen_regenerations_total", 1.0)

    def _timings(self, rows: Rows, new: Rows) -> Iterator[Update]:
        for row in new:
            stage = {"stage": closed(WORK, row["stage"])}
            exemplar = {"run_id": str(row["run_id"])}
            self._on_spans([_span(row)])
            yield Update("videogen_stage_seconds", float(row["seconds"]), stage, exemplar)
            yield Update("videogen_stage_peak_memory_bytes", float(row["peak_memory_bytes"]), stage)
            if row["stage"] == "rendered_video":
                video_id, attempt = str(row["video_id"]), int(row["attempt"])
                mine = (
                    float(one["seconds"]) for one in rows if (one["video_id"], one["attempt"]) == (video_id, attempt)
                )
                yield from self._whole(video_id, attempt, sum(mine), exemplar)

    def _whole(self, video_id: str, attempt: int, work: float, exemplar: Mapping[str, str]) -> Iterator[Update]:
        known = self._durations.pop((video_id, attempt), None) or self._read_duration(video_id, attempt)
        if known is not None:
            duration, profile = known
            yield Update("videogen_generation_seconds", work, {"profile": profile}, exemplar)
            yield Update("videogen_generation_work_ratio", work / max(duration, 0.01))

    def _read_duration(self, video_id: str, attempt: int) -> tuple[float, str] | None:
        try:
            rows = self._rows.read("videos", f"{video_id}.{attempt}")
        except VideogenError:
            return None
        return (float(rows[0]["duration"]), closed(PROFILES, rows[0]["model"])) if rows else None

    def _failures(self, rows: Rows, new: Rows) -> Iterator[Update]:
        for row in new:
            yield Update("videogen_stage_failures_total", 1.0, {"stage": closed(WORK, row["stage"])})
            yield Update("videogen_failures_total", 1.0, {"error": error_class(str(row["error"]))})

    def _quality(self, rows: Rows, new: Rows) -> Iterator[Update]:
        for row in new:
            passed = row["passed"]
            if row["metric"] == "score":
                if row["value"] is not None:
                    yield Update("videogen_quality_score_ratio", float(row["value"]))
                if passed is not None:
                    verdict = "passed" if passed else "below_target"
                    yield Update("videogen_quality_verdicts_total", 1.0, {"verdict": verdict})
            elif passed is False:
                yield Update("videogen_quality_failures_total", 1.0, {"metric": closed(_METRICS, row["metric"])})

    def _releases(self, rows: Rows, new: Rows) -> Iterator[Update]:
        for row in new:
            yield Update("videogen_releases_total", 1.0, {"event": str(row["event"])})

    def _facts(self, rows: Rows, new: Rows) -> Iterator[Update]:
        for row in new:
            yield Update("videogen_fact_verdicts_total", 1.0, {"verdict": closed(_VERDICTS, row["verdict"])})

    def _alerts(self, rows: Rows, new: Rows) -> Iterator[Update]:
        for row in new:
            if row["origin"] in (None, "raised"):
                yield Update("videogen_operator_alerts_total", 1.0, {"severity": str(row["severity"])})


def _definition_values(name: str, label: str) -> tuple[str, ...]:
    from videogen.monitoring.metrics.catalogue import definition

    return definition(name).labels[label]


_METRICS: Final = _definition_values("videogen_quality_failures_total", "metric")
_VERDICTS: Final = _definition_values("videogen_fact_verdicts_total", "verdict")
_Reader = Callable[[WarehouseSource, Rows, Rows], Iterator[Update]]
_READERS: Final[dict[str, _Reader]] = {
    "requests": WarehouseSource._requests,
    "videos": WarehouseSource._videos,
    "stage_timings": WarehouseSource._timings,
    "failures": WarehouseSource._failures,
    "quality": WarehouseSource._quality,
    "releases": WarehouseSource._releases,
    "fact_checks": WarehouseSource._facts,
    "alerts": WarehouseSource._alerts,
}


class _Tail:
    """The files of one table that are new or were replaced since the last look."""

    def __init__(self, folder: Folder, table: str, state: dict[str, Any]) -> None:
        self._folder, self._table = folder, table
        # Hashes of name and version: there may be a hundred thousand files.
        self._seen: set[int] | None = None
        # Files counted lately: rows, and when. And until when everything was seen.
        mine = state.setdefault(table, {})
        self._counts: dict[str, list[float]] = mine.setdefault("counts", {})
        self._mine = mine
        self._changed_at: int | None = None
        self._listed_at = -_REMOTE_PAUSE

    def new(self) -> Iterator[tuple[str, int]]:
        """Keys of files to read, and how many of their rows were counted before."""
        files = self._files()
        if files is None:
            return
        there, fresh = set(), []
        until = self._mine.get("seen_until") if self._seen is None else None
        for name, version in files:
            code = hash((name, version))
            there.add(code)
            if self._seen is None:
                # At the start, all that is there counts as seen, or what was when an earlier process last looked.
                if until is not None and self._modified(name) >= until - 2.0:
                    fresh.append((name, code))
            elif code not in self._seen:
                fresh.append((name, code))
        if len(fresh) > MOST_FILES:
            self._changed_at = None
        self._seen = there.difference(code for _, code in fresh[MOST_FILES:])
        for name, _ in fresh[:MOST_FILES]:
            key = name.removesuffix(".parquet")
            yield key, int(self._counts.get(key, [0])[0])
        now = time.time()
        self._mine["seen_until"] = now if len(fresh) <= MOST_FILES else self._mine.get("seen_until", now)
        for key in [key for key, (_, at) in self._counts.items() if at < now - RECENT]:
            del self._counts[key]

    def count(self, key: str, rows: int) -> None:
        """Remember that so many rows of a file are counted."""
        self._counts[key] = [rows, time.time()]

    def _modified(self, name: str) -> float:
        address = self._folder.address(f"{self._table}/{name}")
        return float(self._folder.fs.modified(address).timestamp())

    def _files(self) -> Iterable[tuple[str, int | str]] | None:
        """Names and what tells that a file was replaced; None: nothing can have changed."""
        return self._local() if self._folder.is_local else self._remote()

    def _local(self) -> Iterable[tuple[str, int | str]] | None:
        path = self._folder.local(self._table)
        try:
            changed_at = path.stat().st_mtime_ns
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._unlisted(error) from error
        # A change within the clock's resolution of the last look would be missed.
        if changed_at == self._changed_at and time.time_ns() - changed_at > 2_000_000_000:
            return None
        self._changed_at = changed_at
        return self._listed(path)

    def _listed(self, path: Path) -> Iterator[tuple[str, int | str]]:
        """One after the other: a list of all would stay in the process's memory."""
        try:
            with os.scandir(path) as entries:
                yield from ((one.name, one.inode()) for one in entries if one.name.endswith(".parquet"))
        except OSError as error:
            raise self._unlisted(error) from error

    def _unlisted(self, error: OSError) -> ArtifactError:
        path = self._folder.local(self._table)
        return ArtifactError(
            f"the table {self._table} in {path} cannot be listed: {error.strerror}",
            remedy="give this user the right to read it",
        )

    def _remote(self) -> list[tuple[str, int | str]] | None:
        if time.monotonic() - self._listed_at < _REMOTE_PAUSE:
            return None
        self._listed_at = time.monotonic()
        address = self._folder.address(self._table)
        self._folder.fs.invalidate_cache(address)
        try:
            entries = self._folder.fs.ls(address, detail=True)
        except FileNotFoundError:
            return []
        return [
            (str(one["name"]).rpartition("/")[2], f"{one.get('ETag')} {one.get('size')} {one.get('LastModified')}")
            for one in entries
            if str(one["name"]).endswith(".parquet")
        ]


def _span(row: dict[str, Any]) -> SpanFacts:
    """A stage of a video as a span of its run's trace."""
    begun = row["started_at"].timestamp()
    about: dict[str, str | int | float] = {
        "videogen.video_id": str(row["video_id"]),
        "videogen.attempt": int(row["attempt"]),
    }
    key = f"{row['stage']} {row['video_id']}"
    return SpanFacts(str(row["run_id"]), key, str(row["stage"]), begun, begun + float(row["seconds"]), attributes=about)
