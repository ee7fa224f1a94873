"""Feedback as it may be shown: by video, and nothing of groups that are too small."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_MOST_COMMENTS = 5


def shown_feedback(counted: pd.DataFrame, min_group: int, video_id: str | None = None) -> list[dict[str, Any]]:
    """One row an attempt; of attempts with fewer than `min_group` raters only that there is feedback.

    Args:
        counted: what `last_words` left.
        video_id: only this video.
        min_group: raters below which nothing about them is shown.
    """
    rows = counted[counted["rater"] != "system"] if len(counted) else counted
    if video_id is not None and len(rows):
        rows = rows[rows["video_id"] == video_id]
    found = []
    for _, part in rows.groupby(["video_id", "attempt"], observed=True) if len(rows) else ():
        video, attempt = part["video_id"].iloc[0], part["attempt"].iloc[0]
        raters = int(part["who"].nunique())
        shown: dict[str, Any] = {"video": str(video), "attempt": int(attempt), "raters": f"fewer than {min_group}"}
        nothing = dict.fromkeys(("rating", "approved", "completion", "tags", "comments"))
        if raters < min_group:
            found.append({**shown, **nothing})
            continue
        found.append({**shown, "raters": raters, **nothing, **_numbers(part, min_group)})
    return found


def _numbers(part: pd.DataFrame, min_group: int) -> dict[str, Any]:
    def of(topic: str) -> pd.DataFrame | None:
        chosen = part[part["topic"] == topic]
        return chosen if chosen["who"].nunique() >= min_group else None

    ratings, decisions, watched = of("rating"), of("decision"), of("completion")
    tags, comments = of("tag"), of("comment")
    numbers: dict[str, Any] = {}
    if ratings is not None:
        numbers["rating"] = round(1.0 + 4.0 * float(ratings["value"].astype(float).mean()), 2)
    if decisions is not None:
        numbers["approved"] = f"{int((decisions['kind'] == 'approved').sum())} of {len(decisions)}"
    if watched is not None:
        numbers["completion"] = round(float(watched["value"].astype(float).mean()), 2)
    if tags is not None:
        numbers["tags"] = ", ".join(f"{tag} {count}" for tag, count in tags["tag"].value_counts().items())
    if comments is not None:
        numbers["comments"] = " · ".join(map(str, comments["comment"].dropna().tail(_MOST_COMMENTS)))
    return numbers
