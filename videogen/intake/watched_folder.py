"""Watched folders: each dropped file is processed once, complete, and by one process.

A file moves ``inbox/`` → ``inbox/.taking/<claim>/file/`` → ``inbox/accepted/`` or ``inbox/rejected/``. A claim that
is still there belongs to a process that was killed: whoever finds it goes on with it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

_UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".crdownload", ".download", ".swp")
_LONGEST_SUFFIX = 20
_LONGEST_STEM = 200


def left_over(inbox: Path) -> list[Path]:
    """Return the claims of killed processes, oldest first. Only for the holder of the lock."""
    taking = inbox / ".taking"
    return sorted(path for path in taking.iterdir() if path.is_dir()) if taking.is_dir() else []


def claims(inbox: Path, is_ready: Callable[[Path], bool]) -> Iterator[Path]:
    """Move each file that is ready into a claim folder of its own.

    Hidden files, sub-folders and names of unfinished downloads are left alone.
    """
    for path in sorted(inbox.iterdir()):
        name = path.name
        if is_unfinished(name) or path.is_dir():
            continue
        if not is_ready(path):
            continue
        claim = inbox / ".taking" / f"{time.time_ns():020d}-{token_hex(3)}"
        (claim / "file").mkdir(parents=True)
        with suppress(FileNotFoundError):  # its owner may take it back at this very moment
            path.rename(claim / "file" / name)
        yield claim


def claimed_files(claim: Path) -> list[Path]:
    """Return the file of a claim; none if its owner removed it or it was already filed away."""
    return list((claim / "file").iterdir()) if (claim / "file").is_dir() else []


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


def file_away(path: Path, folder: Path, suffix: str, note: str) -> None:
    """Move a file to its final folder with a note beside it. The note is written first: it can be replaced.

    Raises:
        OSError: also where `folder` is a link: whoever may write beside it must not choose where files go.
    """
    folder.mkdir(exist_ok=True)
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        name = _free_name(path, place)
        temporary = f".{name}{suffix}.tmp"
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=place)
        writable = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(
            os.open(temporary, writable, 0o644, dir_fd=place), "w", encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(f"{note}\n")
        os.rename(temporary, name + suffix, src_dir_fd=place, dst_dir_fd=place)
        os.rename(path, name, dst_dir_fd=place)
    finally:
        os.close(place)


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
