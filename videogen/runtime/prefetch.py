"""Prefetching: a thread computes the next items while earlier ones are being used."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

Item = TypeVar("Item")

_PATIENCE = 0.1


def ahead(items: Iterator[Item], depth: int = 4) -> Generator[Item, None, None]:
    """Yield the items in order; a thread computes up to `depth` of them in advance.

    An error of `items` is raised where its item would have come. Whoever stops early ends the thread: close the
    iterator, or let go of it.
    """
    made: Queue[tuple[Item] | BaseException | None] = Queue(max(1, depth))
    stopped = Event()

    def hand_over(thing: tuple[Item] | BaseException | None) -> bool:
        while not stopped.is_set():
            try:
                made.put(thing, timeout=_PATIENCE)
                return True
            except Full:
                continue
        return False

    def work() -> None:
        end: BaseException | None = None
        try:
            for item in items:
                if not hand_over((item,)):
                    break
            close = getattr(items, "close", None)
            if close is not None:
                close()
        # Whatever it is goes to the thread that waits for the item.
        except BaseException as error:
            end = error
        hand_over(end)

    thread = Thread(target=work, name="videogen-ahead", daemon=True)
    thread.start()
    try:
        while (thing := made.get()) is not None:
            if isinstance(thing, BaseException):
                raise thing
            yield thing[0]
    finally:
        stopped.set()
        while thread.is_alive():
            try:
                made.get_nowait()
            except Empty:
                thread.join(_PATIENCE)
