"""How far a stage is: engine code reports, whoever shows it listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """`done` of `total` units (denoising steps, frames, pictures) of `stage`."""

    stage: str
    done: int
    total: int
    detail: str = ""


Listener = Callable[[Progress], None]
_listeners: list[Listener] = []


def report(stage: str, done: int, total: int, detail: str = "") -> None:
    """Tell every listener. A listener may raise, e.g. `CapacityError`, to stop the work at this point."""
    for listener in tuple(_listeners):
        listener(Progress(stage, done, total, detail))


@contextmanager
def listen(listener: Listener) -> Iterator[None]:
    """Call `listener` for every report made while the block runs."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
