"""Marks on what is published: it was corrected, sent again, or is held. The files stay; their record says so."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

from videogen.release.approval.correction import Notice
from videogen.release.folder import LOCKS, NOTICE, RECORD, folder_of, notice_text, published_record, read_record
from videogen.release.record import ReleaseRecord
from videogen.storage.atomic import whole_file
from videogen.storage.atomic_folder import storage_errors
from videogen.storage.locks import one_at_a_time


def mark(root: Path, name: str, notice: Notice) -> ReleaseRecord:
    """Add a notice to a release; the same one again changes nothing.

    Raises:
        ReleaseError: nothing is published under that name, or it was withdrawn.
        StorageError: the disk refused; the release is as it was.
    """
    with _alone(root, name):
        record = published_record(root, name)
        if any(_is_the_same(one, notice) for one in record.notices):
            return record
        return _rewrite(root, name, record.model_copy(update={"notices": (*record.notices, notice)}))


def mark_corrected(root: Path, correcting: ReleaseRecord) -> ReleaseRecord | None:
    """Mark the release that `correcting` corrects, if there is one that still stands; returns its record then."""
    made = correcting.provenance
    if made.corrects is None or correcting.withdrawn is not None:
        return None
    old = read_record(root, made.corrects.of)
    if old is None or old.withdrawn is not None:
        return None
    notice = Notice(
        kind=made.corrects.kind, by=made.released_by, why=made.corrects.reason, at=datetime.now(UTC), other=made.id
    )
    return mark(root, made.corrects.of, notice)


def _is_the_same(one: Notice, other: Notice) -> bool:
    """A correction marks a release once; something may be held, cleared, and held again."""
    if one.kind in ("HOLD", "CLEARED"):
        return (one.kind, one.at) == (other.kind, other.at)
    return (one.kind, one.other, one.why) == (other.kind, other.other, other.why)


def _rewrite(root: Path, name: str, record: ReleaseRecord) -> ReleaseRecord:
    folder = folder_of(root, name)
    with storage_errors(str(folder)):
        with whole_file(folder / NOTICE) as temporary:
            temporary.write_text(notice_text(record), encoding="utf-8")
        with whole_file(folder / RECORD) as temporary:
            temporary.write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return record


def _alone(root: Path, name: str) -> AbstractContextManager[None]:
    return one_at_a_time(root / LOCKS / f"{folder_of(root, name).name}.lock", f"marking {name}")
