"""The review page: the video, the text with its claims, what is to be done, comments and the decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from videogen.domain.feedback_kinds import TAGS
from videogen.errors import VideogenError
from videogen.release.approval.missing import WORTH_WAITING
from videogen_dagster.desk.call import Call, NotFoundError, go
from videogen_dagster.desk.comments import comments_of
from videogen_dagster.desk.ids import is_briefing, known_id
from videogen_dagster.desk.item import Item
from videogen_dagster.desk.subjects.briefing import reviewed_briefing
from videogen_dagster.desk.subjects.parts import Reviewed
from videogen_dagster.desk.subjects.standing import Standing, standing_of
from videogen_dagster.desk.subjects.video import reviewed_video
from videogen_dagster.desk.templating import page

if TYPE_CHECKING:
    from videogen_dagster.desk.desk import Desk

_LONGEST = 36_000.0


def show(desk: Desk, call: Call) -> Response:
    """A version, by default the latest."""
    item_id = known_id(call.item_id)
    item = item_of(desk, item_id)
    number = call.whole("version", item.version) if item.version else 0
    shown = reviewed(desk, item_id, number)
    if item.kind == "briefing" and not shown.media and shown.is_latest and item.state in ("draft", "waiting"):
        return go(f"/item/{item_id}/storyboard", note=call.query.get("note", ""))
    standing = standing_of(desk.review, item_id)
    medium = shown.medium(call.query.get("medium", ""))
    findings = [x for x in shown.findings if x.passed is not None]
    is_made = standing.subject is not None and bool(shown.media)
    return page(
        call,
        "review.html",
        subject=item,
        reviewed=shown,
        medium=medium,
        start=_start(call),
        running=desk.live.now().get(item_id),
        text=shown.texts.get(medium.language if medium else "", next(iter(shown.texts.values()), ())),
        claims=_claims(shown, medium.language if medium else ""),
        comments=comments_of(standing.decisions),
        todo=standing.missing,
        can_publish=all(entry.gate in WORTH_WAITING for entry in standing.missing),
        holds=standing.holding,
        seen=standing.seen,
        error=standing.problem,
        decisions=[x for x in standing.decisions if x.action != "comment"],
        is_held=standing.is_held,
        is_own=standing.is_by(call.user.name),
        is_made=is_made,
        embargo=_embargo(standing),
        failed=[x for x in findings if not x.passed],
        passed=[x for x in findings if x.passed],
        can_rate=item.kind == "video" and bool(shown.media),
        tags=TAGS,
    )


def item_of(desk: Desk, item_id: str) -> Item:
    """The line of the catalogue; what is too new to be there is read.

    Raises:
        NotFoundError: the video or briefing does not exist.
    """
    known = desk.catalogue.get(item_id)
    if known is None:
        exists = desk.briefings.exists if is_briefing(item_id) else desk.project.requests.exists
        if not exists(item_id):
            raise NotFoundError("no video or briefing has this number", remedy="look for it in the archive")
        desk.indexer.look_again(item_id)
        known = desk.catalogue.get(item_id)
        assert known is not None
    return known


def reviewed(desk: Desk, item_id: str, number: int) -> Reviewed:
    """A version as it is reviewed.

    Raises:
        NotFoundError: the version does not exist.
    """
    try:
        if is_briefing(item_id):
            return reviewed_briefing(desk.briefings, item_id, number)
        return reviewed_video(desk.project, item_id, number)
    except VideogenError as error:
        if number and "does not exist" in error.problem:
            raise NotFoundError(error.problem, remedy="go to the latest version") from error
        raise


def _embargo(standing: Standing) -> str:
    """The embargo in force, ISO 8601 in UTC; "": none."""
    told = standing.subject.parts.get("embargo", "") if standing.subject is not None else ""
    return "" if told == "none" else told


def _claims(shown: Reviewed, language: str) -> list[object]:
    pieces = shown.texts.get(language) or next(iter(shown.texts.values()), ())
    return [piece.claim for piece in pieces if piece.claim is not None]


def _start(call: Call) -> float:
    """The second at which the player begins."""
    text = call.query.get("t", "")
    try:
        return min(max(0.0, float(text)), _LONGEST) if text else 0.0
    except ValueError:
        return 0.0
