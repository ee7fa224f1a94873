"""Local files and folders that are either complete or absent, whenever a process dies."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

TEMPORARY = re.compile(r"^\..+\.[0-9a-f]{12}\.tmp$")
"""Names that unfinished files and folders have."""


def temporary_name(target: Path) -> Path:
    """Return a hidden path beside `target` that nothing has yet."""
    return target.with_name(f".{target.name}.{token_hex(6)}.tmp")


@contextmanager
def whole_file(target: Path, *, exclusive: bool = False, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary path; the file that the block writes there becomes `target` atomically at the end.

    Its folder must exist. It is then readable by whom the umask lets read, however the block made the file.

    Args:
        target: the file to make or replace.
        exclusive: where the file exists already, leave it as it is.
        durable: wait until it is on the disk. Without that a crash of the machine may leave it empty, as caches may be.

    Raises:
        FileExistsError: `exclusive`, and the file exists.
        OSError: the disk refused; `target` is as it was.
    """
    temporary = temporary_name(target)
    try:
        permissions = _permissions_of_a_new_file(temporary)
        yield temporary
        # The safetensors library makes its files readable by their owner only.
        temporary.chmod(permissions)
        if durable:
            flush(temporary)
        if exclusive:
            os.link(temporary, target)
        else:
            os.replace(temporary, target)
        if durable:
            flush(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def whole_folder(target: Path, is_whole: Callable[[Path], bool], *, mode: int = 0o777) -> Iterator[Path]:
    """Yield a temporary folder; what the block writes into it becomes `target` atomically at the end.

    Where another process has made the same folder meanwhile, that one counts. The block flushes its own files.

    Args:
        target: the folder to make.
        is_whole: tells of the folder of another process whether it is complete.
        mode: permissions of the folder, before the umask.

    Raises:
        OSError: the disk refused, or something else is at `target`.
    """
    temporary = temporary_name(target)
    try:
        temporary.mkdir(mode=mode, parents=True)
        yield temporary
        try:
            os.rename(temporary, target)
        except OSError:
            if not is_whole(target):
                raise
        flush(target.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def flush(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _permissions_of_a_new_file(path: Path) -> int:
    """As the umask has it, which can itself not be read without changing it under other threads."""
    path.touch()
    permissions = path.stat().st_mode & 0o777
    path.unlink()
    return permissions
