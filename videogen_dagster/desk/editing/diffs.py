"""What changed between two texts, line by line."""

from __future__ import annotations

import difflib

_MOST = 2000


def changed_lines(before: str, after: str) -> list[tuple[str, str]]:
    """Pairs of kind (added, removed, same, place) and line; empty where nothing changed."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=2, lineterm="")
    found: list[tuple[str, str]] = []
    for number, line in enumerate(lines):
        if number < 2:
            continue
        kind = {"+": "added", "-": "removed", "@": "place"}.get(line[:1], "same")
        found.append((kind, "" if kind == "place" else line[1:]))
        if len(found) >= _MOST:
            found.append(("place", ""))
            break
    return found
