"""Suggests a known name that is close to an unknown one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 200
"""Letters of a name; the comparison takes their square."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``": did you mean 'mixed'?"``, the closest of the known names; empty where none is close, or of a long `name`."""
    if len(name) > _LONGEST:
        return ""
    close = get_close_matches(name, list(known), n=1)
    return f": did you mean {close[0]!r}?" if close else ""
