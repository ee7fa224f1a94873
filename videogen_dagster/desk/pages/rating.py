"""Ratings and comparisons: they go to the feedback loop, under a pseudonym."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from videogen.errors import InputError
from videogen.feedback.events import submission
from videogen_dagster.desk.call import Call, NotFoundError, go
from videogen_dagster.desk.ids import is_briefing, known_id

if TYPE_CHECKING:
    from videogen_dagster.desk.desk import Desk


def rate(desk: Desk, call: Call) -> Response:
    """Stars, tags and a comment on one attempt."""
    item_id, form = _video(call), call.form
    said: dict[str, Any] = {
        "user": call.user.name,
        "video_id": item_id,
        "attempt": form.number("version", "the version"),
    }
    if form.text("rating"):
        said["rating"] = form.number("rating", "the rating")
    if tags := form.all("tags"):
        said["tags"] = tags
    if comment := form.text("comment").strip():
        said["comment"] = comment
    if len(said) == 3:
        raise InputError("nothing was chosen", remedy="choose stars or a tag, or write a comment")
    desk.feedback.take(submission(said), "web")
    return go(f"/item/{item_id}", "rated")


def prefer(desk: Desk, call: Call) -> Response:
    """Which of two attempts is better."""
    item_id, form = _video(call), call.form
    first, second = form.number("a", "the left version"), form.number("b", "the right version")
    choice = form.text("better")
    if choice not in ("a", "b", "tie") or first == second:
        raise InputError("nothing was chosen", remedy="press one of the three buttons")
    better, other = (second, first) if choice == "b" else (first, second)
    said = {
        "user": call.user.name, "video_id": item_id, "attempt": better, "preferred_over": item_id,
        "other_attempt": other, "tie": choice == "tie", "shown_first": None if choice == "tie" else choice == "a",
    }  # fmt: skip
    desk.feedback.take(submission(said), "web")
    return go(f"/item/{item_id}/compare", "compared", a=first, b=second)


def _video(call: Call) -> str:
    item_id = known_id(call.item_id)
    if is_briefing(item_id):
        raise NotFoundError("ratings are given to clips", remedy="comment on the briefing instead")
    return item_id
