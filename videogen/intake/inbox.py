"""Requests in bulk: the inbox, a folder into which people drop request files.

Nothing is lost and nothing is taken twice.

How a file moves is in `dropped_files`. Before any request of it is submitted, all of them are written down
beside it with their ids and pictures; so whoever finds a claim left over by a killed process goes on with the very
same requests.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from videogen.config.config import VideoGenConfig
from videogen.domain.requests import VideoRequest
from videogen.errors import InputError, StorageError
from videogen.intake.request_files import SUFFIXES, read_requests
from videogen.intake.source_files import stored_source_name
from videogen.intake.watched_folder import claimed_files, claims, file_away, is_settled, left_over
from videogen.storage.atomic_folder import Folder, copy, storage_errors
from videogen.storage.file_lock import only_one
from videogen.storage.request_store import PICTURE_SUFFIXES, RequestStore, stored_name

__all__ = ["InboxResult", "read_requests", "take_from_inbox"]
_requests = TypeAdapter(list[VideoRequest])


@dataclass
class InboxResult:
    """accepted: ids of the requests submitted. rejected: file names with the reason."""

    accepted: list[str] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)


def take_from_inbox(
    inbox: Path, store: RequestStore, *, config: VideoGenConfig | None = None, settle: float = 1.0
) -> InboxResult:
    """Submit the requests of every file in the inbox, and of those that a killed process left half taken.

    Only one process takes at a time; for the others there is nothing to do then. Pictures stay where they
    are: they must lie in the inbox or in ``paths.allowed_inputs``. Sub-folders are left alone.

    The ids returned are those submitted now. A caller that is killed before it uses them finds them in
    ``store.ids()``.

    Args:
        config: where given, gives the allowed folders and checks the settings that requests ask for.
        settle: seconds for which a file must have been left unchanged, so that none is taken half written.

    Raises:
        StorageError: the disk or store refused; the file concerned stays claimed and is taken next time.
    """
    result = InboxResult()
    with storage_errors(str(inbox)):
        inbox.mkdir(parents=True, exist_ok=True)
        with only_one(inbox / ".lock") as alone:
            if not alone:
                return result
            for claim in [*left_over(inbox), *claims(inbox, lambda path: _is_ready(path, settle))]:
                _finish(claim, inbox, store, config, result)
    return result


def _is_ready(path: Path, settle: float) -> bool:
    """Whether a file asks for something and is no longer being written."""
    return path.suffix.lower() not in PICTURE_SUFFIXES and is_settled(path, settle)


def _finish(claim: Path, inbox: Path, store: RequestStore, config: VideoGenConfig | None, result: InboxResult) -> None:
    """Bring one claimed file to its end; every step can be done again after a crash."""
    for path in claimed_files(claim):
        try:
            plan = _plan(path, claim, inbox, store, config)
        except (StorageError, OSError):
            raise
        except Exception as error:
            # Whatever it is, also a fault of this program: one file must not stop the others for ever.
            result.rejected.append((path.name, str(error)))
            file_away(path, inbox / "rejected", ".reason.txt", str(error))
            continue
        ids = [store.submit(request, allowed=[claim]).id for request in plan]
        result.accepted.extend(ids)
        file_away(path, inbox / "accepted", ".ids.txt", "\n".join(ids))
    shutil.rmtree(claim)


def _plan(
    path: Path, claim: Path, inbox: Path, store: RequestStore, config: VideoGenConfig | None
) -> list[VideoRequest]:
    """The requests of a file, ids and all, with pictures and sources of their own: the same whenever it is asked."""
    folder = Folder(claim)
    if not folder.exists("requests.json"):
        if path.is_symlink() or not path.is_file():
            raise InputError(f"{path.name} is not a plain file", remedy=f"drop one of {', '.join(SUFFIXES)}")
        allowed = [inbox, *store.allowed_inputs]
        if config is not None:
            allowed += [config.path(place) for place in config.paths.allowed_inputs]
        requests = read_requests(path, source="inbox", config=config, pictures=inbox)
        own = [_own_files(request, folder, store, allowed) for request in requests]
        folder.write("requests.json", _requests.dump_json(own))
    return _requests.validate_json(folder.read("requests.json"))


def _own_files(request: VideoRequest, claim: Folder, store: RequestStore, allowed: Sequence[Path]) -> VideoRequest:
    images = []
    for index, image in enumerate(request.images):
        source = store.check_picture(image, allowed)
        name = f"pictures/{request.id}-{stored_name(index, image)}"
        with claim.writing(name) as target:
            copy(source, target)
        images.append(claim.local(name))
    sources = []
    for index, path in enumerate(request.sources):
        name = f"sources/{request.id}-{stored_source_name(index, path)}"
        claim.write(name, store.check_source(path, allowed)[1])
        sources.append(claim.local(name))
    return request.model_copy(update={"images": tuple(images), "sources": tuple(sources)})
