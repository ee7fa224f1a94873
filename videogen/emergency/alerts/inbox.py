"""Alert files dropped into the folder ``alerts`` of the inbox, each taken into the register as soon as it is whole."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from videogen.emergency.alerts.intake import AlertIntake, IntakeResult
from videogen.emergency.alerts.register import RegisteredAlert
from videogen.emergency.cap.xml import is_complete
from videogen.errors import ArtifactError, InputError
from videogen.intake.watched_folder import claimed_files, claims, file_away, is_settled, left_over
from videogen.storage.atomic_folder import storage_errors
from videogen.storage.file_lock import only_one

FOLDER = "alerts"


@dataclass
class AlertInboxResult:
    """taken: new in the register. rejected: file names with every reason.

    troubles: file names with what kept us from judging them; they stay claimed and are taken next time.
    """

    taken: list[RegisteredAlert] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    troubles: list[tuple[str, str]] = field(default_factory=list)


def take_alert_files(
    inbox: Path, intake: AlertIntake, *, settle: float = 1.0, now: datetime | None = None
) -> AlertInboxResult:
    """Take every whole file in the inbox, and those that a killed process left half taken.

    A file whose XML is well-formed to its end is whole: it is taken at once. Others are refused once they have been
    left unchanged for `settle` seconds, and are taken to be half written until then. A file goes to ``accepted/`` with
    the keys of its alerts beside it or, if anything in it was refused, to ``rejected/`` with every reason.

    Args:
        inbox: folder of the alerts, made if need be.

    Raises:
        StorageError: the disk or store refused; the file concerned stays claimed and is taken next time.
    """
    result = AlertInboxResult()
    with storage_errors(str(inbox)):
        inbox.mkdir(parents=True, exist_ok=True)
        with only_one(inbox / ".lock") as alone:
            if not alone:
                return result
            limit = intake.settings.alert_max_bytes
            for claim in [*left_over(inbox), *claims(inbox, lambda path: _is_ready(path, settle, limit))]:
                try:
                    for path in claimed_files(claim):
                        _finish(path, inbox, intake, now, result)
                except ArtifactError as error:  # damage in the register: the other files go on
                    result.troubles += [(path.name, str(error)) for path in claimed_files(claim)]
                else:
                    shutil.rmtree(claim)
    return result


def _is_ready(path: Path, settle: float, limit: int) -> bool:
    """Whether a file is whole, or has been left alone for so long that it will not become so."""
    if is_settled(path, settle):
        return True
    try:
        data = read_plain_file(path, limit)
    except (OSError, InputError):
        return False
    return len(data) <= limit and is_complete(data)


def _finish(path: Path, inbox: Path, intake: AlertIntake, now: datetime | None, result: AlertInboxResult) -> None:
    """Bring one claimed file to its end; can be done again after a crash."""
    try:
        read = intake.take(read_plain_file(path, intake.settings.alert_max_bytes), origin=path.name, now=now)
        if not read.taken and not read.known and not read.refused:
            raise InputError(
                f"it holds no alert, only {len(read.links)} links to some",
                remedy="put the address of the feed into emergency.feeds",
            )
    except InputError as error:
        read, reasons = IntakeResult(), str(error)
    else:
        reasons = read.reasons()
    result.taken += read.taken
    keys = "\n".join(one.key for one in (*read.taken, *read.known))
    if reasons:
        result.rejected.append((path.name, reasons))
        note = f"{reasons}\ntaken all the same:\n{keys}" if keys else reasons
        file_away(path, inbox / "rejected", ".reason.txt", note)
    else:
        file_away(path, inbox / "accepted", ".keys.txt", keys)


def read_plain_file(path: Path, limit: int) -> bytes:
    """The content of a plain file, no link, pipe or device; one byte more than `limit` at most.

    Raises:
        InputError: it is no plain file, or cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}", remedy="drop a plain XML file") from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise InputError(f"{path.name} is not a plain file", remedy="drop a plain XML file")
        return file.read(limit + 1)
