"""The folder of each briefing: its order, releases, pictures, numbered revisions and what was made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import AwareDatetime, Field, ValidationError

from videogen.briefing.production.order import BRIEFING_ID, BriefingOrder, now
from videogen.briefing.source.document import ReleaseDocument
from videogen.briefing.storyboard.model import Storyboard
from videogen.briefing.storyboard.yaml_text import as_yaml, from_yaml
from videogen.domain.frozen_model import FrozenModel
from videogen.errors import ArtifactError, InputError, reasons
from videogen.storage.atomic_folder import Folder

Model = TypeVar("Model", bound=FrozenModel)
FOLDER = "briefings"
_ORDER = "order.json"


class Revision(FrozenModel):
    """A numbered, immutable version of the storyboard. sha256: of its YAML file; parent: what it was edited from."""

    number: int = Field(ge=1)
    sha256: str
    at: AwareDatetime
    by: str
    why: str
    parent: int | None = None


class BriefingStore:
    """Briefings below one root, a local folder or any fsspec URL.

    Layout: ``<root>/briefings/<id>/order.json``, ``releases/<language>.<ext>``, ``documents/<language>.json``,
    ``inputs/<picture>``, ``revisions/<number>.yaml`` with ``.json`` beside it, and ``r<number>/<what was made>``.
    """

    def __init__(self, root: str) -> None:
        self._folder = Folder(f"{root.rstrip('/')}/{FOLDER}")

    def add(
        self, order: BriefingOrder, contents: Mapping[str, bytes], documents: Mapping[str, ReleaseDocument]
    ) -> None:
        """Keep a new briefing with its releases as they were handed in; the order is written last.

        Args:
            contents: language → bytes of the file.
            documents: language → what was read from it.

        Raises:
            StorageError: the disk refused.
        """
        for language, content in contents.items():
            self._folder.write(f"{order.id}/releases/{language}{_ending(order.releases[language])}", content)
            self._folder.write(f"{order.id}/documents/{language}.json", _json(documents[language]))
        self._folder.write(f"{order.id}/{_ORDER}", _json(order), exclusive=True)

    def order(self, briefing_id: str) -> BriefingOrder:
        """The order of a briefing.

        Raises:
            InputError: no briefing has that id.
        """
        try:
            return self._read(f"{checked_id(briefing_id)}/{_ORDER}", BriefingOrder)
        except FileNotFoundError as error:
            raise InputError(
                f"the briefing {briefing_id} does not exist", remedy="see `videogen briefing list` for the ids"
            ) from error

    def ids(self) -> list[str]:
        """Ids of all briefings, oldest first."""
        return [
            name
            for name in self._folder.names()
            if BRIEFING_ID.fullmatch(name) and self._folder.exists(f"{name}/{_ORDER}")
        ]

    def exists(self, briefing_id: str) -> bool:
        """Whether the briefing exists."""
        return self._folder.exists(f"{checked_id(briefing_id)}/{_ORDER}")

    def document(self, briefing_id: str, language: str) -> ReleaseDocument:
        """The release in one language."""
        try:
            return self._read(f"{checked_id(briefing_id)}/documents/{language}.json", ReleaseDocument)
        except FileNotFoundError as error:
            raise ArtifactError(f"the release in {language} is missing", video_id=briefing_id) from error

    def release(self, briefing_id: str, language: str) -> bytes:
        """The release in one language as it was handed in.

        Raises:
            ArtifactError: it is missing.
        """
        name = self.order(briefing_id).releases.get(language, "")
        try:
            return self._folder.read(f"{checked_id(briefing_id)}/releases/{language}{_ending(name)}")
        except FileNotFoundError as error:
            raise ArtifactError(f"the release in {language} is missing", video_id=briefing_id) from error

    def documents(self, briefing_id: str) -> dict[str, ReleaseDocument]:
        """Language → release."""
        return {language: self.document(briefing_id, language) for language in self.order(briefing_id).releases}

    def add_revision(self, briefing_id: str, storyboard: Storyboard, *, by: str, why: str) -> Revision:
        """Keep the storyboard as the next revision.

        `storyboard.revision` says which one it was made from: where that is not the latest any more, somebody else
        was faster.

        Raises:
            InputError: it was edited from an older revision; nothing is overwritten.
        """
        latest = self.latest_number(briefing_id)
        if storyboard.revision != latest:
            raise InputError(
                f"the file was edited from revision {storyboard.revision}, but revision {latest} is the latest",
                remedy=f"`videogen briefing show {briefing_id} --yaml` prints it: bring your changes into that one",
                video_id=briefing_id,
            )
        number = latest + 1
        text = as_yaml(storyboard.model_copy(update={"revision": number})).encode("utf-8")
        revision = Revision(
            number=number, sha256=hashlib.sha256(text).hexdigest(), at=now(), by=by, why=why, parent=latest or None
        )
        try:
            self._folder.write(f"{briefing_id}/revisions/{number:04d}.yaml", text, exclusive=True)
        except FileExistsError as error:
            raise InputError(
                f"somebody has saved revision {number} in the meantime",
                remedy=f"`videogen briefing show {briefing_id} --yaml` prints it: bring your changes into that one",
                video_id=briefing_id,
            ) from error
        self._folder.write(f"{briefing_id}/revisions/{number:04d}.json", _json(revision))
        return revision

    def latest_number(self, briefing_id: str) -> int:
        """The number of the latest revision; 0 before there is one."""
        names = self._folder.names(f"{checked_id(briefing_id)}/revisions")
        return max((int(name[:4]) for name in names if name.endswith(".yaml")), default=0)

    def storyboard_text(self, briefing_id: str, number: int | None = None) -> bytes:
        """The YAML file of a revision, by default of the latest.

        Raises:
            InputError: there is none.
        """
        wanted = number or self.latest_number(briefing_id)
        try:
            return self._folder.read(f"{checked_id(briefing_id)}/revisions/{wanted:04d}.yaml")
        except FileNotFoundError as error:
            raise InputError(
                f"revision {number} does not exist" if number else "it has no storyboard yet", video_id=briefing_id
            ) from error

    def storyboard(self, briefing_id: str, number: int | None = None) -> Storyboard:
        """The storyboard of a revision, by default of the latest."""
        return from_yaml(self.storyboard_text(briefing_id, number), f"the storyboard of {briefing_id}")

    def revision(self, briefing_id: str, number: int | None = None) -> Revision:
        """Who made a revision, when and why."""
        wanted = number or self.latest_number(briefing_id)
        try:
            return self._read(f"{checked_id(briefing_id)}/revisions/{wanted:04d}.json", Revision)
        except FileNotFoundError as error:
            raise InputError(f"revision {wanted} does not exist", video_id=briefing_id) from error

    def keep_picture(self, briefing_id: str, name: str, content: bytes) -> None:
        """Keep a picture or sound that a storyboard may name."""
        self._folder.write(f"{checked_id(briefing_id)}/inputs/{name}", content)

    def pictures(self, briefing_id: str) -> list[str]:
        """Names of the pictures and sounds that a storyboard may name."""
        return self._folder.names(f"{checked_id(briefing_id)}/inputs")

    def picture(self, briefing_id: str, name: str) -> Path:
        """The local path of a picture or sound.

        Raises:
            InputError: it is not there.
        """
        place = f"{checked_id(briefing_id)}/inputs/{name}"
        if not self._folder.exists(place):
            raise InputError(
                f"the picture {name} is not in the folder of the briefing",
                remedy=f"`videogen briefing edit {briefing_id} FILE --picture {name}` puts it there",
                video_id=briefing_id,
            )
        return self._folder.local(place) if self._folder.is_local else self._folder.fetched(place)

    def write(self, briefing_id: str, number: int, name: str, value: FrozenModel) -> None:
        """Keep what was found or made of a revision."""
        self._folder.write(f"{_made(briefing_id, number)}/{name}.json", _json(value))

    def read(self, briefing_id: str, number: int, name: str, kind: type[Model]) -> Model | None:
        """What was found or made of a revision; None where it was not yet."""
        try:
            return self._read(f"{_made(briefing_id, number)}/{name}.json", kind)
        except FileNotFoundError:
            return None

    def put_file(self, briefing_id: str, number: int, source: Path) -> None:
        """Keep a file that was made of a revision, under its own name."""
        from videogen.storage.atomic_folder import copy

        with self._folder.writing(f"{_made(briefing_id, number)}/{source.name}") as path:
            copy(source, path)

    def file(self, briefing_id: str, number: int, name: str) -> Path:
        """The local path of such a file.

        Raises:
            ArtifactError: it is missing.
        """
        place = f"{_made(briefing_id, number)}/{name}"
        if not self._folder.exists(place):
            raise ArtifactError(
                f"{name} of revision {number} is missing",
                remedy=f"make it again: `videogen briefing redo {briefing_id}`",
                video_id=briefing_id,
            )
        return self._folder.local(place) if self._folder.is_local else self._folder.fetched(place)

    def cache(self) -> Path:
        """A local folder for speech that may be needed again."""
        from videogen.storage.atomic_folder import cache_folder

        return self._folder.local("").parent / "cache" if self._folder.is_local else cache_folder()

    def pieces(self, briefing_id: str) -> Folder:
        """A local folder for the encoded shots of a briefing, which its next revisions need again."""
        return Folder(self.cache() / "pieces" / checked_id(briefing_id))

    def location(self, briefing_id: str, number: int) -> str:
        """Path or URL of what was made of a revision, for people."""
        return self._folder.url(_made(briefing_id, number))

    def _read(self, name: str, kind: type[Model]) -> Model:
        try:
            return kind.model_validate_json(self._folder.read(name))
        except ValidationError as error:
            raise ArtifactError(f"{self._folder.url(name)} cannot be read: {reasons(error)}") from error


def checked_id(briefing_id: str) -> str:
    """The id itself, if it is one: it becomes part of a path.

    Raises:
        InputError: it is not.
    """
    if not BRIEFING_ID.fullmatch(briefing_id):
        raise InputError(f"{briefing_id!r} is not the id of a briefing", remedy="see `videogen briefing list`")
    return briefing_id


def _made(briefing_id: str, number: int) -> str:
    return f"{checked_id(briefing_id)}/r{number:04d}"


def _ending(name: str) -> str:
    return Path(name).suffix.lower()


def _json(value: FrozenModel) -> bytes:
    return (value.model_dump_json(indent=1, by_alias=True) + "\n").encode("utf-8")
