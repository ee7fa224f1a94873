"""A proposal for a message that is not well-formed: what its sender most likely meant, for a person to look at.

Nothing is ever repaired silently: a message is taken as it came, or not at all.
"""

from __future__ import annotations

import html
import re
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from videogen.emergency.cap.xml import MAX_BYTES, parse
from videogen.errors import InputError

# What must stay as it is, in any encoding that writes these signs as ASCII does.
_KEPT = re.compile(rb"<!\[CDATA\[|<!--")
_ENDS = {b"<![CDATA[": b"]]>", b"<!--": b"-->"}
_FAULT = re.compile(
    rb"&(?!#\d{1,7};|#x[0-9A-Fa-f]{1,6};)(?P<name>[A-Za-z][A-Za-z0-9]{1,30};)?"
    rb"|<(?=[\s\d=<])|(?P<control>[\x00-\x08\x0b\x0c\x0e-\x1f])"
)
_XML_NAMES = {b"amp;", b"lt;", b"gt;", b"quot;", b"apos;"}
_MOST_SHOWN, _MOST_CHANGES = 10, 1000


class Repair(NamedTuple):
    """A well-formed message, and what was changed to make it one: ``line 12: & → &amp;``."""

    data: bytes
    changes: tuple[str, ...]

    def __str__(self) -> str:
        more = len(self.changes) - _MOST_SHOWN
        shown = "; ".join(self.changes[:_MOST_SHOWN])
        return f"{shown}; and {more:,} more" if more > 0 else shown


def repaired(data: bytes, max_bytes: int = MAX_BYTES) -> Repair | None:
    """The message with unescaped ``&`` and ``<``, names of HTML and control characters put right.

    None: it needs no repair, or that does not make it well-formed.
    """
    if len(data) > max_bytes:
        return None
    changes: list[str] = []
    pieces: list[bytes] = []
    kept = deque(_kept(data))
    done, line, counted = 0, 1, 0
    for found in _FAULT.finditer(data):
        while kept and kept[0][1] <= found.start():
            kept.popleft()
        new = _instead(found)
        if new is None or (kept and kept[0][0] <= found.start()):
            continue
        pieces += [data[done : found.start()], new]
        line += data.count(b"\n", counted, found.start())
        done, counted = found.end(), found.start()
        old = found.group().decode("ascii", "replace")
        if len(changes) == _MOST_CHANGES:
            return None
        changes.append(f"line {line}: {repr(old) if found['control'] else old} → {new.decode() or 'nothing'}")
    if not changes:
        return None
    fixed = b"".join((*pieces, data[done:]))
    try:
        parse(fixed, len(fixed))
    except InputError:
        return None
    return Repair(fixed, tuple(changes))


def _kept(data: bytes) -> Iterator[tuple[int, int]]:
    """Where comments and CDATA sections begin and end."""
    end = 0
    while start := _KEPT.search(data, end):
        end = data.find(_ENDS[start.group()], start.end())
        if end < 0:
            return
        yield start.start(), end


def _instead(found: re.Match[bytes]) -> bytes | None:
    """What should stand there; None: it is fine."""
    if found["control"]:
        return b""
    if found.group() == b"<":
        return b"&lt;"
    name = found["name"]
    if name is None:
        return b"&amp;"
    if name in _XML_NAMES:
        return None
    meant = html.unescape(f"&{name.decode()}")
    known = "&" not in meant
    return "".join(f"&#{ord(letter)};" for letter in meant).encode() if known else b"&amp;" + name
