"""Takes out of lines of the log what must not travel in a report: addresses of people, numbers to call, credentials."""

from __future__ import annotations

import re
from typing import Final

REMOVED: Final = "[removed]"
_RULES: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    # user:password@ of an address
    (re.compile(r"(?<=://)[^/\s@]+@"), f"{REMOVED}@"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), REMOVED),
    (
        re.compile(
            r"(?i)\b(authorization|bearer|token|api[_-]?key|secret|password|passwd|signature)\b(\s*[:= ]\s*)\S+"
        ),
        rf"\1\2{REMOVED}",
    ),
    # telephone numbers; ids, times and sizes stay
    (re.compile(r"(?<![\w.:-])\+?\(?\d{2,4}\)?(?:[ /-]\(?\d{2,4}\)?){2,4}(?![\w.:-])"), REMOVED),
    (re.compile(r"(?<![\w.:-])\+\d{7,15}(?!\w)"), REMOVED),
    # prompts are the customer's
    (re.compile(r"(?i)\b(prompt|title)(\s*[:=]\s*).+"), rf"\1\2{REMOVED}"),
)


def scrubbed(text: str) -> str:
    """The text without them; scrubbing it again changes nothing."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
