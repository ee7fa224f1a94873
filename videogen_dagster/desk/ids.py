"""Ids as they stand in addresses: checked before anything is looked for under them."""

from __future__ import annotations

from videogen.briefing.production.order import BRIEFING_ID
from videogen.domain.video_ids import VIDEO_ID
from videogen_dagster.desk.call import NotFoundError


def known_id(item_id: str) -> str:
    """The id itself, if it has the form of one.

    Raises:
        NotFoundError: it has not; a path, say.
    """
    if not (BRIEFING_ID.fullmatch(item_id) or VIDEO_ID.fullmatch(item_id)):
        raise NotFoundError("no video or briefing has this number", remedy="look for it in the archive")
    return item_id


def is_briefing(item_id: str) -> bool:
    """Whether an id is that of a briefing."""
    return BRIEFING_ID.fullmatch(item_id) is not None


def is_id(text: str) -> bool:
    """Whether a text has the form of an id."""
    return bool(BRIEFING_ID.fullmatch(text) or VIDEO_ID.fullmatch(text))
