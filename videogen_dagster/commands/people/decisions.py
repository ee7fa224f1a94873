"""`videogen approve`, `hold`, `request-changes`, `embargo`, `rights`, `decisions`: what people decide on a release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import print_json, say, show, stdout_kept_clean, table

if TYPE_CHECKING:
    from resources.people.review import Review
    from videogen.release.people.decision import SignedDecision

SubjectId = Annotated[str, typer.Argument(help="Id of a video or briefing.", show_default=False)]
Comment = Annotated[str, typer.Option("--comment", "-m", help="For the others who work on it.")]
Name = Annotated[str | None, typer.Option("--as", help="User who decides; none: release.user, or the session's user.")]


def approve(
    context: typer.Context,
    subject_id: SubjectId,
    comment: Comment = "",
    seen: Annotated[
        str | None, typer.Option(help="Hash of the state that you looked at, as `videogen show` prints it.")
    ] = None,
    name: Name = None,
    json: AsJson = False,
) -> None:
    """Approve exactly what would go out now. An edit makes the approval void."""
    _decide(context, "approve", subject_id, comment, name, json, seen=seen)


def hold(
    context: typer.Context,
    subject_id: SubjectId,
    comment: Comment = "",
    lift: Annotated[bool, typer.Option("--lift", help="End the hold.")] = False,
    name: Name = None,
    json: AsJson = False,
) -> None:
    """Keep something from being published, whatever else is decided, until somebody lifts the hold.

    Of what is published already the feeds tell everybody not to use it, and the comment is the reason that they give.
    """
    _decide(context, "lift_hold" if lift else "hold", subject_id, comment, name, json)


def request_changes(
    context: typer.Context,
    subject_id: SubjectId,
    comment: Annotated[str, typer.Option("--comment", "-m", help="What should be changed.", show_default=False)],
    name: Name = None,
    json: AsJson = False,
) -> None:
    """Send it back: it is not published as it is, until it is edited or you approve it after all."""
    _decide(context, "request_changes", subject_id, comment, name, json)


def embargo(
    context: typer.Context,
    video_id: Annotated[str, typer.Argument(help="Id of a video.", show_default=False)],
    until: Annotated[str, typer.Argument(help="2026-12-01T18:00+05:30, or none.", show_default=False)],
    name: Name = None,
    json: AsJson = False,
) -> None:
    """Set, change or end the moment before which nothing of a video leaves. Its approvals become void."""
    from videogen.release.approval.embargo import parse_moment

    moment = None if until.strip().lower() == "none" else parse_moment(until)
    with stdout_kept_clean():
        review = _review(context)
        decision = review.set_embargo(review.people.operator(name), video_id, moment)
    _tell(
        decision,
        json,
        f"{video_id} waits until {moment:%Y-%m-%d %H:%M:%S} UTC" if moment else f"{video_id} waits no more",
    )


def rights(
    context: typer.Context,
    video_id: Annotated[str, typer.Argument(help="Id of a video.", show_default=False)],
    file: Annotated[
        str, typer.Argument(help="The picture as the gate names it: 00.jpg, logo.png.", show_default=False)
    ],
    credit: Annotated[str, typer.Option(help="Whom it belongs to.", show_default=False)],
    licence: Annotated[str, typer.Option(help="GODL-India, CC BY 4.0, own, …", show_default=False)],
    expires: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="Last day of its use.")] = None,
    name: Name = None,
    json: AsJson = False,
) -> None:
    """Say whom a picture or logo belongs to, and until when it may be used. Approvals become void."""
    from videogen_dagster.commands.people.rights_options import rights_of

    with stdout_kept_clean():
        review = _review(context)
        found = rights_of(credit, licence, expires)
        decision = review.set_rights(review.people.operator(name), video_id, file, found)
    _tell(decision, json, f"{file} of {video_id}: {found}")


def correct(
    context: typer.Context,
    new_id: Annotated[str, typer.Argument(help="Id of the video or briefing that is right.", show_default=False)],
    of: Annotated[str, typer.Option(help="Id of the published one that is wrong.", show_default=False)],
    reason: Annotated[str, typer.Option(help="What was wrong, for the public.", show_default=False)],
    refile: Annotated[bool, typer.Option("--refile", help="Nothing was wrong in it: it is sent again.")] = False,
    name: Name = None,
    json: AsJson = False,
) -> None:
    """Say that NEW_ID corrects what is published; when it goes out, the old one is marked, not hidden."""
    with stdout_kept_clean():
        review = _review(context)
        person = review.people.operator(name)
        kind: Any = "REFILE" if refile else "CORRECTED"
        decision = review.correct(person, new_id, of=of, reason=reason, kind=kind)
    _tell(decision, json, f"{new_id} corrects {of}")


def decisions(context: typer.Context, subject_id: SubjectId, json: AsJson = False) -> None:
    """All that people have decided on a video or briefing, and what is still missing for its release."""
    with stdout_kept_clean():
        review = _review(context)
        found = review.people.decisions(subject_id)
        missing = review.missing(subject_id)
        subject = review.subject(subject_id)
    if json:
        print_json(
            {
                "subject": subject.model_dump(mode="json"),
                "decisions": [decision.model_dump(mode="json") for decision in found],
                "missing": [item.model_dump(mode="json") for item in missing],
            }
        )
        return
    rows = [
        (
            f"{decision.at:%Y-%m-%d %H:%M} UTC",
            decision.action.replace("_", " "),
            decision.by if decision.is_authenticated else f"{decision.by} (unauthenticated)",
            decision.revision,
            "this state" if decision.sha256 == subject.sha256 else "an earlier state",
            decision.comment,
        )
        for decision in found
    ]
    show(table(("when", "decision", "by", "revision", "of", "comment"), rows, f"state {subject.sha256}"))
    for item in missing:
        say(f"{item.gate}: {item.found} — {item.remedy}")


def _decide(
    context: typer.Context,
    action: Any,
    subject_id: str,
    comment: str,
    name: str | None,
    as_json: bool,
    *,
    seen: str | None = None,
) -> None:
    from videogen_dagster.runs.release import tell_outlets

    with stdout_kept_clean():
        review = _review(context)
        decision = review.decide(review.people.operator(name), action, subject_id, comment=comment, seen=seen)
        if action in ("hold", "lift_hold"):
            tell_outlets(review.config)
    _tell(decision, as_json, f"{action.replace('_', ' ')}: {subject_id}, revision {decision.revision}")


def _tell(decision: SignedDecision, as_json: bool, text: str) -> None:
    if as_json:
        print_json(decision.model_dump(mode="json"))
        return
    known = "" if decision.is_authenticated else " (unauthenticated: the name was typed)"
    say(f"{text}; by {decision.by}{known}, state {decision.sha256[:16]}…")


def _review(context: typer.Context) -> Review:
    from resources.people.review import Review

    return Review(project(context).config)
