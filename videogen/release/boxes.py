"""How many boxes an mp4 has (ISO/IEC 14496-12), counted before a library builds a tree of them."""

from __future__ import annotations

import os
from typing import BinaryIO

MOST_BOXES = 20_000
"""c2pa takes 1.4 s for so many, and four times as long for twice as many. Five hours in fragments of two seconds have
fewer."""
_CONTAINERS = frozenset(
    (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"edts", b"dinf", b"moof", b"traf", b"mvex")
)


def has_too_many_boxes(file: BinaryIO) -> bool:
    """Whether an mp4 has more than `MOST_BOXES` boxes, nested ones included; leaves the file at its beginning.

    Args:
        file: a regular file, opened for reading in binary.
    """
    waiting, count = [(0, os.fstat(file.fileno()).st_size)], 0
    while waiting and count <= MOST_BOXES:
        start, end = waiting.pop()
        while start + 8 <= end and count <= MOST_BOXES:
            file.seek(start)
            head = file.read(16)
            size, kind, body = int.from_bytes(head[:4], "big"), head[4:8], 8
            if size == 1:
                size, body = int.from_bytes(head[8:16], "big"), 16
            stop = end if size == 0 else start + size
            count += 1
            if kind in _CONTAINERS and start + body < stop:
                waiting.append((start + body, min(stop, end)))
            # A box that ends before its own head does is damaged; what follows cannot be told.
            start = stop if stop >= start + body else end
    file.seek(0)
    return count > MOST_BOXES
