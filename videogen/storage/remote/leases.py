"""Locks in a store that machines share: leases that are renewed, and that others take over where nobody renews them.

A lease is a numbered file, written only where no file has that number yet (S3: ``If-None-Match: *``). The highest
number counts. So of several who find an old lease expired, one gets the next number; and whoever comes late with a
lower number finds the higher one, and steps back. Nothing is ever replaced by anybody but its owner.

The end of a lease is a moment of its owner's clock: clocks may be `SKEW` apart, `videogen doctor` measures that. One
that would end later than any lease can is of a clock that is wrong: whether it is still renewed, our own clock tells.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from pydantic import ValidationError

from videogen.domain.frozen_model import FrozenModel
from videogen.errors import VideogenError
from videogen.runtime.machine import machine
from videogen.storage.atomic_folder import Folder

FOLDER = "lease"
SECONDS = 15.0
"""How long a lease lasts that is not renewed."""
RENEWED_EVERY = 4.0
SKEW = 5.0
"""Seconds that the clocks of two machines may be apart."""
_NAME = re.compile(r"([0-9]{12,18})\.json")
_log = logging.getLogger(__name__)
_seen: dict[str, tuple[bytes, float]] = {}
"""Folder → a lease that cannot be believed as it was first seen, and when, by our own clock."""


class Lease(FrozenModel):
    """Who holds it: machine, process and the moment that it was made; until: seconds since the epoch."""

    machine: str
    pid: int
    created: float
    until: float

    def is_over(self, now: float) -> bool:
        """Whether it was released, was not renewed in time, or belongs to a process of this machine that died."""
        return now > self.until + SKEW or self.until == 0.0 or (self.machine == machine() and not self._lives())

    def _lives(self) -> bool:
        try:
            return abs(psutil.Process(self.pid).create_time() - self.created) < 1.0
        except (psutil.Error, ValueError, OverflowError):
            return False

    def can_be(self, now: float) -> bool:
        """Whether it ends when a lease of a clock that is right can end."""
        return self.until <= now + SECONDS + SKEW


@contextmanager
def leased(folder: Folder) -> Iterator[bool]:
    """Try to get the lease of what is kept in `folder`, and return whether this process holds it; renewed meanwhile.

    Raises:
        StorageError, ArtifactError: the store does not answer.
    """
    number = _take(folder, time.time())
    if number is None:
        yield False
        return
    done = threading.Event()
    keeper = threading.Thread(target=_renew, args=(folder, number, done), name="lease", daemon=True)
    keeper.start()
    try:
        yield True
    finally:
        done.set()
        keeper.join()
        _write(folder, number, 0.0)


def _take(folder: Folder, now: float) -> int | None:
    """The number of the lease that this process has now; None: somebody else holds it."""
    latest = _latest(folder)
    if latest is not None and not _is_over(folder, latest, now):
        return None
    number = 1 if latest is None else latest + 1
    try:
        folder.write(_name(number), _own(now + SECONDS).model_dump_json().encode(), exclusive=True)
    except FileExistsError:
        return None
    if _latest(folder) != number:
        return None
    # Only who holds the lease removes older ones, so a number that was removed is below one that is there.
    for older in _numbers(folder):
        if older < number:
            folder.remove(_name(older))
    return number


def _is_over(folder: Folder, number: int, now: float) -> bool:
    try:
        written = folder.read(_name(number))
        lease = Lease.model_validate_json(written)
    except FileNotFoundError:
        return False  # its successor has just removed it
    except ValidationError:
        return True
    return lease.is_over(now) or (not lease.can_be(now) and _stands_still(folder.url(_name(number)), written))


def _stands_still(place: str, written: bytes) -> bool:
    """Whether nobody has renewed a lease for as long as one lasts, since this process looked at it first."""
    before, at = _seen.get(place, (b"", 0.0))
    if before != written:
        _seen[place] = (written, time.monotonic())
        return False
    return time.monotonic() - at > SECONDS + SKEW


def _latest(folder: Folder) -> int | None:
    return max(_numbers(folder), default=None)


def _numbers(folder: Folder) -> list[int]:
    """The numbers of the leases; what else lies there is of nobody."""
    return [int(found[1]) for name in folder.names(FOLDER) if (found := _NAME.fullmatch(name))]


def _renew(folder: Folder, number: int, done: threading.Event) -> None:
    while not done.wait(RENEWED_EVERY):
        _write(folder, number, time.time() + SECONDS)


def _write(folder: Folder, number: int, until: float) -> None:
    """Renew or release; where the store does not answer, the lease ends by itself."""
    try:
        folder.write(_name(number), _own(until).model_dump_json().encode())
    except VideogenError as error:
        _log.warning("the lease of %s cannot be written: %s", folder.url(""), error)


def _own(until: float) -> Lease:
    process = psutil.Process(os.getpid())
    return Lease(machine=machine(), pid=process.pid, created=process.create_time(), until=until)


def _name(number: int) -> str:
    return f"{FOLDER}/{number:012d}.json"
