"""Feedback files dropped into the folder ``feedback`` of the inbox: each is taken once, or refused with the reason."""

from __future__ import annotations

import hashlib
from pathlib import Path

from videogen.errors import VideogenError
from videogen.feedback.collector import FeedbackCollector
from videogen.feedback.events import FeedbackEvent
from videogen.feedback.files import MAX_BYTES, parse_submissions
from videogen.intake.inbox_plans import folder_of_this_inbox
from videogen.intake.look import ACCEPTED, SLICE, Look, Taken, look_at
from videogen.intake.watched_folder import file_away
from videogen.runtime.plain_files import read_plain
from videogen.storage.locks import only_one_of

FOLDER = "feedback"


def take_feedback_files(
    inbox: Path, collector: FeedbackCollector, *, settle: float = 3.0, seconds: float = SLICE
) -> Taken[int]:
    """Take what lies in the folder, and say how many events each file had. Only one process does so at a time.

    A process that is killed between keeping the events and filing the file away leaves both: the next look finds the
    same events again and keeps each once, as their ids follow from the file.

    Args:
        inbox: the folder itself, made if need be.
        settle: seconds for which a file must have looked the same; 0: take it at once.
        collector: takes and keeps the events.
        seconds: no further file is begun after that time; the next look goes on.

    Raises:
        StorageError: the folder cannot be read or written, or is a link.
    """
    state = folder_of_this_inbox(collector.config.location(collector.config.paths.store), "feedback-inbox")
    result = Taken[int]()
    with look_at(inbox, only_one_of(state), seconds) as look:
        if look is not None:
            look.through(look.settled(state, settle), lambda name: _take(look, look.folder / name, collector, result))
            result.rejected, result.waiting = look.rejected, look.waiting
    return result


def _take(look: Look, path: Path, collector: FeedbackCollector, result: Taken[int]) -> None:
    events = look.unless_refused(path, lambda: _events(path, collector), stays=(VideogenError, OSError))
    if events is not None:
        file_away(path, path.parent / ACCEPTED, ".events.txt", f"{len(events)} events")
        result.accepted.append((path.name, len(events)))


def _events(path: Path, collector: FeedbackCollector) -> list[FeedbackEvent]:
    data = read_plain(path, MAX_BYTES, links=False)
    digest = hashlib.sha256(data).hexdigest()
    said = [
        one if one.key is not None else one.model_copy(update={"key": f"{digest} {number}"})
        for number, one in enumerate(parse_submissions(path.name, data))
    ]
    return collector.take_all(said, "csv" if path.suffix.lower() == ".csv" else "inbox")
