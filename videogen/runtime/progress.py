"""Progress of a stage: engine code reports it, listeners show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


Look = Callable[[], "NDArray[np.uint8]"]


@dataclass(frozen=True)
class Progress:
    """`done` of `total` units (denoising steps, frames, pictures) of `stage`.

    look: makes a few small frames of what is there so far, uint8, N×H×W×3; None: there is nothing to see.
    """

    stage: str
    done: int
    total: int
    detail: str = ""
    look: Look | None = field(default=None, compare=False, repr=False)


Listener = Callable[[Progress], None]
_listeners: list[Listener] = []
_unheard: ContextVar[bool] = ContextVar("unheard", default=False)


def report(stage: str, done: int, total: int, detail: str = "", look: Look | None = None) -> None:
    """Call every listener. A listener may raise, e.g. `CapacityError`, to stop the work at this point."""
    if _unheard.get():
        return
    for listener in tuple(_listeners):
        listener(Progress(stage, done, total, detail, look))


@contextmanager
def listen(listener: Listener) -> Iterator[None]:
    """Call `listener` for every report made while the block runs."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


@contextmanager
def unheard() -> Iterator[None]:
    """Mute reports of this thread while the block runs, for parts of a task that is reported as a whole."""
    token = _unheard.set(True)
    try:
        yield
    finally:
        _unheard.reset(token)
