"""The log of all decisions and of all changes to users: one line each, chained by hashes, never rewritten.

A line that is changed or removed breaks the chain; lines that are cut off at the end show because every release
record holds the head of the log at that moment (`ReleaseRecord.log_head`), signed inside of the published file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import AwareDatetime, Field, ValidationError

from videogen.domain.frozen_model import FrozenModel
from videogen.errors import ArtifactError
from videogen.release.people.decision import canonical
from videogen.release.people.log_index import LogIndex
from videogen.storage.atomic_folder import storage_errors

FILE: Final = "log.jsonl"
_TAIL: Final = 1 << 17
Event = Literal["decision", "user_added", "user_changed", "key_added", "log_in"]


class LogLine(FrozenModel):
    """One line. about: the id of a subject or the name of a user; hash: over the line without it."""

    sequence: int = Field(ge=1)
    at: AwareDatetime
    event: Event
    by: str
    about: str
    details: dict[str, Any] = Field(default_factory=dict)
    previous: str
    hash: str

    @property
    def is_whole(self) -> bool:
        """Whether the hash fits what the line says."""
        return self.hash == _hash(self.model_dump(mode="json", exclude={"hash"}))


class LogFaults(FrozenModel):
    """What the check of the log found; faults: in plain words; head: hash of the last line, "" where there is none."""

    lines: int
    head: str
    faults: tuple[str, ...] = ()


class DecisionLog:
    """The log in a folder. Whoever appends holds the lock of that folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._index = LogIndex(self.path)

    def append(self, event: Event, *, by: str, about: str, details: dict[str, Any] | None = None) -> LogLine:
        """Add a line and wait until it is on the disk; of a line that could not be written whole nothing stays.

        Raises:
            StorageError: the disk refused. ArtifactError: the last line cannot be read.
        """
        last = self.last()
        facts = {
            "sequence": last.sequence + 1 if last else 1,
            "at": datetime.now(UTC).isoformat(),
            "event": event,
            "by": by,
            "about": about,
            "details": details or {},
            "previous": last.hash if last else "",
        }
        line = LogLine.model_validate(facts | {"hash": ""})
        plain = line.model_dump(mode="json", exclude={"hash"})
        line = line.model_copy(update={"hash": _hash(plain)})
        with storage_errors(str(self.path)):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                _write_line(descriptor, canonical(line.model_dump(mode="json")) + b"\n")
            finally:
                os.close(descriptor)
        return line

    def lines(self, about: str | None = None) -> Iterator[LogLine]:
        """All lines, or those about one subject or user, first to last; a line that was never finished is left out.

        Raises:
            ArtifactError: a line cannot be read.
        """
        return (line for line in self._all() if about is None or line.about == about)

    def lines_on(self, subject: str) -> list[LogLine]:
        """The lines about a subject, and those that register keys, first to last; the rest of the log is not read.

        Raises:
            ArtifactError: a line that names the subject cannot be read.
        """
        names = [json.dumps(name).encode() for name in (subject, "key_added")]
        return [self._parsed(raw, "a line") for raw in self._index.find(subject) if any(name in raw for name in names)]

    def _all(self) -> Iterator[LogLine]:
        try:
            with self.path.open("rb") as file:
                for number, raw in enumerate(file, 1):
                    if raw.endswith(b"\n"):
                        yield self._parsed(raw, f"line {number}")
        except FileNotFoundError:
            return

    def lines_from(self, offset: int) -> tuple[list[LogLine], int]:
        """The whole lines behind a byte, and the byte behind them; from the start where the file is shorter than that.

        Raises:
            ArtifactError: a line cannot be read.
        """
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                start = offset if offset <= size else 0
                file.seek(start)
                whole, newline, _ = file.read().rpartition(b"\n")
        except FileNotFoundError:
            return [], 0
        return [self._parsed(raw, "a line") for raw in whole.split(b"\n") if raw], start + len(whole) + len(newline)

    def last(self) -> LogLine | None:
        """The last line; None: there is none yet."""
        try:
            with self.path.open("rb") as file:
                file.seek(0, os.SEEK_END)
                file.seek(max(0, file.tell() - _TAIL))
                whole, _, _ = file.read().rpartition(b"\n")
        except FileNotFoundError:
            return None
        return self._parsed(whole.rpartition(b"\n")[2], "the last line") if whole else None

    @property
    def head(self) -> str:
        """Hash of the last line; "": there is none yet."""
        last = self.last()
        return last.hash if last else ""

    def check(self, known_heads: Iterable[str] = ()) -> LogFaults:
        """Read the whole log and say where the chain is broken, or the time goes back.

        Args:
            known_heads: what release records say that the head of the log was; each must be the hash of a line.
        """
        faults: list[str] = []
        missing = set(known_heads)
        previous, count, at = "", 0, None
        try:
            for line in self.lines():
                count += 1
                missing.discard(line.hash)
                if not line.is_whole:
                    faults.append(f"line {count} was changed after it was written")
                if line.previous != previous or line.sequence != count:
                    faults.append(f"before line {count} lines were removed, added or moved")
                if at is not None and line.at < at:
                    faults.append(
                        f"line {count} is of {line.at:%Y-%m-%d %H:%M:%S} UTC, earlier than the line before it"
                    )
                previous, at = line.hash, line.at
        except ArtifactError as error:
            faults.append(error.problem)
        faults += [f"a release was signed when the head was {head[:16]}…, which the log has lost" for head in missing]
        return LogFaults(lines=count, head=previous, faults=tuple(faults))

    def _parsed(self, raw: bytes, which: str) -> LogLine:
        try:
            return LogLine.model_validate_json(raw)
        except ValidationError as error:
            raise ArtifactError(
                f"{which} of {self.path} cannot be read", remedy="restore the file from a backup: it is evidence"
            ) from error


def _write_line(descriptor: int, line: bytes) -> None:
    """Append behind the last whole line; what a killed process or a full disk left of one is cut off."""
    size = os.lseek(descriptor, 0, os.SEEK_END)
    tail = os.pread(descriptor, min(size, _TAIL), size - min(size, _TAIL))
    end = size - len(tail) + tail.rfind(b"\n") + 1 if tail else 0
    if end != size:
        os.ftruncate(descriptor, end)
    try:
        written = 0
        while written < len(line):
            written += os.pwrite(descriptor, line[written:], end + written)
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, end)
        raise


def _hash(plain: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(plain)).hexdigest()
