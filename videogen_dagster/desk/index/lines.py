"""The line of the lists for any id."""

from __future__ import annotations

from videogen.briefing.production.order import BRIEFING_ID
from videogen_dagster.desk.index.briefings import read_briefing
from videogen_dagster.desk.index.reading import Reader
from videogen_dagster.desk.index.videos import read_video
from videogen_dagster.desk.item import Item


def read_item(reader: Reader, item_id: str) -> Item:
    """The line of a video or briefing, read from its folder."""
    return read_briefing(reader, item_id) if BRIEFING_ID.fullmatch(item_id) else read_video(reader, item_id)
