"""Decisions: comment, approve, request changes, hold, embargo, publish. Each one is signed and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from videogen.errors import InputError
from videogen.release.approval.missing import WORTH_WAITING
from videogen.release.people.subject import Subject
from videogen_dagster.desk.call import Call, WrongStateError, go
from videogen_dagster.desk.comments import LONGEST, second_at
from videogen_dagster.desk.ids import known_id
from videogen_dagster.desk.pages.review import reviewed
from videogen_dagster.desk.subjects.standing import kind_of

if TYPE_CHECKING:
    from videogen.release.people.roles import Action
    from videogen_dagster.desk.desk import Desk

_DONE = {"approve": "approved", "request_changes": "changes", "hold": "held", "lift_hold": "lifted"}


def comment(desk: Desk, call: Call) -> Response:
    """Pin a comment to a moment of the version that the person looked at."""
    item_id, form = known_id(call.item_id), call.form
    number = form.number("version", "the version")
    text = " ".join(form.text("comment").split())
    if not 0 < len(text) <= LONGEST:
        raise InputError("the comment is empty or too long", remedy=f"write 1 to {LONGEST:,} letters")
    shown = reviewed(desk, item_id, number)
    medium = shown.medium(form.text("medium"))
    second = second_at(form.text("at"), medium.seconds if medium else 0.0)
    data: dict[str, object] = {} if second is None else {"second": second}
    if medium is not None:
        data["medium"] = medium.key
        if second is not None:
            data["frame"] = round(second * medium.fps)
    desk.people.record(call.user, "comment", _remark(desk, item_id, number), comment=text, data=data)
    return go(f"/item/{item_id}", "commented", medium=form.text("medium"), version=_older(desk, item_id, number))


def resolve(desk: Desk, call: Call) -> Response:
    """Mark a comment as done, or open it again."""
    from videogen_dagster.desk.comments import comments_of

    item_id, number = known_id(call.item_id), call.form.number("number", "the comment")
    known = next((x for x in comments_of(desk.people.decisions(item_id)) if x.number == number), None)
    if known is None:
        raise InputError("this comment does not exist", remedy="load the page again")
    data: dict[str, object] = {"resolves": number, **({"again": True} if known.resolved else {})}
    desk.people.record(call.user, "comment", _remark(desk, item_id, known.version), comment="", data=data)
    note = "reopened" if known.resolved else "resolved"
    return go(f"/item/{item_id}", note, medium=call.form.text("medium"))


def decide(desk: Desk, call: Call) -> Response:
    """Approve, request changes, hold, or lift the hold: of exactly the state that the person has seen."""
    item_id, form = known_id(call.item_id), call.form
    action: Action
    match form.text("do"):
        case "approve":
            action = "approve"
        case "request_changes":
            action = "request_changes"
        case "hold":
            action = "hold"
        case "lift_hold":
            action = "lift_hold"
        case _:
            raise InputError("this is not a decision", remedy="press one of the buttons")
    call.user.check_may(action)
    text = " ".join(form.text("comment").split())
    if action == "request_changes" and not text:
        raise InputError("say what is to be changed", remedy="write it into Remark, then press Request changes again")
    _check_seen(desk, call, item_id)
    desk.review.decide(call.user, action, item_id, comment=text, seen=form.text("seen"))
    desk.indexer.look_again(item_id)
    return go(f"/item/{item_id}", _DONE[action])


def set_embargo(desk: Desk, call: Call) -> Response:
    """Set or lift the embargo of a single clip; earlier approvals do not count for the new state."""
    from videogen.release.approval.embargo import parse_moment

    item_id, text = known_id(call.item_id), call.form.text("until").strip()
    _check_seen(desk, call, item_id)
    desk.review.set_embargo(call.user, item_id, parse_moment(text) if text else None)
    desk.indexer.look_again(item_id)
    return go(f"/item/{item_id}", "embargo")


def publish(desk: Desk, call: Call) -> Response:
    """Send exactly the state that the person has seen to the release gate."""
    item_id = known_id(call.item_id)
    _check_seen(desk, call, item_id)
    missing = desk.review.missing(item_id)
    closed = [entry for entry in missing if entry.gate not in WORTH_WAITING]
    if closed:
        raise WrongStateError(f"{closed[0].gate}: {closed[0].found}", remedy=closed[0].remedy)
    desk.review.decide(call.user, "publish", item_id, seen=call.form.text("seen"))
    desk.indexer.look_again(item_id)
    return go(f"/item/{item_id}", "waits" if missing else "publishing")


def corrects(desk: Desk, call: Call) -> Response:
    """Say that this video corrects one that is published; that one is marked when this one goes out."""
    item_id = known_id(call.item_id)
    _check_seen(desk, call, item_id)
    of = known_id(call.form.text("of").strip())
    desk.review.correct(call.user, item_id, of=of, reason=call.form.text("reason"))
    desk.indexer.look_again(item_id)
    return go(f"/item/{item_id}", "corrects")


def _check_seen(desk: Desk, call: Call, item_id: str) -> None:
    """Whether the state is still the one that the form was shown for.

    Raises:
        WrongStateError: it was edited, made again, or put under another embargo meanwhile.
    """
    if call.form.text("seen") != desk.review.subject(item_id).sha256:
        raise WrongStateError(
            "it has changed since this page was shown to you: nothing was decided",
            remedy="look at it again, then decide",
        )


def _remark(desk: Desk, item_id: str, number: int) -> Subject:
    """A version that somebody speaks of; a comment opens and closes nothing, so older ones may be commented, too."""
    return Subject(
        kind="briefing" if kind_of(item_id) == "briefing" else "video", id=item_id, revision=number, parts={}
    )


def _older(desk: Desk, item_id: str, number: int) -> int | str:
    item = desk.catalogue.get(item_id)
    return number if item is not None and item.version != number else ""
