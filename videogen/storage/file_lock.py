"""Locks between processes; the kernel frees them when a process dies."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from videogen.storage.atomic_folder import Folder, cache_folder


@contextmanager
def only_one(lock: Path) -> Iterator[bool]:
    """Try to take the lock and return whether this process holds it; the kernel frees it when the process dies."""
    descriptor = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


@contextmanager
def only_one_of(folder: Folder) -> Iterator[bool]:
    """`only_one` for what is kept in `folder`. For a remote one the lock is a local file: it holds for this machine."""
    if folder.is_local:
        place = folder.local("")
    else:
        place = cache_folder() / "locks" / hashlib.sha256(folder.url("").encode()).hexdigest()[:32]
    place.mkdir(parents=True, exist_ok=True)
    with only_one(place / ".lock") as alone:
        yield alone
