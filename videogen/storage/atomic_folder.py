"""A local or remote folder with atomic writes: a file is either complete or absent.

Local files are written as `videogen.storage.atomic` says. Remote ones go through fsspec; object stores show an upload
only when it is complete.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec
import fsspec.asyn
from fsspec.implementations.local import LocalFileSystem

from videogen.errors import ArtifactError, ConfigError, StorageError
from videogen.storage.atomic import flush, whole_file

SAFE_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._=-]{0,199}$")
_CHUNK = 1 << 20
_OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az"})
_REMEDIES = {
    errno.ENOSPC: "the disk is full: free some space or set paths.store to another disk, then run it again",
    errno.EDQUOT: "the disk quota is used up: free some space or set paths.store to another disk, then run it again",
    errno.EFBIG: "the file is larger than the process or file system allows: raise the limit, then run it again",
    errno.EROFS: "the file system is read-only: mount it writable, or set paths.store to another place",
    errno.EACCES: "give this user write permission there, or set paths.store to another place",
    errno.EPERM: "give this user write permission there, on a file system that supports hard links",
    errno.ENOTDIR: "a file is where a folder is needed: move it away, or set paths.store to another place",
    errno.ENOTSUP: "the store needs a file system that supports hard links (not FAT or exFAT)",
}


class Folder:
    """Files below `root` (a path or an fsspec URL), named by relative POSIX paths of safe parts.

    Raises:
        ConfigError: nothing here can open that kind of URL.
        StorageError: the remote store cannot be reached.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        try:
            # Other machines write there as well: what was listed a moment ago says nothing.
            options = {"use_listings_cache": False} if _is_remote(os.fspath(root)) else {}
            self.fs, path = fsspec.core.url_to_fs(os.fspath(root), **options)
        except (ValueError, ImportError) as error:
            raise ConfigError(
                f"{os.fspath(root)} cannot be opened: {error}",
                remedy="name a folder, or install what opens such a URL (s3:// needs the package s3fs)",
            ) from error
        except OSError as error:
            # Some, as FTP, connect at once.
            raise StorageError(
                f"the remote store {_without_password(os.fspath(root))} cannot be reached: {error.strerror or error}",
                remedy="check its address and the network, or name a local folder",
            ) from error
        self.base = str(path).rstrip("/") or "/"
        self.is_local = isinstance(self.fs, LocalFileSystem)
        self._made: set[str] = set()

    def address(self, name: str) -> str:
        """Return the path of `name` on its file system.

        Raises:
            ArtifactError: a part of the name could lead out of the folder.
        """
        parts = PurePosixPath(name).parts if name else ()
        if name.startswith("/") or not all(SAFE_NAME.fullmatch(part) for part in parts):
            raise ArtifactError(f"{name!r} cannot be a name in a store", remedy="use letters, digits and . _ = -")
        return "/".join((self.base, *parts)) if parts else self.base

    def url(self, name: str) -> str:
        """Path (local) or URL (remote) of `name`, for people."""
        return self.address(name) if self.is_local else str(self.fs.unstrip_protocol(self.address(name)))

    def local(self, name: str) -> Path:
        """The path of `name` in a local folder."""
        return Path(self.address(name))

    def exists(self, name: str) -> bool:
        """Return whether a file or folder has that name."""
        with _answers(self.url("")):
            return bool(self.fs.exists(self.address(name)))

    def size(self, name: str) -> int | None:
        """Return the size of the file in bytes, or None if it does not exist."""
        try:
            with _answers(self.url("")):
                info = self.fs.info(self.address(name))
        except FileNotFoundError:
            return None
        return int(info["size"]) if info["type"] == "file" else None

    def names(self, name: str = "", prefix: str = "") -> list[str]:
        """Sorted names directly below `name`; temporary ones and those that are not safe are left out.

        Args:
            name: the folder.
            prefix: only names that begin like this; an object store is asked for these only.
        """
        address = self.address(name)
        if self.is_local:
            try:
                found = os.listdir(address)
            except (FileNotFoundError, NotADirectoryError):
                return []
            except OSError as error:
                raise ArtifactError(
                    f"{address} cannot be listed: {error.strerror}", remedy="give this user the right to read it"
                ) from error
        else:
            try:
                with _answers(self.url("")):
                    found = [PurePosixPath(str(path)).name for path in self._listed(address, prefix)]
            except (FileNotFoundError, NotADirectoryError):
                return []
        return sorted(entry for entry in found if entry.startswith(prefix) and SAFE_NAME.fullmatch(entry))

    def _listed(self, address: str, prefix: str) -> list[str]:
        if prefix and hasattr(self.fs, "_lsdir"):
            # s3fs lists by prefix for its own searches only; `ls` would fetch a name for each video of all years.
            entries = fsspec.asyn.sync(self.fs.loop, self.fs._lsdir, address, prefix=prefix)
            return [str(one["name"]) for one in entries]
        return list(self.fs.ls(address, detail=False))

    def files(self, name: str = "") -> dict[str, tuple[int, datetime]]:
        """Size in bytes and time of the last change of each file directly below `name`."""
        address = self.address(name)
        try:
            with _answers(self.url("")):
                found = self.fs.ls(address, detail=True)
        except (FileNotFoundError, NotADirectoryError):
            return {}
        facts = ((PurePosixPath(str(one["name"])).name, one) for one in found if one["type"] == "file")
        return {entry: (int(one["size"]), _changed_at(one)) for entry, one in facts if SAFE_NAME.fullmatch(entry)}

    def read(self, name: str) -> bytes:
        """The content of a file.

        Raises:
            FileNotFoundError: there is none.
            ArtifactError: it cannot be read: a folder stands there, the rights are missing, the store does not answer.
        """
        try:
            with _answers(self.url("")):
                return bytes(self.fs.cat_file(self.address(name)))
        except FileNotFoundError:
            raise
        except OSError as error:
            raise ArtifactError(
                f"{self.url(name)} cannot be read: {error.strerror or error}",
                remedy="restore that file and the rights to read it; a remote store must be reachable",
            ) from error

    def write(self, name: str, data: bytes, *, exclusive: bool = False) -> None:
        """Write a whole file atomically.

        Args:
            name: relative POSIX path.
            data: the whole content.
            exclusive: raise FileExistsError, and change nothing, where the file exists already.

        Raises:
            StorageError: the disk or remote store refused.
        """
        if exclusive and not self.is_local:
            with storage_errors(self.url(name)), self._placing(self.address(name)):
                self.fs.pipe_file(self.address(name), data, mode="create")
            return
        with self.writing(name, exclusive=exclusive) as path:
            path.write_bytes(data)

    @contextmanager
    def writing(self, name: str, *, exclusive: bool = False) -> Iterator[Path]:
        """Yield a temporary path; the file that the block writes there becomes `name` atomically at the end.

        It is then readable by whom the umask lets read, however the block made the file.

        Raises:
            StorageError: the disk or remote store refused.
        """
        target = self.address(name)
        with storage_errors(self.url(name)):
            if not self.is_local:
                with tempfile.TemporaryDirectory(prefix="videogen-") as folder:
                    temporary = Path(folder) / Path(target).name
                    yield temporary
                    with self._placing(target):
                        self.fs.put_file(str(temporary), target, mode="create" if exclusive else "overwrite")
                return
            _make_folder(Path(target).parent)
            with whole_file(Path(target), exclusive=exclusive) as temporary:
                yield temporary

    @contextmanager
    def _placing(self, target: str) -> Iterator[None]:
        """Where a remote system has folders, make that of `target`; in an object store that would make buckets."""
        parent = target.rpartition("/")[0]
        protocols = {self.fs.protocol} if isinstance(self.fs.protocol, str) else set(self.fs.protocol)
        if parent not in self._made and not protocols & _OBJECT_STORES:
            self.fs.makedirs(parent, exist_ok=True)
            self._made.add(parent)
        try:
            yield
        except FileNotFoundError as error:
            raise StorageError(
                f"cannot write {self.fs.unstrip_protocol(target)}: {error}",
                remedy="create the bucket, or correct its name in the settings",
            ) from error

    def remove(self, name: str) -> None:
        """Delete a file, if it exists."""
        with storage_errors(self.url(name)):
            if self.is_local:
                self.local(name).unlink(missing_ok=True)
            elif self.exists(name):
                self.fs.rm_file(self.address(name))

    def remove_all(self, name: str) -> None:
        """Delete a folder and its content, if it exists."""
        with storage_errors(self.url(name)):
            if self.is_local:
                if os.path.lexists(self.local(name)):
                    shutil.rmtree(self.local(name))
            elif self.exists(name):
                self.fs.rm(self.address(name), recursive=True)

    def fetched(self, name: str, version: str = "") -> Path:
        """A local copy of a remote file, downloaded once for each `version`.

        Args:
            name: of the file.
            version: a checksum; empty: what the store says of its last change.
        """
        if not version:
            with _answers(self.url("")):
                facts = self.fs.info(self.address(name))
            version = f"{facts.get('ETag', '')} {facts.get('size')} {_changed_at(facts).isoformat()}"
        key = hashlib.sha256(f"{self.url(name)} {version}".encode()).hexdigest()[:32]
        cache = Folder(cache_folder())
        cached = f"{key}/{PurePosixPath(name).name}"
        if cache.size(cached) is None:
            with cache.writing(cached) as path, _answers(self.url("")):
                self.fs.get_file(self.address(name), str(path))
        return cache.local(cached)


