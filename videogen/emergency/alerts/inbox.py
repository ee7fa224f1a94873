"""Alert files dropped into the folder ``alerts`` of the inbox, each taken into the register as soon as it is whole.

A file is judged where it lies and filed away afterwards. The register takes an alert once, so a file whose judging was
cut short by a crash is simply judged again; nothing else in the folder is believed.
"""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from videogen.emergency.alerts.intake import AlertIntake, IntakeResult
from videogen.emergency.alerts.refusal import proposed_repair, shortened
from videogen.emergency.alerts.register import RegisteredAlert
from videogen.emergency.cap.xml import is_complete
from videogen.errors import InputError, VideogenError
from videogen.intake.inbox_plans import folder_of_this_inbox
from videogen.intake.look import SLICE, look_at
from videogen.intake.old_claims import clear_old_claims
from videogen.intake.watched_folder import dropped_names, file_away, is_settled
from videogen.runtime.plain_files import read_plain
from videogen.storage.locks import only_one_of

FOLDER = "alerts"


@dataclass
class AlertInboxResult:
    """taken: new in the register. rejected: file names with every reason.

    troubles: file names with what kept us from judging them; they stay and are tried again next time.
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
        StorageError: the inbox itself cannot be read or written, or is a link.
    """
    result = AlertInboxResult()
    alone = only_one_of(folder_of_this_inbox(intake.register.root, "inbox"))
    with look_at(inbox, alone, seconds) as look:
        if look is not None:
            look.each(".taking", lambda: result.rejected.extend(clear_old_claims(look.folder)))
            take = partial(_take, intake=intake, settle=settle, now=now, end=look.deadline, result=result)
            look.through(dropped_names(look.folder), lambda name: take(look.folder / name))
            result.troubles = look.waiting
    return result


def _take(
    path: Path, intake: AlertIntake, settle: float, now: datetime | None, end: float, result: AlertInboxResult
) -> None:
    """Bring one file to its end if it is whole; can be done again after a crash."""
    limit = intake.settings.alert_max_bytes
    if not _is_ready(path, settle, limit):
        return
    data, unreadable = b"", None
    try:
        data = read_plain(path, limit, links=False)
    except InputError as error:
        if not os.path.lexists(path):
            return  # its owner took it back
        unreadable = error
    judged = _Judged(IntakeResult(), str(unreadable)) if unreadable else _judge(data, path.name, intake, now, end)
    result.taken += judged.read.taken
    if not judged.read.left and _is_still(path, data, limit):
        _file_away(path, data, judged, limit, result)


class _Judged(NamedTuple):
    """What an alert file gave, and why it is refused; empty: it is not."""

    read: IntakeResult
    reasons: str


def _judge(data: bytes, name: str, intake: AlertIntake, now: datetime | None, end: float) -> _Judged:
    try:
        read = intake.take(data, origin=name, now=now, seconds=max(1.0, end - time.monotonic()))
        if not read.taken and not read.known and not read.refused:
            raise InputError(
                f"it holds no alert, only {len(read.links)} links to some",
                remedy="put the address of the feed into emergency.feeds",
            )
    except InputError as error:
        return _Judged(IntakeResult(), str(error))
    except VideogenError:
        raise
    except Exception as error:
        logging.getLogger(__name__).exception("%s cannot be judged", name)
        return _Judged(IntakeResult(), f"judging it failed unexpectedly ({type(error).__name__}: {error})")
    return _Judged(read, read.reasons())


def _is_still(path: Path, data: bytes, limit: int) -> bool:
    """Whether the file is the one that was judged: its owner may put another in its place at any moment."""
    try:
        return read_plain(path, limit, links=False) == data
    except InputError:
        return not data and os.path.lexists(path)


def _file_away(path: Path, data: bytes, judged: _Judged, limit: int, result: AlertInboxResult) -> None:
    inbox, reasons = path.parent, shortened(judged.reasons)
    keys = "\n".join(one.key for one in (*judged.read.taken, *judged.read.known))
    if not reasons:
        file_away(path, inbox / "accepted", ".keys.txt", keys)
        return
    if proposal := proposed_repair(data, inbox / "rejected", path.name, limit):
        reasons = f"{reasons}\n{proposal}"
    result.rejected.append((path.name, reasons))
    file_away(path, inbox / "rejected", ".reason.txt", f"{reasons}\ntaken all the same:\n{keys}" if keys else reasons)


def _is_ready(path: Path, settle: float, limit: int) -> bool:
    """Whether a file is whole, or has been left alone for so long that it will not become so."""
    if is_settled(path, settle):
        return True
    try:
        return is_complete(read_plain(path, limit, links=False))
    except InputError:
        return False
