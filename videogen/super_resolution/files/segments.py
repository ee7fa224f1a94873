"""Finished parts of a video in a folder beside the target, so that interrupted work can resume.

``<target>.parts/``: ``work.json`` says of what source and settings the parts are made. Part n is
``000000n.mp4`` (pictures only), ``000000n.npz`` (their times) and, for the newest part only, ``memory-000000n.npz``
(what the steps remember). The mp4 is put in place last: a part is finished if it is there.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from videogen.errors import InputError
from videogen.storage.atomic import TEMPORARY
from videogen.storage.atomic_folder import Folder, storage_errors
from videogen.storage.locks import only_one

Memory = dict[str, NDArray[np.uint8]]
_WORK = "work.json"
_LOCK = "lock"


@dataclass(frozen=True)
class Segment:
    """A finished part. times: of its frames, in ticks; last_duration: of its last frame, 0: unknown."""

    video: Path
    times: NDArray[np.int64]
    last_duration: int


class WorkFolder:
    """The parts of one target, for the one process that works on it (see `work_folder`)."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.folder = Folder(place)

    def begin(self, fingerprint: dict[str, Any]) -> int:
        """Remove parts of other sources or settings; returns how many parts are finished."""
        text = json.dumps(fingerprint, indent=1, sort_keys=True).encode()
        if not self.folder.exists(_WORK) or self.folder.read(_WORK) != text:
            for path in self.place.iterdir():
                if path.name != _LOCK:
                    path.unlink()
            self.folder.write(_WORK, text)
        for path in self.place.iterdir():
            if TEMPORARY.match(path.name):
                path.unlink()
        finished = 0
        while self.folder.exists(f"{_name(finished)}.mp4"):
            finished += 1
        return finished

    def segment(self, number: int) -> Segment:
        with np.load(self.folder.local(f"{_name(number)}.npz"), allow_pickle=False) as facts:
            return Segment(
                self.folder.local(f"{_name(number)}.mp4"), facts["times"].astype(np.int64), int(facts["last_duration"])
            )

    def memories(self, number: int, steps: int) -> list[Memory]:
        """What each step remembered after part `number`; nothing before the first."""
        memories: list[Memory] = [{} for _ in range(steps)]
        if number >= 0:
            with np.load(self.folder.local(f"memory-{_name(number)}.npz"), allow_pickle=False) as kept:
                for key in kept.files:
                    step, _, name = key.partition(".")
                    memories[int(step)][name] = kept[key]
        return memories

    def finish(self, number: int, write: Callable[[Path], tuple[list[int], int]], memories: list[Memory]) -> None:
        """Make part `number`.

        Args:
            write: puts the pictures under a path; gives their times and the duration of the last one.
            memories: what the steps remember, read after `write`.
        """
        with self.folder.writing(f"{_name(number)}.mp4") as path:
            times, last = write(path)
            facts = {"times": np.array(times, np.int64), "last_duration": np.array(last, np.int64)}
            self._save(f"{_name(number)}.npz", facts)
            named = {f"{step}.{name}": value for step, memory in enumerate(memories) for name, value in memory.items()}
            self._save(f"memory-{_name(number)}.npz", named)
        if number:
            self.folder.remove(f"memory-{_name(number - 1)}.npz")

    def _save(self, name: str, arrays: dict[str, Any]) -> None:
        # An open file: given a path, numpy would add a suffix of its own.
        with self.folder.writing(name) as path, path.open("wb") as file:
            np.savez(file, **arrays)

    def remove(self) -> None:
        """Remove the folder after the target is written."""
        shutil.rmtree(self.place)


@contextmanager
def work_folder(target: Path) -> Iterator[WorkFolder]:
    """The folder of the parts of `target`, for this process alone.

    Raises:
        InputError: another process works on the same target.
        StorageError: it cannot be made.
    """
    place = target.with_name(f"{target.name}.parts")
    with storage_errors(str(place)):
        place.mkdir(exist_ok=True)
    with only_one(place / _LOCK) as alone:
        if not alone:
            raise InputError(f"another process is writing {target}", remedy="wait for it, or name another target")
        yield WorkFolder(place)


def _name(number: int) -> str:
    return f"{number:06d}"
