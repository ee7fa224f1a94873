"""Folders that people drop files into, and may put links into: what is whole, and where files go that were read.

Whoever may write into such a folder must not choose where this program reads, writes or moves files. So every folder
below it is opened as what it is, never as what a link leads to, and files are moved from one open folder to another.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

_UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".crdownload", ".download", ".swp")
_LONGEST_SUFFIX = 20
_LONGEST_STEM = 200


def is_unfinished(name: str) -> bool:
    """Return whether a name marks an unfinished copy, an editor's temporary file or a hidden file."""
    return name.startswith((".", "~")) or name.lower().endswith(("~", *_UNFINISHED))


def is_settled(path: Path, seconds: float) -> bool:
    """Return whether a file has been unchanged for that long, so that it is probably complete."""
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return False
    return time.time() - max(facts.st_mtime, facts.st_ctime) >= seconds


@contextmanager
def opened_folder(path: Path | str, inside: int | None = None) -> Iterator[int]:
    """The descriptor of a folder.

    Args:
        path: the folder.
        inside: descriptor of the folder that `path` starts at.

    Raises:
        OSError: also where `path` is a link.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=inside)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def dropped_names(folder: Path) -> list[str]:
    """Return the sorted names of the files in a folder; sub-folders and unfinished and hidden files are left out.

    Raises:
        OSError: also where `folder` is a link.
    """
    with opened_folder(folder) as opened, os.scandir(opened) as entries:
        return sorted(
            one.name for one in entries if not is_unfinished(one.name) and not one.is_dir(follow_symlinks=False)
        )


def file_away(path: Path, folder: Path, suffix: str, note: str, *, source: int | None = None) -> str:
    """Move a file to where it stays, a note beside it. The note comes first: it may be rewritten.

    Args:
        path: the file.
        folder: where it goes, made if need be.
        suffix: is added to the file's name for that of the note.
        note: text of the note.
        source: descriptor of the folder that the file lies in; None: `path` says where.

    Returns:
        the name under which it lies in `folder`.

    Raises:
        OSError: also where `folder`, or the folder that the file lies in, is a link.
    """
    folder.mkdir(exist_ok=True)
    with ExitStack() as open_ones:
        place = open_ones.enter_context(opened_folder(folder))
        origin = open_ones.enter_context(opened_folder(path.parent)) if source is None else source
        name = _free_name(path, place)
        _write(f"{name}{suffix}", f"{note}\n".encode(errors="backslashreplace"), place)
        os.rename(path.name, name, src_dir_fd=origin, dst_dir_fd=place)
        return name


def put_into(folder: Path, name: str, content: bytes) -> None:
    """Write a file of our own into a folder that is made if need be; it replaces one of the same name.

    Raises:
        OSError: also where `folder` is a link.
    """
    folder.mkdir(exist_ok=True)
    with opened_folder(folder) as place:
        _write(name, content, place)


def _write(name: str, content: bytes, place: int) -> None:
    temporary = f".{name}.tmp"
    with suppress(FileNotFoundError):
        os.unlink(temporary, dir_fd=place)
    writable = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(temporary, writable, 0o644, dir_fd=place), "wb") as file:
        file.write(content)
    os.rename(temporary, name, src_dir_fd=place, dst_dir_fd=place)


def _free_name(path: Path, place: int) -> str:
    """A name that nothing in the folder has yet. With number, note's suffix and dot it keeps below 255 bytes."""
    ending = path.suffix if len(os.fsencode(path.suffix)) <= _LONGEST_SUFFIX else ""
    stem = os.fsdecode(os.fsencode(path.name.removesuffix(ending))[:_LONGEST_STEM])
    name, number = f"{stem}{ending}", 2
    while _is_there(name, place):
        name, number = f"{stem}-{number}{ending}", number + 1
    return name


def _is_there(name: str, place: int) -> bool:
    try:
        os.stat(name, dir_fd=place, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
