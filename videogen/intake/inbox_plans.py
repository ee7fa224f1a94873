"""Plans of request files being submitted, kept in the store where users of the inbox cannot write.

A plan holds the requests of one file with their ids, and copies of their pictures and sources. Whoever finds a plan
that a killed process left goes on with the very same requests.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from videogen.domain.frozen_model import FrozenModel
from videogen.domain.requests import VideoRequest
from videogen.errors import ArtifactError, InputError, reasons
from videogen.runtime.plain_files import read_plain_with_facts
from videogen.storage.atomic_folder import Folder
from videogen.storage.locks import only_one_of
from videogen.storage.request_inputs import check_number_of_pictures, stored_logo, stored_name
from videogen.storage.request_store import RequestStore
from videogen.storage.source_files import stored_source_name

FOLDER = "inbox"
MAX_PICTURE_BYTES = 500_000_000
_PLAN = "plan.json"


class Plan(FrozenModel):
    """The requests of one file. file: its name, as the file system's bytes in hexadecimal; content: its digest."""

    file: str
    content: str
    requests: tuple[VideoRequest, ...]

    @property
    def name(self) -> str:
        return os.fsdecode(bytes.fromhex(self.file))

    def is_of(self, path: Path, limit: int) -> bool:
        """Return whether `path` is exactly the file that the plan was made from."""
        try:
            data, facts = read_plain_with_facts(path, limit, links=False)
        except InputError:
            return False
        return self.content == digest(data, facts.st_mtime_ns)


class Plans:
    """The plans of the inbox of one store.

    Layout: ``<store>/inbox/<plan>/plan.json``, ``pictures/`` and ``sources/``. The lock is a local file, also for a
    remote store: one machine takes from an inbox.
    """

    def __init__(self, store: RequestStore) -> None:
        self._store = store
        self.folder = Folder(f"{store.root.rstrip('/')}/{FOLDER}")

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether this process alone takes now."""
        with only_one_of(self.folder) as alone:
            yield alone

    def names(self) -> list[str]:
        """Return the plans that were started, oldest first; plans without content are removed."""
        found = []
        for name in self.folder.names():
            if self.folder.exists(f"{name}/{_PLAN}"):
                found.append(name)
            elif name.partition("-")[0].isdecimal():
                self.remove(name)
        return found

    def hold(self, name: str) -> bool:
        """Return whether the file of that name was started and not finished; also true for a damaged plan."""
        return any(plan.endswith(f"-{_mark(name)}") for plan in self.folder.names())

    def read(self, name: str) -> Plan:
        """Read a plan. Raises ArtifactError if it is damaged."""
        try:
            return Plan.model_validate_json(self.folder.read(f"{name}/{_PLAN}"))
        except (ValidationError, OSError) as error:
            reason = reasons(error) if isinstance(error, ValidationError) else error.strerror
            raise ArtifactError(
                f"{self.folder.url(name)} cannot be read: {reason}",
                remedy="look there for the requests that were started, then remove that folder",
            ) from error

    def write(self, path: Path, content: str, requests: list[VideoRequest], allowed: list[Path]) -> str:
        """Save the requests of the file `path`, with their pictures and sources; returns the plan's name.

        Raises:
            InputError: a picture or source cannot be taken, or all together are too large.
            StorageError: the disk or store refused.
        """
        name = f"{time.time_ns():020d}-{_mark(path.name)}"
        own, total = [], 0
        for request in requests:
            check_number_of_pictures(request, self._store.limits)
            copies = []
            for index, image in enumerate(request.images):
                picture = self._store.read_picture(image, allowed)
                total += len(picture)
                if total > MAX_PICTURE_BYTES:
                    raise InputError(
                        f"the pictures of {path.name} have more than {MAX_PICTURE_BYTES:,} bytes in total",
                        remedy="split the file, or save the pictures smaller",
                    )
                copies.append(PurePosixPath("pictures", f"{request.id}-{stored_name(index, image)}"))
                self.folder.write(f"{name}/{copies[-1]}", picture)
            texts = []
            for index, source in enumerate(request.sources):
                texts.append(PurePosixPath("sources", request.id, str(index), stored_source_name(index, source)[3:]))
                self.folder.write(f"{name}/{texts[-1]}", self._store.read_source_file(source, allowed))
            logo = None
            if request.logo is not None:
                logo = Path("pictures", f"{request.id}-{stored_logo(request)}")
                self.folder.write(f"{name}/{logo}", self._store.read_picture(request.logo, allowed))
            kept = {"images": tuple(map(Path, copies)), "sources": tuple(map(Path, texts)), "logo": logo}
            own.append(request.model_copy(update=kept))
        plan = Plan(file=os.fsencode(path.name).hex(), content=content, requests=tuple(own))
        self.folder.write(f"{name}/{_PLAN}", plan.model_dump_json().encode())
        return name

    def submit(self, name: str, plan: Plan) -> list[str]:
        """Store every request of a plan that is not stored yet; returns the ids of all."""

        def read(copy: Path) -> bytes:
            return self.folder.read(f"{name}/{copy.as_posix()}")

        return [self._store.submit(request, read=read, read_source_file=read).id for request in plan.requests]

    def remove(self, name: str) -> None:
        """Remove a plan, its main file first."""
        self.folder.remove(f"{name}/{_PLAN}")
        self.folder.remove_all(name)


def _mark(name: str) -> str:
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:32]


def digest(data: bytes, changed: int) -> str:
    """Return a digest that tells a file from another one of the same name. changed: its time in nanoseconds."""
    return hashlib.sha256(data + changed.to_bytes(16, "big", signed=True)).hexdigest()
