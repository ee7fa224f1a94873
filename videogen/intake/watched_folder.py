"""Folders that people drop files into: each file is taken whole, once, and by one process.

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

_UNFINISHED = (".part", ".tmp", ".crdownload", ".swp")


def left_over(inbox: Path) -> list[Path]:
    """Claims of processes that were killed, oldest first. Only for the holder of the lock."""
    taking = inbox / ".taking"
    return sorted(path for path in taking.iterdir() if path.is_dir()) if taking.is_dir() else []


def claims(inbox: Path, is_ready: Callable[[Path], bool]) -> Iterator[Path]:
    """Move each file that is ready into a claim folder of its own.

    Hidden files, sub-folders and names of unfinished downloads are left alone.
    """
    for path in sorted(inbox.iterdir()):
        name = path.name
        if name.startswith((".", "~")) or name.endswith(("~", *_UNFINISHED)) or path.is_dir():
            continue
        if not is_ready(path):
            continue
        claim = inbox / ".taking" / f"{time.time_ns():020d}-{token_hex(3)}"
        (claim / "file").mkdir(parents=True)
        with suppress(FileNotFoundError):  # its owner may take it back at this very moment
            path.rename(claim / "file" / name)
        yield claim


def claimed_files(claim: Path) -> list[Path]:
    """The file of a claim; none, if its owner took it back or it was filed away already."""
    return list((claim / "file").iterdir()) if (claim / "file").is_dir() else []


def is_settled(path: Path, seconds: float) -> bool:
    """Whether a file has been left unchanged for that long, so that nobody is still writing it."""
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return False
    return time.time() - max(facts.st_mtime, facts.st_ctime) >= seconds


def file_away(path: Path, folder: Path, suffix: str, note: str) -> None:
    """Move a claimed file to where it stays, a note beside it. The note comes first: it may be rewritten."""
    folder.mkdir(exist_ok=True)
    # Names have at most 255 bytes: room is left for a number and the note's suffix.
    stem = os.fsdecode(os.fsencode(path.stem)[:200])
    target = folder / f"{stem}{path.suffix}"
    number = 2
    while os.path.lexists(target):
        target = folder / f"{stem}-{number}{path.suffix}"
        number += 1
    temporary = folder / f".{target.name}{suffix}.tmp"
    temporary.write_text(f"{note}\n", encoding="utf-8", errors="backslashreplace")
    temporary.rename(target.with_name(target.name + suffix))
    path.rename(target)
