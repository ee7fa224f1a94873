"""Reads untrusted files: regular files only, opened once, and at most up to a limit."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from videogen.errors import InputError

# A pipe without a writer would block; a folder that may be passed but not listed is enough to go through.
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
_PASS = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def read_plain(path: Path, limit: int, *, links: bool = True) -> bytes:
    """The content of a plain file.

    Args:
        path: the file.
        limit: bytes; a larger file is refused and at most one byte more is read.
        links: whether symbolic links are followed. If not, no part of the path may be one.

    Raises:
        InputError: it cannot be read, is larger than `limit`, or is not a plain file: a folder, pipe or device, or a
            file such as those in /proc, which hold more than the size that they have.
    """
    return read_plain_with_facts(path, limit, links=links)[0]


def read_plain_with_facts(path: Path, limit: int, *, links: bool = True) -> tuple[bytes, os.stat_result]:
    """`read_plain`, and what the file system says of the very file that was read."""
    try:
        # Opening alone can act on a device; the file that was opened is looked at again below.
        _check_plain(path, os.stat(path, follow_symlinks=links))
        descriptor = os.open(path, _READ) if links else _open_without_links(path)
        with os.fdopen(descriptor, "rb") as file:
            facts = os.fstat(descriptor)
            _check_plain(path, facts)
            _check_size(path, facts.st_size, limit)
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot read {path}: {reason}", remedy="check the path and its permissions") from error
    _check_size(path, len(data), limit)
    if len(data) != facts.st_size:
        raise InputError(
            f"{path} is not a plain file: its size is {facts.st_size:,} bytes, but {len(data):,} were read",
            remedy="hand in a plain file, once nobody is writing it any more",
        )
    return data, facts


def allowed_path(path: Path, allowed: Sequence[Path], what: str) -> Path:
    """The file that `path` leads to, links resolved, if it lies in one of the allowed folders.

    Args:
        path: the file.
        allowed: folders; empty: any.
        what: names the file in messages, e.g. "picture".

    Raises:
        InputError: the file does not exist, or lies elsewhere.
    """
    try:
        source = path.expanduser().resolve(strict=True)
        folders = [folder.expanduser().resolve() for folder in allowed]
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot read the {what} {path}: {reason}", remedy="check the path") from error
    if folders and not any(source.is_relative_to(folder) for folder in folders):
        raise InputError(
            f"the {what} {path} lies outside of the allowed folders",
            remedy=f"put it into {' or '.join(map(str, folders))}, or add its folder to paths.allowed_inputs",
        )
    return source


def _open_without_links(path: Path) -> int:
    """Opened folder by folder, so that none can be exchanged for a link after it was looked at."""
    parts = path.absolute().parts
    folder = os.open(parts[0], _PASS)
    try:
        for part in parts[1:-1]:
            inner = os.open(part, _PASS, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(parts[-1], _READ | os.O_NOFOLLOW, dir_fd=folder)
    finally:
        os.close(folder)


def _check_plain(path: Path, facts: os.stat_result) -> None:
    if not stat.S_ISREG(facts.st_mode):
        what = "a link" if stat.S_ISLNK(facts.st_mode) else "a folder, pipe or device"
        raise InputError(f"{path} is not a plain file, but {what}", remedy="hand in the file itself")


def _check_size(path: Path, size: int, limit: int) -> None:
    if size > limit:
        raise InputError(f"{path} is larger than {limit:,} bytes", remedy="make it smaller, or split it")
