"""What counts of many events: the last word of each rater, and only if it was not taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from videogen.domain.feedback_kinds import IMPLICIT, LAST_WORD_COUNTS
from videogen.feedback.privacy.pseudonyms import ANONYMOUS

if TYPE_CHECKING:
    import pandas as pd

_DECISIONS = ("approved", "rejected")


def last_words(events: pd.DataFrame) -> pd.DataFrame:
    """The events that count, oldest first, with the columns `topic` and `who`.

    A later rating, decision, comment, tag or preference of the same rater about the same attempt replaces the earlier
    one; value None takes it back. Nobody can tell two anonymous raters apart: each of their events counts.

    Args:
        events: rows of the table `feedback`.
    """
    import numpy as np

    if not len(events):
        return events.assign(topic="", who="")
    rows = events.sort_values(["received_at", "event_id"], kind="stable").reset_index(drop=True)
    topic = rows["kind"].where(~rows["kind"].isin(_DECISIONS), "decision").astype(str)
    unnamed = rows["rater"].isin([ANONYMOUS])
    who = rows["rater"].where(~unnamed, rows["event_id"]).astype(str)
    mine = rows["video_id"].astype(str) + "." + rows["attempt"].astype(int).astype(str)
    # Where some rows compare nothing the column is of floats: 2 must not become "2.0".
    other_attempt = rows["other_attempt"].astype("Float64").fillna(0).astype(int).astype(str)
    other = rows["other_video_id"].fillna("").astype(str) + "." + other_attempt
    pair = np.where(mine < other, mine + "|" + other, other + "|" + mine)
    thing = np.where(topic == "preference", pair, mine)
    counts_once = topic.isin(LAST_WORD_COUNTS) & ~topic.isin(IMPLICIT)
    key = who + "\0" + thing + "\0" + topic + "\0" + rows["tag"].fillna("").astype(str)
    # A preference that is taken back names no other video: it takes back all comparisons of that attempt.
    rows = rows.assign(topic=topic, who=who)
    rows = rows[~counts_once | ~key.duplicated(keep="last")]
    return _without_taken_back(rows)


def _without_taken_back(rows: pd.DataFrame) -> pd.DataFrame:
    import numpy as np

    back = rows[(rows["topic"] == "preference") & rows["value"].isna()]
    if len(back):
        last = back.groupby(["who", "video_id", "attempt"])["received_at"].max()
        keys = list(zip(rows["who"], rows["video_id"], rows["attempt"], strict=True))
        until = [last.get(key) for key in keys]
        taken = [end is not None and seen <= end for end, seen in zip(until, rows["received_at"], strict=True)]
        rows = rows[~((rows["topic"] == "preference").to_numpy() & np.asarray(taken, bool))]
    return rows[rows["value"].notna()].reset_index(drop=True)
