"""Texts that somebody forgot to fill in. A real alert must not tell people to run to ``{{closest_exit}}``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from videogen.emergency.cap.block import Block
from videogen.emergency.cap.problem import Problem
from videogen.emergency.cap.rules import breach
from videogen.emergency.cap.values import short

_FIELDS = {
    "event": "event", "headline": "headline", "description": "description", "instruction": "instruction",
    "sender_name": "senderName",
}  # fmt: skip
# Anywhere in a text: what a template language, a form or a writer puts where a value is to come.
_SLOT = re.compile(
    r"\{\{[^{}\n]{0,80}\}\}|\$\{[^{}\n]{1,80}\}|%\(\w{1,40}\)s|<%.{0,80}?%>|\$[A-Z]{4,}\b|\$[A-Z]+_[A-Z_]+\b"
    r"|\{[a-z]+_[a-z_]{1,40}\}|[\[<](?:insert|enter|your|add|fill in|placeholder)\b[^\[\]<>\n]{0,80}[\]>]"
    r"|\b(?:TBD|TODO|FIXME|XXX+)\b|\b(?i:lorem ipsum)\b|(?<!\S)(?:x{3,}|_{3,}|\?{3,})(?!\S)",
)
# The whole text: nothing but such a word.
_NOTHING = re.compile(
    r"\W*(?:this is (?:only )?(?:a |an )?)?(?:tests?|testing|test (?:message|alert|warning|only|test)|dummy|sample"
    r"|example|placeholder|tbd|tba|tbc|null|undefined|asdf\w*|foo(?:bar)?|x{2,})\W*",
    re.IGNORECASE,
)


def placeholders(infos: Sequence[Block]) -> Iterator[Problem]:
    """Texts of info blocks that are not filled in."""
    for info in infos:
        for field, name in _FIELDS.items():
            text = info.values.get(field, "")
            found = _SLOT.search(text)
            whole = _NOTHING.fullmatch(text) if len(text) < 100 else None
            if found or (text and whole):
                what = found.group() if found else text
                message = f"{short(what)!r} stands for a text that was not filled in"
                yield breach("placeholder-text", f"{info.place}/{name}", message)
