"""`videogen feedback`: what people say about videos, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import facts, print_json, say, show, table, write

if TYPE_CHECKING:
    from videogen.feedback.events import FeedbackEvent
    from videogen.feedback.integration import FeedbackIntegration
    from videogen.feedback.report import ImprovementReport

app = typer.Typer(no_args_is_help=True, help="What people say about videos, and what follows from it.")
VideoId = Annotated[str, typer.Argument(help="Id of a video, see `videogen list`.", show_default=False)]
User = Annotated[str | None, typer.Option("--as", help="Who says it, kept as a pseudonym; none: anonymous.")]
Attempt = Annotated[int | None, typer.Option(min=1, help="Which attempt; none: the published one, or the latest.")]
Training = Annotated[bool, typer.Option("--training", help="The rater agrees that it may be used for training.")]
Period = Annotated[str, typer.Option(help="7d, 2026-11 or 2026-11-30.")]


def _integration(context: typer.Context) -> FeedbackIntegration:
    from videogen.feedback import FeedbackIntegration

    return FeedbackIntegration(project(context).config)


@app.command()
def add(
    context: typer.Context,
    video_id: VideoId,
    rating: Annotated[int | None, typer.Option(help="1 to 5 stars.")] = None,
    comment: Annotated[str | None, typer.Option(help="Free text; personal data is taken out of it.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A tag, e.g. blurry; may be repeated.")] = None,
    user: User = None,
    attempt: Attempt = None,
    training: Training = False,
    take_back: Annotated[
        list[str] | None, typer.Option(help="Take back: rating, decision, preference, comment, tag:NAME.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Rate, tag or comment a video; what the same person says later replaces it."""
    given = {
        "user": user, "rating": rating, "comment": comment, "tags": tag or (), "attempt": attempt,
        "consent_to_training": training, "take_back": take_back or (),
    }  # fmt: skip
    _collect(context, video_id, given, json)


@app.command()
def prefer(
    context: typer.Context,
    video_id: Annotated[str, typer.Argument(help="The better one.", show_default=False)],
    other_id: Annotated[str, typer.Argument(help="What it is compared with; may be the same video.")],
    attempt: Attempt = None,
    other_attempt: Annotated[int | None, typer.Option(min=1, help="Attempt of the other one.")] = None,
    tie: Annotated[bool, typer.Option("--tie", help="Both are as good.")] = False,
    user: User = None,
    training: Training = False,
    json: AsJson = False,
) -> None:
    """Say which of two videos, or of two attempts of one, is better."""
    given = {
        "user": user, "preferred_over": other_id, "attempt": attempt, "other_attempt": other_attempt, "tie": tie,
        "consent_to_training": training,
    }  # fmt: skip
    _collect(context, video_id, given, json)


@app.command()
def approve(
    context: typer.Context, video_id: VideoId, user: User = None, attempt: Attempt = None, json: AsJson = False
) -> None:
    """Say that a video is good to go out. It is not published by that: see `videogen publish`."""
    _collect(context, video_id, {"user": user, "approved": True, "attempt": attempt}, json)


@app.command()
def reject(
    context: typer.Context,
    video_id: VideoId,
    comment: Annotated[str | None, typer.Option(help="Why.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A tag, e.g. wrong-colour; may be repeated.")] = None,
    user: User = None,
    attempt: Attempt = None,
    json: AsJson = False,
) -> None:
    """Say that a video is not good enough. It is not withdrawn by that: see `videogen withdraw`."""
    given = {"user": user, "approved": False, "comment": comment, "tags": tag or (), "attempt": attempt}
    _collect(context, video_id, given, json)


@app.command("import")
def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV with a header, JSON or JSONL.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be kept.")] = False,
    json: AsJson = False,
) -> None:
    """Keep the feedback of a file: all rows of it, or none."""
    from videogen.feedback.files import read_submissions

    collector = _integration(context).collector
    channel: Literal["csv", "inbox"] = "csv" if file.suffix.lower() == ".csv" else "inbox"
    events = collector.take_all(read_submissions(file), channel, dry_run=dry_run)
    if json:
        print_json({"kept": not dry_run, "events": [event.model_dump(mode="json") for event in events]})
        return
    say(f"{len(events)} events {'would be' if dry_run else 'are'} kept")


@app.command("show")
def show_feedback(
    context: typer.Context,
    video_id: Annotated[str | None, typer.Argument(help="None: all videos.")] = None,
    period: Period = "30d",
    json: AsJson = False,
) -> None:
    """What counts of the feedback: the last word of each rater. Few raters: no comments, no names, no counts."""
    from videogen.feedback.study.analysis import period_of
    from videogen.feedback.study.shown import shown_feedback

    integration = _integration(context)
    counted = integration.counted(*period_of(period))
    rows = shown_feedback(counted, integration.config.feedback.min_group, video_id)
    if json:
        print_json(rows)
        return
    columns = ("video", "attempt", "raters", "rating", "approved", "completion", "tags", "comments")
    show(table(columns, (row.values() for row in rows)))
    if not rows:
        say("no feedback in this period")


@app.command()
def report(
    context: typer.Context,
    period: Period = "30d",
    format: Annotated[Literal["text", "markdown", "html"], typer.Option(help="What is printed.")] = "text",
    json: AsJson = False,
) -> None:
    """What people say, what moves, what is worth a test, and what became of earlier changes."""
    made = _integration(context).generate_improvement_report(period)
    if json:
        print_json(made.as_dict())
    elif format == "text":
        _print_report(made)
    else:
        write(made.html if format == "html" else made.markdown)


