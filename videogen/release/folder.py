"""The folder of published videos: one folder each, published atomically."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from videogen.errors import ArtifactError, ReleaseError
from videogen.release.record import ReleaseRecord, Withdrawal
from videogen.storage.atomic import flush, temporary_name
from videogen.storage.atomic_folder import SAFE_NAME, copy, storage_errors

RECORD = "release.json"
NOTICE = "notice.txt"
"""Beside a release that was corrected, held or withdrawn: what is the matter with it, for people."""
LOCKS = ".locks"
"""Beside the published videos: one empty file each, see `Publisher`."""
_LEFT_BEHIND = 600.0
"""Seconds after which a temporary folder belongs to nobody."""


def land(root: Path, name: str, record: ReleaseRecord, files: Mapping[str, Path]) -> Path:
    """Publish copies of `files` (by their published names) and the record in ``<root>/<name>/``, atomically.

    A folder that was there before is replaced: readers see the old one, for an instant none, then the new one, and
    never a mixture or half a video.

    Raises:
        StorageError: the disk refused; what was there before is still there.
    """
    target = folder_of(root, name)
    temporary = temporary_name(target)
    with storage_errors(str(target)):
        _clear_up(root, name)
        temporary.mkdir(parents=True)
        try:
            for published, source in files.items():
                copy(source, temporary / published)
                flush(temporary / published)
            if text := notice_text(record):
                (temporary / NOTICE).write_text(text, encoding="utf-8")
                flush(temporary / NOTICE)
            (temporary / RECORD).write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
            flush(temporary / RECORD)
            flush(temporary)
            _exchange(temporary, target)
            flush(root)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return target


def take_back(root: Path, name: str, withdrawal: Withdrawal) -> ReleaseRecord:
    """Unpublish what is published under that name: its files are removed, the record stays with the reason.

    Raises:
        ReleaseError: nothing is published under that name.
        StorageError: the disk refused; it is still published.
    """
    record = published_record(root, name).model_copy(update={"withdrawn": withdrawal})
    land(root, name, record, {})
    return record


def published_record(root: Path, name: str) -> ReleaseRecord:
    """The record of what is published under that name now.

    Raises:
        ReleaseError: nothing is, or it was withdrawn.
    """
    record = read_record(root, name)
    if record is None:
        raise ReleaseError(f"{name} is not published", remedy=f"{root} contains the published videos")
    if (taken := record.withdrawn) is not None:
        raise ReleaseError(
            f"{name} was withdrawn by {taken.operator} on {taken.at:%Y-%m-%d}: {taken.why}",
            remedy=f"the record stays in {folder_of(root, name) / RECORD}",
        )
    return record


def read_record(root: Path, name: str) -> ReleaseRecord | None:
    """The record of a published (or withdrawn) video; None: it never was published here.

    Raises:
        ArtifactError: the record is damaged.
    """
    path = folder_of(root, name) / RECORD
    try:
        return ReleaseRecord.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ArtifactError(f"{path} cannot be read: {error.strerror}", remedy="restore that file") from error
    except ValidationError as error:
        raise ArtifactError(f"{path} cannot be read: {error}", remedy="restore that file") from error


def notice_text(record: ReleaseRecord) -> str:
    """What people should know who find the files; "": nothing is the matter."""
    lines = [f"{notice.at:%Y-%m-%d %H:%M} UTC  {notice.line}" for notice in record.notices]
    if record.withdrawn is not None:
        lines.append(f"{record.withdrawn.at:%Y-%m-%d %H:%M} UTC  WITHDRAWN: {record.withdrawn.why}")
    if record.provenance.corrects is not None:
        lines.insert(0, f"{record.provenance.released_at:%Y-%m-%d %H:%M} UTC  {record.provenance.corrects.line}")
    return "".join(f"{line}\n" for line in lines)


def folder_of(root: Path, name: str) -> Path:
    """Where a video is, or would be, published.

    Raises:
        ArtifactError: the name could lead out of the folder.
    """
    if not SAFE_NAME.fullmatch(name):
        raise ArtifactError(
            f"{name!r} cannot be the name of a published video", remedy="use letters, digits and . _ = -"
        )
    return root / name


def _clear_up(root: Path, name: str) -> None:
    """Remove what killed processes left behind: a withdrawn video must not stay under a hidden name."""
    for left in root.glob(f".{name}.*.tmp"):
        try:
            changed = left.stat().st_mtime
        except FileNotFoundError:
            continue  # its owner has just finished
        if time.time() - changed > _LEFT_BEHIND:
            shutil.rmtree(left, ignore_errors=True)


def _exchange(temporary: Path, target: Path) -> None:
    """Rename `temporary` to `target`; what stood there is put back if that fails. Of several at once the last wins."""
    while True:
        aside = _set_aside(target)
        try:
            temporary.rename(target)
            return
        except OSError as error:
            occupied = error.errno in (errno.ENOTEMPTY, errno.EEXIST)
            if aside is not None and not occupied:
                aside.rename(target)
            if not occupied:
                raise
        finally:
            if aside is not None:
                shutil.rmtree(aside, ignore_errors=True)


def _set_aside(target: Path) -> Path | None:
    """Move what stands at `target` out of the way; None: nothing does."""
    aside = temporary_name(target)
    try:
        os.utime(target)  # or it would look left behind for long, see _clear_up
        return target.rename(aside)
    except FileNotFoundError:
        return None
