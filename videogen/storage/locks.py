"""Locks between processes: `only_one` tries, `one_at_a_time` waits. They end with the process that holds them.

Those on files hold for the machines that share the file system; those on a remote store are leases.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from videogen.errors import StorageError
from videogen.storage.atomic_folder import Folder, cache_folder, storage_errors
from videogen.storage.remote.leases import leased

FIRST_USE = ".first-use.lock"
"""Name of the lock in a folder that is filled the first time that somebody needs it."""
_log = logging.getLogger(__name__)
_TELL_AFTER = 1.0
_GIVE_UP_AFTER = 600.0


@contextmanager
def one_at_a_time(lock: Path, doing: str) -> Iterator[None]:
    """Hold `lock` in the block; other processes and threads wait, and log what they wait for.

    Args:
        lock: the file; its folder is made where it is missing. It stays, empty.
        doing: what the block does, for those who wait: ``"preparing the knowledge base"``.

    Raises:
        StorageError: the file cannot be made, or whoever holds the lock does not come to an end.
    """
    from filelock import FileLock, Timeout

    held = FileLock(lock)
    with storage_errors(str(lock)):
        lock.parent.mkdir(parents=True, exist_ok=True)
        try:
            held.acquire(timeout=_TELL_AFTER)
        except Timeout:
            _log.warning("another process is %s; waiting for it", doing)
            try:
                held.acquire(timeout=_GIVE_UP_AFTER)
            except Timeout as error:
                raise StorageError(
                    f"another process has been {doing} for more than {_GIVE_UP_AFTER / 60:.0f} minutes",
                    remedy=f"end it if it hangs; it holds {lock}",
                ) from error
    try:
        yield
    finally:
        held.release()


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
    """`only_one` for what is kept in `folder`, also among the processes of all machines that share a remote one."""
    if folder.is_local:
        place = folder.local("")
    else:
        place = cache_folder() / "locks" / hashlib.sha256(folder.url("").encode()).hexdigest()[:32]
    place.mkdir(parents=True, exist_ok=True)
    with only_one(place / ".lock") as alone:
        if folder.is_local or not alone:
            yield alone
            return
        with leased(folder) as held:
            yield held