def _print_report(made: ImprovementReport) -> None:
    """The report as tables of the terminal."""
    a = made.analysis
    write(f"Improvement report, {a.start} to {a.end}")
    for title, head, rows, empty in made.sections():
        write(f"\n{title.upper()}")
        show(table(head, rows)) if rows else write(empty)
    if a.not_enough:
        write("\nNOT ENOUGH TO SAY")
        for what in a.not_enough:
            write(what)


@app.command()
def erase(
    context: typer.Context,
    user: Annotated[str | None, typer.Option(help="Whose feedback, named as it was when it was given.")] = None,
    why: Annotated[str, typer.Option(help="The reason, kept in the table erasures.")] = "",
    replay: Annotated[bool, typer.Option("--replay", help="Erase again what a restored backup brought back.")] = False,
    json: AsJson = False,
) -> None:
    """Erase all that one person said: events, aggregates, datasets; says which weights were trained on it."""
    from videogen.errors import InputError
    from videogen.feedback.erasure import erase_user
    from videogen.feedback.erasure import replay as erase_again

    if replay == (user is not None):
        raise InputError("give either --user or --replay", remedy='videogen feedback erase --user ada --why "Art. 17"')
    collector = _integration(context).collector
    erased = erase_again(collector) if replay else erase_user(collector, user or "", why)
    found = {
        "events": erased.events, "days": [str(day) for day in erased.days], "datasets": list(erased.datasets),
        "weights": list(erased.weights),
    }  # fmt: skip
    if json:
        print_json(found)
        return
    say(f"{erased.events} events and rows of {len(erased.datasets)} datasets are erased; reports leave them out")
    for file in erased.weights:
        say(f"warning: {file} was trained on it and still is: train it without, or take it out of use")


@app.command("rotate-key")
def rotate_key(context: typer.Context) -> None:
    """From now on raters get new pseudonyms, which nobody can join with their earlier ones."""
    version = _integration(context).collector.keys.rotate()
    say(f"key {version} is in use; earlier keys stay for erasure for feedback.key_retention_days")


@app.command()
def link(
    context: typer.Context,
    video_id: VideoId,
    compare: Annotated[str | None, typer.Option(help="A second video, to be compared; may be the same.")] = None,
    attempt: Attempt = None,
    other_attempt: Annotated[int | None, typer.Option(min=1, help="Attempt of the second one.")] = None,
    user: Annotated[str | None, typer.Option("--for", help="The rater; none: a new one that nobody knows.")] = None,
    json: AsJson = False,
) -> None:
    """Print a link with which one person can rate this video, until it expires."""
    from videogen.feedback.page.invitation import invitation

    address = invitation(
        _integration(context).collector, video_id, attempt, compare=compare, other_attempt=other_attempt, user=user
    )
    print_json({"link": address}) if json else write(address)


@app.command()
def serve(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(help="None: feedback.port.")] = None,
) -> None:
    """The page for raters, on 127.0.0.1, until Ctrl-C. Only links of `videogen feedback link` open it."""
    from videogen.feedback.page.server import serve as serve_page

    config = project(context).config
    number = port or config.feedback.port
    say(f"the page for raters is at http://127.0.0.1:{number}; Ctrl-C ends it")
    serve_page(config, number)


@app.command()
def dataset(
    context: typer.Context,
    since: Annotated[str | None, typer.Option(help="First day, 2026-11-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day.")] = None,
    json: AsJson = False,
) -> None:
    """Make a fine-tuning dataset of comparisons whose raters agreed to training."""
    patterns = {name: day for name, day in (("since", since), ("until", until)) if day is not None}
    manifest = _integration(context).improver.generate_fine_tuning_dataset(patterns)
    if json:
        print_json(manifest.model_dump(mode="json"))
    else:
        show(facts(manifest.model_dump(exclude={"files", "schema_version"})))


def _collect(context: typer.Context, video_id: str, given: dict[str, Any], json: bool) -> None:
    events = _integration(context).collect_feedback(video_id, given, channel="command-line")
    _print(events, json)


def _print(events: Sequence[FeedbackEvent], json: bool) -> None:
    if json:
        print_json([event.model_dump(mode="json") for event in events])
        return
    for event in events:
        say(f"{spoken(event)} · {event.video_id}, attempt {event.attempt} (as {event.rater})")


def spoken(event: FeedbackEvent) -> str:
    """What an event says, in words: ``rating: 2 of 5 stars``."""
    what = event.kind.replace("_", " ")
    if event.value is None:
        kind = "decision" if event.kind in ("approved", "rejected") else what
        return f"{kind} {event.tag or ''}".rstrip() + ": taken back"
    said = {
        "rating": f"{round(event.value * 4) + 1} of 5 stars",
        "preference": f"{'as good as' if event.value == 0.5 else 'better than'} {_other(event)}",
        "tag": event.tag,
        "comment": event.comment,
        "play": f"{event.value:g} seconds",
        "completion": f"{event.value:.0%}",
    }.get(event.kind)
    return what if said is None else f"{what}: {said}"


def _other(event: FeedbackEvent) -> str:
    same = event.other_video_id == event.video_id
    return f"attempt {event.other_attempt}" + ("" if same else f" of {event.other_video_id}")
