"""Stores stage outputs atomically: an artifact is either complete and checksummed, or absent.

An artifact is one or more files and a manifest with their checksums. The manifest is written last
and removed first, so an artifact without one does not exist, whatever else lies in the folder.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from hashlib import sha256 as hash_bytes
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import Field, ValidationError

from videogen.domain.artifacts import RenderedVideo, TensorArtifact, VideoFile
from videogen.domain.frozen_model import FrozenModel
from videogen.domain.video_ids import VIDEO_ID
from videogen.errors import ArtifactError, VideogenError
from videogen.storage.atomic_folder import Folder, copy, sha256

if TYPE_CHECKING:
    import torch

T = TypeVar("T")
NAME = re.compile(r"^[a-z][a-z0-9_]{0,63}$")
_HEADER = "videogen"


class StoredFile(FrozenModel):
    """One file of an artifact; name: within the attempt's folder."""

    name: str
    sha256: str
    bytes: int


class StoredArtifact(FrozenModel):
    """The manifest of one artifact. sha256, bytes: of the first (main) file."""

    video_id: str
    attempt: int
    name: str
    type: str = Field(description="class of the value, e.g. Frames")
    sha256: str
    bytes: int
    files: tuple[StoredFile, ...]
    run_id: str | None
    created_at: datetime


