from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from videogen.runtime.prefetch import ahead


def _threads() -> int:
    return sum(thread.name == "videogen-ahead" for thread in threading.enumerate())


def test_items_come_in_order_and_none_is_lost():
    assert list(ahead(iter(range(200)), 3)) == list(range(200))
    assert list(ahead(ahead(iter(range(50)), 1), 2)) == list(range(50))
    assert list(ahead(iter([]))) == []
    assert _threads() == 0


def test_no_more_than_its_depth_is_made_ahead():
    made = []

    def source() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    items = ahead(source(), 4)
    assert next(items) == 0
    time.sleep(0.3)
    # One is handed out, four wait in the queue, one waits for a place in it.
    assert len(made) <= 6
    items.close()
    assert _threads() == 0


def test_work_goes_on_while_an_item_is_used():
    second = threading.Event()

    def source() -> Iterator[int]:
        yield 1
        second.set()
        yield 2

    items = ahead(source())
    assert next(items) == 1
    assert second.wait(20)
    assert list(items) == [2]


def test_error_comes_where_its_item_would_have_come():
    def source() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("the disk is gone")

    items = ahead(ahead(source()))
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(OSError, match="the disk is gone"):
        next(items)
    assert _threads() == 0


def test_who_stops_early_ends_all_threads_and_closes_the_source():
    closed = []

    def source() -> Iterator[int]:
        try:
            yield from range(1000)
        finally:
            closed.append(True)

    items = ahead(ahead(source(), 2), 2)
    next(items)
    items.close()
    assert closed == [True]
    assert _threads() == 0
