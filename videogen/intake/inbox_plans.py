"""Plans of request files being submitted, kept in the store where users of the inbox cannot write.

A plan holds the requests of one file with their ids, and copies of their pictures and sources. Whoever finds a plan
that a killed process left goes on with the very same requests.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from videogen.domain.frozen_model import FrozenModel
from videogen.domain.requests import VideoRequest
from videogen.errors import ArtifactError, InputError, reasons
from videogen.runtime.machine import machine
from videogen.runtime.plain_files import read_plain_with_facts
from videogen.storage.atomic_folder import Folder
from videogen.storage.inputs.request_inputs import check_number_of_pictures, stored_clip, stored_logo, stored_name
from videogen.storage.inputs.source_files import stored_source_name
from videogen.storage.locks import only_one_of
from videogen.storage.request_store import RequestStore

FOLDER = "inbox"
MAX_PICTURE_BYTES = 500_000_000
_PLAN, _DRAFT, _PROGRESS = "plan.json", "draft.json", "progress.json"


class Plan(FrozenModel):
    """The requests of one file. file: its name, as the file system's bytes in hexadecimal; content: its digest."""

    file: str
    content: str
    requests: tuple[VideoRequest, ...]

    @property
    def name(self) -> str:
        """Name of the file in the inbox."""
        return os.fsdecode(bytes.fromhex(self.file))

    def is_of(self, path: Path, limit: int) -> bool:
        """Return whether `path` is exactly the file that the plan was made from."""
        try:
            data, facts = read_plain_with_facts(path, limit, links=False)
        except InputError:
            return False
        return self.content == digest(data, facts.st_mtime_ns)


class Progress(FrozenModel):
    """How far a plan is: files copied, their bytes, and requests stored."""

    copied: int = 0
    bytes: int = 0
    submitted: int = 0


@dataclass(frozen=True)
class _Copy:
    """A picture, clip or source of a request, and where its copy lies in the plan's folder."""

    source: Path
    target: PurePosixPath
    is_source: bool = False
    is_clip: bool = False