class ArtifactStore:
    """Artifacts of all attempts below one root, a local folder or any fsspec URL.

    Layout: ``<root>/<video id>/attempt-<n>/<name>.<json|safetensors|parquet|mp4|webm|mov>``.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self._folder = Folder(root)
        self.is_local = self._folder.is_local

    def save(self, video_id: str, attempt: int, name: str, value: Any, *, run_id: str | None = None) -> StoredArtifact:
        """Store a FrozenModel, TensorArtifact, pandas.DataFrame or VideoFile, replacing what had that name before.

        The files of a VideoFile are copied and stay where they are.

        Raises:
            StorageError: the disk or remote store refused; nothing is there under that name then.
        """
        place = _place(video_id, attempt, name)
        with _at(name, video_id):
            self._folder.remove(f"{place}.manifest.json")
            files = tuple(self._write(place, name, value))
            manifest = StoredArtifact(
                video_id=video_id,
                attempt=attempt,
                name=name,
                type=type(value).__name__,
                sha256=files[0].sha256,
                bytes=files[0].bytes,
                files=files,
                run_id=run_id,
                created_at=datetime.now(UTC),
            )
            self._folder.write(f"{place}.manifest.json", manifest.model_dump_json(indent=1).encode())
        return manifest

    def load(self, video_id: str, attempt: int, name: str, kind: type[T]) -> T:
        """Read an artifact and verify its checksum. Tensors are memory-mapped, private to the caller.

        Args:
            video_id: id of the video.
            attempt: number of the attempt.
            name: name of the artifact.
            kind: the class that was saved; RenderedVideo also gives the facts of a VideoFile.

        Raises:
            ArtifactError: it is missing, changed, incomplete, or of another kind.
        """
        manifest = self.manifest(video_id, attempt, name)
        wants_facts = kind is RenderedVideo and manifest.type == VideoFile.__name__
        if manifest.type != kind.__name__ and not wants_facts:
            raise ArtifactError(
                f"{name} of attempt {attempt} holds a {manifest.type}, not a {kind.__name__}",
                remedy="run that stage again",
                stage=name,
                video_id=video_id,
            )
        if wants_facts:
            return cast(T, self._read_report(manifest, f"{name}.json", RenderedVideo))
        if issubclass(kind, FrozenModel):
            return cast(T, self._read_report(manifest, f"{name}.json", kind))
        if issubclass(kind, VideoFile):
            return cast(T, self._read_video(manifest))
        path = self._verified(manifest, manifest.files[0])
        if issubclass(kind, TensorArtifact):
            return cast(T, _read_tensors(path, kind, manifest))
        import pandas as pd

        return cast(T, pd.read_parquet(path))

    def read_json(self, video_id: str, attempt: int, name: str) -> dict[str, Any]:
        """Return a report, or the plain fields of a tensor artifact, as data for readers without its class.

        The checksum is verified; torch is not loaded.

        Raises:
            ArtifactError: it is missing, changed, or holds nothing of that kind.
        """
        manifest = self.manifest(video_id, attempt, name)
        if manifest.files[0].name == f"{name}.safetensors":
            return _read_fields(self._verified(manifest, manifest.files[0]), manifest)
        data: dict[str, Any] = json.loads(self._verified(manifest, self._file(manifest, f"{name}.json")).read_bytes())
        return data

    def exists(self, video_id: str, attempt: int, name: str) -> bool:
        """Return whether the artifact is complete: its manifest and every file, with the right size."""
        place = _place(video_id, attempt, name)
        if not self._folder.exists(f"{place}.manifest.json"):
            return False
        files = self.manifest(video_id, attempt, name).files
        folder = place.rpartition("/")[0]
        return all(self._folder.size(f"{folder}/{file.name}") == file.bytes for file in files)

    def manifest(self, video_id: str, attempt: int, name: str) -> StoredArtifact:
        """The manifest of an artifact.

        Raises:
            ArtifactError: there is none, or it cannot be read.
        """
        place = _place(video_id, attempt, name)
        try:
            return StoredArtifact.model_validate_json(self._folder.read(f"{place}.manifest.json"))
        except FileNotFoundError as error:
            raise ArtifactError(
                f"attempt {attempt} has no {name}",
                remedy="run that stage first",
                stage=name,
                video_id=video_id,
            ) from error
        except (OSError, ValidationError) as error:
            raise ArtifactError(
                f"the manifest of {name} of attempt {attempt} cannot be read: {error}",
                remedy="run that stage again",
                stage=name,
                video_id=video_id,
            ) from error

    def remove(self, video_id: str, attempt: int, name: str) -> int:
        """Delete an artifact; returns the bytes freed. The manifest goes first, so it is never partly there."""
        manifest = self.manifest(video_id, attempt, name)
        place = _place(video_id, attempt, name)
        self._folder.remove(f"{place}.manifest.json")
        for file in manifest.files:
            self._folder.remove(f"{_attempt(video_id, attempt)}/{file.name}")
        return sum(file.bytes for file in manifest.files)

    def names(self, video_id: str, attempt: int) -> list[str]:
        """Names of the artifacts that this attempt itself holds."""
        found = self._folder.names(_attempt(video_id, attempt))
        return [name.removesuffix(".manifest.json") for name in found if name.endswith(".manifest.json")]

    def local_file(self, video_id: str, attempt: int, filename: str) -> Path:
        """Return a local path of one file of an artifact, e.g. ``"rendered_video.mp4"``; remote ones are downloaded.

        Raises:
            ArtifactError: no artifact holds that file, or it has changed since it was written.
        """
        manifest = self.manifest(video_id, attempt, filename.partition(".")[0])
        return self._verified(manifest, self._file(manifest, filename))

    def location(self, video_id: str, attempt: int, filename: str) -> str:
        """Return path or URL of a file of an attempt, to show to people; it need not exist."""
        return self._folder.url(f"{_attempt(video_id, attempt)}/{filename}")

    def _write(self, place: str, name: str, value: Any) -> Iterator[StoredFile]:
        if isinstance(value, VideoFile):
            yield self._take(f"{place}{value.path.suffix}", value.path)
            if value.captions_path is not None:
                yield self._take(f"{place}.vtt", value.captions_path)
            captions = f"{name}.vtt" if value.captions_path is not None else None
            value = value.facts.model_copy(update={"video": f"{name}{value.path.suffix}", "captions": captions})
        if isinstance(value, FrozenModel):
            data = value.model_dump_json(indent=1).encode()
            self._folder.write(f"{place}.json", data)
            yield StoredFile(name=f"{name}.json", sha256=hash_bytes(data).hexdigest(), bytes=len(data))
            return
        suffix = "safetensors" if isinstance(value, TensorArtifact) else "parquet"
        with self._folder.writing(f"{place}.{suffix}") as path:
            if isinstance(value, TensorArtifact):
                _write_tensors(path, value)
            else:
                _write_table(path, value)
            facts = StoredFile(name=f"{name}.{suffix}", sha256=sha256(path), bytes=path.stat().st_size)
        yield facts

    def _take(self, name: str, source: Path) -> StoredFile:
        if not source.is_file():
            raise ArtifactError(f"the stage did not write the file {source}")
        with self._folder.writing(name) as path:
            copy(source, path)
            return StoredFile(name=name.rpartition("/")[2], sha256=sha256(path), bytes=path.stat().st_size)

    def _read_report(self, manifest: StoredArtifact, filename: str, kind: type[FrozenModel]) -> FrozenModel:
        path = self._verified(manifest, self._file(manifest, filename))
        try:
            return kind.model_validate_json(path.read_bytes())
        except ValidationError as error:
            raise ArtifactError(
                f"{filename} does not fit {kind.__name__}: it was written by another version ({error})",
                remedy="run that stage again",
                stage=manifest.name,
                video_id=manifest.video_id,
            ) from error

    def _read_video(self, manifest: StoredArtifact) -> VideoFile:
        facts = cast(RenderedVideo, self._read_report(manifest, f"{manifest.name}.json", RenderedVideo))
        captions = self._verified(manifest, self._file(manifest, facts.captions)) if facts.captions else None
        return VideoFile(self._verified(manifest, self._file(manifest, facts.video)), captions, facts)

    def _file(self, manifest: StoredArtifact, filename: str) -> StoredFile:
        for file in manifest.files:
            if file.name == filename:
                return file
        raise ArtifactError(
            f"{manifest.name} of attempt {manifest.attempt} has no file {filename!r}",
            remedy=f"it has {', '.join(file.name for file in manifest.files)}",
            stage=manifest.name,
            video_id=manifest.video_id,
        )

    def _verified(self, manifest: StoredArtifact, file: StoredFile) -> Path:
        name = f"{_attempt(manifest.video_id, manifest.attempt)}/{file.name}"
        try:
            local = self._folder.is_local
            path = self._folder.local(name) if local else self._folder.fetched(name, file.sha256)
            if path.stat().st_size == file.bytes and sha256(path) == file.sha256:
                return path
            if not local:
                path.unlink(missing_ok=True)
            problem = "has changed since it was written"
        except OSError as error:
            problem = f"cannot be read: {error}"
        raise ArtifactError(
            f"{self._folder.url(name)} {problem}",
            remedy="run that stage again, or restore the file",
            stage=manifest.name,
            video_id=manifest.video_id,
        )


def _attempt(video_id: str, attempt: int) -> str:
    if not VIDEO_ID.fullmatch(video_id):
        raise ArtifactError(f"{video_id!r} is not a video id", remedy="see `videogen status` for the ids")
    if attempt < 1:
        raise ArtifactError(
            f"attempt {attempt} does not exist", remedy="attempts are numbered from 1", video_id=video_id
        )
    return f"{video_id}/attempt-{attempt}"


def _place(video_id: str, attempt: int, name: str) -> str:
    if not NAME.fullmatch(name):
        raise ArtifactError(f"{name!r} is not the name of an artifact", remedy="use a-z, 0-9 and _")
    return f"{_attempt(video_id, attempt)}/{name}"


@contextmanager
def _at(stage: str, video_id: str) -> Iterator[None]:
    """Say in errors which stage of which video was being stored."""
    try:
        yield
    except VideogenError as error:
        raise error.at(stage=stage, video_id=video_id) from error.__cause__


def _write_table(path: Path, value: Any) -> None:
    import pandas as pd

    if not isinstance(value, pd.DataFrame):
        raise ArtifactError(
            f"a {type(value).__name__} cannot be stored",
            remedy="return a FrozenModel, TensorArtifact, DataFrame or VideoFile",
        )
    value.to_parquet(path)


def _write_tensors(path: Path, value: TensorArtifact) -> None:
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    assert is_dataclass(value)
    tensors: dict[str, torch.Tensor] = {}
    rest: dict[str, Any] = {}
    for name, item in ((field.name, getattr(value, field.name)) for field in fields(value)):
        if isinstance(item, torch.Tensor):
            tensors[name] = item
        elif isinstance(item, Mapping) and item and all(isinstance(part, torch.Tensor) for part in item.values()):
            tensors |= {f"{name}/{key}": part for key, part in item.items()}
        else:
            rest[name] = item
    try:
        save_file(_apart(tensors), path, metadata={_HEADER: json.dumps(rest, allow_nan=True)})
    except SafetensorError as error:
        raise _as_os_error(error) from error


def _apart(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same numbers on the CPU, without gaps and each in memory of its own, as safetensors wants them.

    Only what is not so already is copied: the frames of a long video are gigabytes.
    """
    import torch

    plain: dict[str, torch.Tensor] = {}
    taken: set[int] = set()
    for name, tensor in tensors.items():
        here = tensor.detach().cpu()
        if not here.is_contiguous() or here.untyped_storage().data_ptr() in taken:
            here = here.clone(memory_format=torch.contiguous_format)
        taken.add(here.untyped_storage().data_ptr())
        plain[name] = here
    return plain


