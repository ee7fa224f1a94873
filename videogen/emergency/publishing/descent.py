"""Down the fallback chain: a richer rung that fails or takes too long is followed by a plainer one."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from videogen.emergency.ladder import LADDER, Choice, Rung
from videogen.emergency.publishing.production_parts import STAGE, Rendered
from videogen.errors import DeadlineError, VideogenError

if TYPE_CHECKING:
    from videogen.emergency.manager import Allocation
    from videogen.emergency.rendering.renderer import AlertVideo, Style

LAST = LADDER[-1]
_log = logging.getLogger("videogen.emergency")


def descend(
    allocation: Allocation, switched_off: Mapping[Rung, str], attempt: Callable[[Choice], AlertVideo], key: str
) -> Rendered:
    """Draw the video on the richest rung that works in the time that is left.

    Args:
        switched_off: rungs that are out of the question, with the reason. attempt: draws on one rung.
        key: names the alert or the request in messages.

    Raises:
        VideogenError: the last rung failed.
    """
    failed: dict[Rung, str] = {}
    while True:
        choice = allocation.choice({**switched_off, **failed})
        try:
            started = time.perf_counter()
            video = attempt(choice)
        except Exception as error:
            # Whatever it is that keeps a richer rung from working: the plainer one is tried, and the record says why.
            if choice.rung is LAST:
                raise _named(error, key) from error
            failed[choice.rung] = _words(error)
            unexpected = None if isinstance(error, VideogenError) else error
            _log.warning("%s of %s: %s", choice.rung, key, failed[choice.rung], exc_info=unexpected)
            continue
        skipped = {one.rung: one.why for one in choice.skipped if one.rung not in failed}
        return Rendered(video, choice.rung, failed, skipped, {"rendering": time.perf_counter() - started})


def style_of(rung: Rung) -> Style:
    """How a video of this rung is drawn."""
    return "text_card" if rung is LAST else "template"


def _words(error: Exception) -> str:
    if isinstance(error, DeadlineError):
        return "its time ran out"
    return f"failed: {error.problem if isinstance(error, VideogenError) else f'{type(error).__name__}: {error}'}"


def _named(error: Exception, key: str) -> Exception:
    return error.at(stage=STAGE, video_id=key) if isinstance(error, VideogenError) else error
