"""A video as a line of the lists, read from its folder and from what was decided about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from videogen_dagster.desk.item import Item, State
from videogen_dagster.lookup import summary_or_fault

if TYPE_CHECKING:
    from videogen_dagster.desk.index.reading import Reader
    from videogen_dagster.project import Project

PART_OF = "briefing b-"
"""How the requester of a clip begins that a briefing has ordered."""
_STATES: dict[str, State] = {
    "waiting": "waiting",
    "queued": "waiting",
    "running": "running",
    "publishing": "running",
    "being cancelled": "running",
    "cancelled": "cancelled",
    "unfinished": "waiting",
    "failed": "failed",
    "below target": "to check",
    "to be looked at": "to check",
    "done": "published",
    "withdrawn": "withdrawn",
    "damaged": "damaged",
}


def read_video(reader: Reader, video_id: str) -> Item:
    """The line of a video; of one whose files are damaged, a line that says so."""
    project = reader.project
    told = summary_or_fault(project, video_id, {})
    state = _STATES[str(told["state"])]
    failure = told["failure"] or {}
    note = str(failure.get("problem") or "") if state in ("failed", "damaged") else ""
    if state == "damaged":
        return Item(
            id=video_id, kind="video", title=str(told["title"] or told["prompt"] or video_id), state=state,
            version=told["attempt"] or 0, by="", created=str(told["created_at"] or ""),
            changed=str(told["created_at"] or ""), note=note,
        )  # fmt: skip
    request = project.requests.get(video_id)
    by = request.requester or ""
    attempt = int(told["attempt"] or 0)
    if state == "to check" and told["state"] == "below target":
        note = "the quality is below its target"
    if by.startswith(PART_OF):
        state = "part"
    elif state == "to check":
        state = reader.decided(video_id, attempt)
    return Item(
        id=video_id,
        kind="video",
        title=request.heading,
        state=state,
        version=attempt,
        by=by,
        created=request.created_at.isoformat(timespec="seconds"),
        changed=_changed(project, video_id, attempt) or request.created_at.isoformat(timespec="seconds"),
        note=note,
        closed=int(told["state"] == "below target"),
        released=_released(told, attempt),
        has_picture=int(bool(attempt) and told["stages_made"] == told["stages"]),
        words=f"{request.words()}\n{request.prompt}\n{video_id}\n{by}",
    )


def _released(told: dict[str, Any], attempt: int) -> int:
    return attempt if told["release"] == "published" else 0


def _changed(project: Project, video_id: str, attempt: int) -> str:
    """When its latest attempt was begun."""
    if not attempt:
        return ""
    return project.requests.attempt(video_id, attempt).created_at.isoformat(timespec="seconds")