def _as_os_error(error: Exception) -> OSError:
    """The safetensors library wraps the system's answer into text: ``… (os error 28)``."""
    found = re.search(r"os error (\d+)", str(error))
    number = int(found.group(1)) if found else 5
    return OSError(number, os.strerror(number))


def _read_tensors(path: Path, kind: type[TensorArtifact], manifest: StoredArtifact) -> TensorArtifact:
    from safetensors import safe_open

    with _fitting(path, kind.__name__, manifest), safe_open(path, framework="pt") as file:
        rest = json.loads((file.metadata() or {})[_HEADER])
        given: dict[str, Any] = {}
        for name in file.keys():  # noqa: SIM118
            field, _, key = name.partition("/")
            tensor = file.get_tensor(name)
            if key:
                given.setdefault(field, {})[key] = tensor
            else:
                given[field] = tensor
        return kind(**given, **rest)


def _read_fields(path: Path, manifest: StoredArtifact) -> dict[str, Any]:
    from safetensors import safe_open

    with _fitting(path, manifest.type, manifest), safe_open(path, framework="np") as file:
        return dict(json.loads((file.metadata() or {})[_HEADER]))


@contextmanager
def _fitting(path: Path, kind: str, manifest: StoredArtifact) -> Iterator[None]:
    """Say of a tensor file that cannot be read that it is another version's."""
    from safetensors import SafetensorError

    try:
        yield
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ArtifactError(
            f"{path.name} does not fit {kind}: it was written by another version ({error})",
            remedy="run that stage again",
            stage=manifest.name,
            video_id=manifest.video_id,
        ) from error
