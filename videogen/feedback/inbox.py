"""Feedback files dropped into the folder ``feedback`` of the inbox: each is taken once, or refused with the reason."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from videogen.errors import InputError, StorageError, VideogenError
from videogen.feedback.collector import FeedbackCollector
from videogen.feedback.files import MAX_BYTES, parse_submissions
from videogen.intake.inbox_plans import folder_of_this_inbox
from videogen.intake.sightings import Sightings
from videogen.intake.watched_folder import file_away, is_unfinished
from videogen.runtime.plain_files import read_plain
from videogen.storage.atomic_folder import storage_errors
from videogen.storage.locks import only_one_of

FOLDER = "feedback"
ACCEPTED, REJECTED = "accepted", "rejected"


@dataclass
class TakenFeedback:
    """accepted: file names with the number of their events. rejected: file names with the reason.

    waiting: names with what kept them from being taken, say a full disk; the next look tries again.
    """

    accepted: list[tuple[str, int]] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    waiting: list[tuple[str, str]] = field(default_factory=list)


def take_feedback_files(inbox: Path, collector: FeedbackCollector, *, settle: float = 3.0) -> TakenFeedback:
    """Take what lies in the folder. Only one process does so at a time.

    A process that is killed between keeping the events and filing the file away leaves both: the next look finds the
    same events again and keeps each once, as their ids follow from the file.

    Args:
        inbox: the folder itself.
        settle: seconds for which a file must have looked the same; 0: take it at once.
        collector: takes and keeps the events.
    """
    result = TakenFeedback()
    state = folder_of_this_inbox(collector.config.location(collector.config.paths.store), "feedback-inbox")
    with storage_errors(str(inbox)):
        inbox.mkdir(parents=True, exist_ok=True)
    with only_one_of(state) as alone:
        if alone:
            sightings, now = Sightings(state), time.time()
            for path in _candidates(inbox.resolve()):
                if sightings.stood_still(path, settle, now):
                    _take(path, collector, result)
            sightings.keep(os.listdir(inbox))
    return result


def _candidates(inbox: Path) -> list[Path]:
    with os.scandir(inbox) as entries:
        names = [one.name for one in entries if not is_unfinished(one.name) and not one.is_dir(follow_symlinks=False)]
    return [inbox / name for name in sorted(names)]


def _take(path: Path, collector: FeedbackCollector, result: TakenFeedback) -> None:
    try:
        data = read_plain(path, MAX_BYTES, links=False)
        digest = hashlib.sha256(data).hexdigest()
        said = [
            one if one.key is not None else one.model_copy(update={"key": f"{digest} {number}"})
            for number, one in enumerate(parse_submissions(path.name, data))
        ]
        events = collector.take_all(said, "csv" if path.suffix.lower() == ".csv" else "inbox")
    except InputError as error:
        if os.path.lexists(path):
            file_away(path, path.parent / REJECTED, ".reason.txt", str(error))
            result.rejected.append((path.name, str(error)))
        return
    except (StorageError, VideogenError) as error:
        result.waiting.append((path.name, str(error)))
        return
    file_away(path, path.parent / ACCEPTED, ".events.txt", f"{len(events)} events")
    result.accepted.append((path.name, len(events)))