def cache_folder() -> Path:
    """Return the folder for local copies of remote files."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "videogen"


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a local file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def copy(source: Path, target: Path) -> None:
    """Copy the bytes, not the times and permissions."""
    with source.open("rb") as reader, target.open("wb") as writer:
        shutil.copyfileobj(reader, writer, _CHUNK)


def _changed_at(facts: Mapping[str, Any]) -> datetime:
    """When a file was changed, by what its file system calls it."""
    found = facts.get("LastModified", facts.get("mtime", facts.get("created")))
    if isinstance(found, datetime):
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return datetime.fromtimestamp(float(found or 0.0), UTC)


def _is_remote(root: str) -> bool:
    return "://" in root and not root.startswith(("file://", "local://"))


def _without_password(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"


@contextmanager
def storage_errors(where: str) -> Iterator[None]:
    """Turn errors of a disk or remote store into a StorageError with a remedy.

    FileExistsError and FileNotFoundError pass: they are answers, not faults.
    """
    try:
        with _answers(where):
            yield
    except (FileExistsError, FileNotFoundError):
        raise
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "check the disk or the remote store, then run it again")
        reason = error.strerror or str(error)
        raise StorageError(f"cannot write {where}: {reason}", remedy=remedy) from error


@contextmanager
def _answers(where: str) -> Iterator[None]:
    """Turn what the library of an S3 store raises, where that does not answer or refuses the keys, into StorageError.

    What the store itself answers is an OSError already.
    """
    try:
        yield
    except Exception as error:
        library = sys.modules.get("botocore.exceptions")
        if library is None or not isinstance(error, library.BotoCoreError):
            raise
        raise StorageError(
            f"the store {where} does not answer: {error}",
            remedy="check AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the network",
        ) from error


def _make_folder(path: Path) -> None:
    if path.is_dir():
        return
    _make_folder(path.parent)
    try:
        path.mkdir(exist_ok=True)
    except (FileExistsError, FileNotFoundError) as error:
        # These two would pass `storage_errors` as answers; here they are faults.
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path)) from error
    flush(path.parent)
