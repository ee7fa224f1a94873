"""Alert files dropped into the folder ``alerts`` of the inbox, each taken into the register as soon as it is whole."""

from __future__ import annotations

import logging
import os
import shutil
import stat
import time
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path

from videogen.emergency.alerts.intake import AlertIntake, IntakeResult
from videogen.emergency.alerts.refusal import proposed_repair, shortened
from videogen.emergency.alerts.register import RegisteredAlert
from videogen.emergency.cap.xml import is_complete
from videogen.errors import InputError, VideogenError
from videogen.intake.watched_folder import claimed_files, claims, file_away, is_settled, left_over
from videogen.storage.atomic_folder import storage_errors
from videogen.storage.file_lock import only_one

FOLDER = "alerts"
SLICE = 20.0
"""Seconds that one look at the inbox may take; the sensor's time is 60."""


@dataclass
class AlertInboxResult:
    """taken: new in the register. rejected: file names with every reason.

    troubles: file names with what kept us from judging them; they stay claimed and are taken next time.
    """

    taken: list[RegisteredAlert] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    troubles: list[tuple[str, str]] = field(default_factory=list)


def take_alert_files(
    inbox: Path,
    intake: AlertIntake,
    *,
    settle: float = 1.0,
    now: datetime | None = None,
    seconds: float = SLICE,
) -> AlertInboxResult:
    """Take every whole file in the inbox, and those that a killed process left half taken.

    A file whose XML is well-formed to its end is whole: it is taken at once. Others are refused once they have been
    left unchanged for `settle` seconds, and are taken to be half written until then. A file goes to ``accepted/`` with
    the keys of its alerts beside it or, if anything in it was refused, to ``rejected/`` with every reason. What goes
    wrong with one file is its own failure: the others are taken.

    Args:
        inbox: folder of the alerts, made if need be.
        seconds: no further file is begun after that time; the next call goes on.

    Raises:
        StorageError: the inbox itself cannot be read or written.
    """
    result = AlertInboxResult()
    end = time.monotonic() + seconds
    with storage_errors(str(inbox)):
        inbox.mkdir(parents=True, exist_ok=True)
        with only_one(inbox / ".lock") as alone:
            if not alone:
                return result
            limit = intake.settings.alert_max_bytes
            for claim in chain(left_over(inbox), claims(inbox, lambda path: _is_ready(path, settle, limit))):
                _take_claim(claim, inbox, intake, now, end, result)
                if time.monotonic() >= end:
                    break
    return result


def _take_claim(
    claim: Path, inbox: Path, intake: AlertIntake, now: datetime | None, end: float, result: AlertInboxResult
) -> None:
    """Bring one claim to its end; what failed is noted, and the claim is there again next time."""
    name = claim.name
    try:
        if claim.is_symlink():
            claim.unlink()
            return
        for path in claimed_files(claim):
            name = path.name
            if not _finish(path, inbox, intake, now, end, result):
                return
        shutil.rmtree(claim)
    except (VideogenError, OSError) as error:  # damage in the register, a full disk
        result.troubles.append((name, str(error)))


def _is_ready(path: Path, settle: float, limit: int) -> bool:
    """Whether a file is whole, or has been left alone for so long that it will not become so."""
    if is_settled(path, settle):
        return True
    try:
        data = read_plain_file(path, limit)
    except (OSError, InputError):
        return False
    return len(data) <= limit and is_complete(data)


def _finish(
    path: Path, inbox: Path, intake: AlertIntake, now: datetime | None, end: float, result: AlertInboxResult
) -> bool:
    """Bring one claimed file to its end; can be done again after a crash. False: there was no time for all of it."""
    data = b""
    try:
        data = read_plain_file(path, intake.settings.alert_max_bytes)
        read = intake.take(data, origin=path.name, now=now, seconds=max(1.0, end - time.monotonic()))
        if not read.taken and not read.known and not read.refused:
            raise InputError(
                f"it holds no alert, only {len(read.links)} links to some",
                remedy="put the address of the feed into emergency.feeds",
            )
    except InputError as error:
        read, reasons = IntakeResult(), str(error)
    except VideogenError:
        raise
    except Exception as error:
        logging.getLogger(__name__).exception("%s cannot be judged", path.name)
        read, reasons = IntakeResult(), f"judging it failed unexpectedly ({type(error).__name__}: {error})"
    else:
        reasons = read.reasons()
    result.taken += read.taken
    if read.left:
        return False
    keys = "\n".join(one.key for one in (*read.taken, *read.known))
    if not reasons:
        file_away(path, inbox / "accepted", ".keys.txt", keys)
        return True
    reasons = shortened(reasons)
    if proposal := proposed_repair(data, inbox / "rejected", path.name, intake.settings.alert_max_bytes):
        reasons = f"{reasons}\n{proposal}"
    result.rejected.append((path.name, reasons))
    file_away(path, inbox / "rejected", ".reason.txt", f"{reasons}\ntaken all the same:\n{keys}" if keys else reasons)
    return True


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
