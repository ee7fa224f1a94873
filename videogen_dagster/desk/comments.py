"""Comments pinned to a moment: signed decisions like all others, so that nobody can change one unseen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from videogen.errors import InputError

if TYPE_CHECKING:
    from videogen.release.people.decision import SignedDecision

_CLOCK = re.compile(r"^(?:(\d{1,2}):)?(\d{1,3})(?:[.,](\d{1,3}))?$")
LONGEST = 2000


@dataclass(frozen=True)
class Comment:
    """What somebody said about a version. second: of the video; None: about the whole. resolved: who marked it done."""

    number: int
    version: int
    by: str
    at: str
    text: str
    second: float | None
    resolved: str = ""


def comments_of(decisions: Sequence[SignedDecision]) -> list[Comment]:
    """The comments among the decisions: those on the latest version first, by their moment."""
    found: dict[int, Comment] = {}
    for decision in decisions:
        if decision.action != "comment":
            continue
        about = decision.data.get("resolves")
        if isinstance(about, int):
            if about in found:
                found[about] = replace(found[about], resolved="" if decision.data.get("again") else decision.by)
            continue
        second = decision.data.get("second")
        found[decision.sequence] = Comment(
            decision.sequence,
            decision.revision,
            decision.by,
            decision.at.isoformat(),
            decision.comment,
            float(second) if isinstance(second, int | float) else None,
        )
    return sorted(found.values(), key=lambda x: (-x.version, bool(x.resolved), x.second is None, x.second or 0.0))


def second_at(text: str, longest: float) -> float | None:
    """The moment that somebody wrote: 1:05.2, 65.2 or nothing, which is about the whole.

    Raises:
        InputError: it is not a moment of a video that lasts `longest` seconds.
    """
    text = text.strip()
    if not text:
        return None
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise InputError(f"{text[:20]!r} is not a moment of the video", remedy="write it as 0:12.5, or leave it empty")
    minutes, seconds, part = found.groups()
    moment = int(minutes or 0) * 60 + int(seconds) + float(f"0.{part or 0}")
    if moment > longest + 0.05:
        raise InputError(f"{text[:20]} is behind the end of the video", remedy=f"it lasts {longest:.1f} s")
    return round(moment, 3)