class Plans:
    """The plans of the inbox of one store.

    Layout: ``<store>/inbox/<plan>/plan.json``, ``pictures/`` and ``sources/``; before all of these are copied,
    ``draft.json``. ``progress.json`` says how far a plan came whose look was over. In a remote store, which machines
    share, each has a folder of its own (``inbox/<machine>/``): it has an inbox of its own, with files of any names.
    """

    def __init__(self, store: RequestStore) -> None:
        self._store = store
        self.folder = folder_of_this_inbox(store.root, FOLDER)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether this process alone takes now."""
        with only_one_of(self.folder) as alone:
            yield alone

    def names(self) -> list[str]:
        """Return the plans that were started, oldest first; plans without content are removed."""
        found = []
        for name in self.folder.names():
            if self.folder.exists(f"{name}/{_PLAN}") or self.folder.exists(f"{name}/{_DRAFT}"):
                found.append(name)
            elif name.partition("-")[0].isdecimal():
                self.remove(name)
        return found

    def hold(self, name: str) -> bool:
        """Return whether the file of that name was started and not finished; also true for a damaged plan."""
        return any(plan.endswith(f"-{_mark(name)}") for plan in self.folder.names())

    def read(self, name: str) -> Plan:
        """Read a plan, or its draft. Raises ArtifactError if it is damaged."""
        try:
            return Plan.model_validate_json(self.folder.read(f"{name}/{_DRAFT if self.is_draft(name) else _PLAN}"))
        except (ValidationError, OSError) as error:
            reason = reasons(error) if isinstance(error, ValidationError) else error.strerror
            raise ArtifactError(
                f"{self.folder.url(name)} cannot be read: {reason}",
                remedy="look there for the requests that were started, then remove that folder",
            ) from error

    def begin(self, path: Path, content: str, requests: list[VideoRequest]) -> str:
        """Save the requests of the file `path` as a draft; returns the plan's name.

        Raises:
            InputError: a request has too many pictures. StorageError: the disk or store refused.
        """
        for request in requests:
            check_number_of_pictures(request, self._store.limits)
        name = f"{time.time_ns():020d}-{_mark(path.name)}"
        draft = Plan(file=os.fsencode(path.name).hex(), content=content, requests=tuple(requests))
        self.folder.write(f"{name}/{_DRAFT}", draft.model_dump_json().encode())
        return name

    def is_draft(self, name: str) -> bool:
        """Return whether pictures and sources are still to be copied."""
        return not self.folder.exists(f"{name}/{_PLAN}")

    def complete(self, name: str, allowed: Sequence[Path], deadline: float) -> bool:
        """Copy the pictures and sources of a draft, and make it a plan; returns whether all are there.

        Args:
            name: name of the draft.
            allowed: folders that pictures and sources may come from.
            deadline: of `time.monotonic`; no further file is begun after it, and the next call goes on.

        Raises:
            InputError: a picture or source cannot be taken, or all together are too large.
            StorageError: the disk or store refused.
        """
        draft, progress = self.read(name), self._progress(name)
        copies = [copy for request in draft.requests for copy in _copies(request)]
        while progress.copied < len(copies):
            progress = self._copied(name, draft.name, copies[progress.copied], progress, allowed)
            if time.monotonic() > deadline and progress.copied < len(copies):
                self._note(name, progress)
                return False
        plan = draft.model_copy(update={"requests": tuple(map(_with_copies, draft.requests))})
        self.folder.write(f"{name}/{_PLAN}", plan.model_dump_json().encode())
        self._note(name, Progress())
        return True

    def submit(self, name: str, plan: Plan, deadline: float) -> tuple[list[str], bool]:
        """Store the requests of a plan that are not stored yet; returns the ids of this look, and whether all are.

        Args:
            name: name of the plan.
            plan: what it holds.
            deadline: as for `complete`.
        """

        def read(copy: Path) -> bytes:
            return self.folder.read(f"{name}/{copy.as_posix()}")

        ids: list[str] = []
        done = self._progress(name).submitted
        for request in plan.requests[done:]:
            ids.append(self._store.submit(request, read=read, read_source_file=read, read_clip=read).id)
            if time.monotonic() > deadline and done + len(ids) < len(plan.requests):
                self._note(name, Progress(submitted=done + len(ids)))
                return ids, False
        return ids, True

    def _copied(self, name: str, file: str, copy: _Copy, before: Progress, allowed: Sequence[Path]) -> Progress:
        """Copy one picture or source, and count it."""
        content = self._reader(copy)(copy.source, allowed)
        total = before.bytes + (0 if copy.is_source else len(content))
        if total > MAX_PICTURE_BYTES:
            raise InputError(
                f"the pictures of {file} have more than {MAX_PICTURE_BYTES:,} bytes in total",
                remedy="split the file, or save the pictures smaller",
            )
        self.folder.write(f"{name}/{copy.target}", content)
        return Progress(copied=before.copied + 1, bytes=total)

    def _reader(self, copy: _Copy) -> Callable[[Path, Sequence[Path]], bytes]:
        if copy.is_source:
            return self._store.read_source_file
        return self._store.read_clip if copy.is_clip else self._store.read_picture

    def _progress(self, name: str) -> Progress:
        """How far a plan is; one whose process was killed begins again."""
        try:
            return Progress.model_validate_json(self.folder.read(f"{name}/{_PROGRESS}"))
        except (FileNotFoundError, ValidationError):
            return Progress()

    def _note(self, name: str, progress: Progress) -> None:
        self.folder.write(f"{name}/{_PROGRESS}", progress.model_dump_json().encode())

    def remove(self, name: str) -> None:
        """Remove a plan, its main files first."""
        self.folder.remove(f"{name}/{_DRAFT}")
        self.folder.remove(f"{name}/{_PLAN}")
        self.folder.remove_all(name)


def folder_of_this_inbox(store: str, name: str) -> Folder:
    """Where the store keeps what belongs to an inbox of this machine."""
    shared = Folder(f"{store.rstrip('/')}/{name}")
    return shared if shared.is_local else Folder(f"{store.rstrip('/')}/{name}/{machine()}")


def _copies(request: VideoRequest) -> list[_Copy]:
    """The pictures, sources, logo and clip of a request, in order."""
    found = [
        _Copy(image, PurePosixPath("pictures", f"{request.id}-{stored_name(index, image)}"))
        for index, image in enumerate(request.images)
    ]
    for index, source in enumerate(request.sources):
        place = PurePosixPath("sources", request.id, str(index), stored_source_name(index, source)[3:])
        found.append(_Copy(source, place, is_source=True))
    if request.logo is not None:
        found.append(_Copy(request.logo, PurePosixPath("pictures", f"{request.id}-{stored_logo(request)}")))
    if request.from_video is not None:
        place = PurePosixPath("pictures", f"{request.id}-{stored_clip(request)}")
        found.append(_Copy(request.from_video, place, is_clip=True))
    return found


def _with_copies(request: VideoRequest) -> VideoRequest:
    """The request with its copies in the place of its files."""
    targets = [Path(copy.target) for copy in _copies(request)]
    images, rest = targets[: len(request.images)], targets[len(request.images) :]
    sources, single = rest[: len(request.sources)], rest[len(request.sources) :]
    named = [name for name in ("logo", "from_video") if getattr(request, name) is not None]
    kept = {"images": tuple(images), "sources": tuple(sources), **dict(zip(named, single, strict=True))}
    return request.model_copy(update=kept)


def _mark(name: str) -> str:
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:32]


def digest(data: bytes, changed: int) -> str:
    """Return a digest that tells a file from another one of the same name. changed: its time in nanoseconds."""
    return hashlib.sha256(data + changed.to_bytes(16, "big", signed=True)).hexdigest()
