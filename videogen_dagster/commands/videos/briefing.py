"""`videogen briefing`: a press release in, a finished video out; and what people do with its storyboard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import print_json, progress_bars, say, show, stdout_kept_clean, table, write

if TYPE_CHECKING:
    from videogen_dagster.runs.briefings import BriefingResult

_MAKE = "make"
Id = Annotated[str, typer.Argument(help="Id of a briefing, see `videogen briefing list`.", show_default=False)]


class _FilesFirst(TyperGroup):
    """`videogen briefing release.txt` means `videogen briefing make release.txt`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = [_MAKE, *args]
        return list(super().parse_args(ctx, args))


app = typer.Typer(
    cls=_FilesFirst,
    no_args_is_help=True,
    help="A press release in, a finished video out: `videogen briefing release.txt`.",
)


@app.command(_MAKE)
def make(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Releases (.txt, .md, .html, .pdf, .docx), one for each language, the leading one first.",
            show_default=False,
        ),
    ],
    plan_only: Annotated[
        bool, typer.Option("--plan-only", help="Only the storyboard: print it, make nothing of it yet.")
    ] = False,
    languages: Annotated[
        str | None, typer.Option(metavar="en,hi", help="Languages of the files, in their order; none: detected.")
    ] = None,
    formats: Annotated[str, typer.Option(metavar="wide,square,tall", help="What is made.")] = "wide,square,tall",
    target: Annotated[int, typer.Option(help="Seconds that the video should last, 10 to 300.")] = 60,
    brand: Annotated[str, typer.Option(help="Look: a folder in config/brands/.")] = "plain",
    loudness: Annotated[str, typer.Option(metavar="broadcast|web", help="−23 or −16 LUFS.")] = "broadcast",
    narration: Annotated[
        str, typer.Option(metavar="auto|required|silent", help="auto: silent where no voice speaks the language.")
    ] = "auto",
    out: Annotated[Path | None, typer.Option(help="A folder that the finished files are copied into.")] = None,
    requester: Annotated[str | None, typer.Option(help="Who asks for it; none: the user of this session.")] = None,
    embargo: Annotated[
        str | None, typer.Option(metavar="2026-12-01T18:00+05:30", help="Moment before which nothing of it leaves.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Make a briefing of a press release, and print the paths of its videos."""
    from videogen.release.approval.embargo import parse_moment
    from videogen_dagster.runs.briefings import make_briefing

    with stdout_kept_clean(), progress_bars():
        result = make_briefing(
            files,
            config=project(context).config,
            plan_only=plan_only,
            source="cli",
            languages=_listed(languages),
            formats=_listed(formats),
            target=target,
            brand=brand,
            loudness=loudness,
            narration=narration,
            requester=requester,
            embargo=parse_moment(embargo) if embargo is not None else None,
            allowed=(),
        )
    copied = _copies(result, out) if out is not None else result.videos
    _print(result, copied, json, plan_only=plan_only)


@app.command()
def edit(
    context: typer.Context,
    briefing_id: Id,
    file: Annotated[Path, typer.Argument(help="The edited storyboard (YAML).", show_default=False)],
    picture: Annotated[
        list[Path] | None, typer.Option(help="A picture that the storyboard names; may be given several times.")
    ] = None,
    music: Annotated[
        Path | None, typer.Option(help="A track that the storyboard names (m4a, Ogg, WebM).", show_default=False)
    ] = None,
    why: Annotated[str, typer.Option(help="What was changed, for the record.")] = "edited",
    by: Annotated[str | None, typer.Option(help="Who edited it; none: the user of this session.")] = None,
    plan_only: Annotated[bool, typer.Option("--plan-only", help="Keep the revision, make nothing of it yet.")] = False,
    json: AsJson = False,
) -> None:
    """Keep an edited storyboard as a new revision, and make it."""
    from videogen.runtime.plain_files import read_plain
    from videogen.storage.inputs.picture_file import picture_content
    from videogen_dagster.runs.authorship import editor
    from videogen_dagster.runs.briefings import maker_of, result_of, run_briefing

    config = project(context).config
    maker = maker_of(config)
    order = maker.store.order(briefing_id)
    for path in picture or ():
        maker.store.keep_picture(briefing_id, path.name, picture_content(path, config.processing))
    if music is not None:
        from videogen.briefing.narration.music import track

        track(music)
        maker.store.keep_picture(briefing_id, music.name, read_plain(music, 60_000_000))
    with stdout_kept_clean(), progress_bars():
        revision = maker.edit(briefing_id, read_plain(file, 1_000_000), name=file.name, by=editor(config, by), why=why)
        say(f"revision {revision.number} is kept")
        result = result_of(briefing_id, config) if plan_only else run_briefing(order, config=config)
    _print(result, result.videos, json, plan_only=False)


@app.command()
def redo(
    context: typer.Context,
    briefing_id: Id,
    shot: Annotated[str | None, typer.Option(help="A shot with a clip: draw that again.")] = None,
    seed: Annotated[int | None, typer.Option(help="With --shot: its seed; none: the next one.")] = None,
    json: AsJson = False,
) -> None:
    """Make what is missing of the latest revision, or with --shot another take of one clip; the rest is kept."""
    from videogen_dagster.runs.authorship import editor
    from videogen_dagster.runs.briefings import maker_of, run_briefing

    config = project(context).config
    maker = maker_of(config)
    order = maker.store.order(briefing_id)
    if shot is not None:
        maker.another_take(briefing_id, shot, seed, by=editor(config))
    with stdout_kept_clean(), progress_bars():
        result = run_briefing(order, config=config)
    _print(result, result.videos, json, plan_only=False)


@app.command("show")
def show_briefing(
    context: typer.Context,
    briefing_id: Id,
    yaml: Annotated[bool, typer.Option("--yaml", help="Print the storyboard, to edit it.")] = False,
    revision: Annotated[int | None, typer.Option(help="None: the latest.")] = None,
    json: AsJson = False,
) -> None:
    """What a briefing says and shows, what was found about it, and what is missing for its release."""
    from resources.people.review import Review
    from videogen_dagster.runs.briefings import maker_of, result_of

    config = project(context).config
    if yaml:
        write(maker_of(config).store.storyboard_text(briefing_id, revision).decode("utf-8").rstrip())
        return
    result = result_of(briefing_id, config)
    if json:
        print_json(_data(result, result.videos))
        return
    storyboard = maker_of(config).store.storyboard(briefing_id, revision)
    lead = storyboard.languages[0]
    rows = [(x.id, x.kind, " ".join(sentence.text.get(lead, "") for sentence in x.narration)) for x in storyboard.shots]
    show(table(("shot", "kind", "narration"), rows, storyboard.title[lead]))
    if result.report is not None:
        review = Review(config)
        show(table(("gate", "state", "found"), ((x.name, x.state, x.found) for x in review.look(briefing_id).gates)))
        for item in review.missing(briefing_id):
            say(f"{item.gate}: {item.remedy}")


@app.command("list")
def list_briefings(context: typer.Context, json: AsJson = False) -> None:
    """All briefings, oldest first."""
    from videogen_dagster.runs.briefings import maker_of

    store = maker_of(project(context).config).store
    rows = []
    for briefing_id in store.ids():
        order = store.order(briefing_id)
        rows.append(
            (briefing_id, store.latest_number(briefing_id), ", ".join(order.releases), ", ".join(order.formats))
        )
    if json:
        print_json([dict(zip(("id", "revision", "languages", "formats"), row, strict=True)) for row in rows])
        return
    show(table(("id", "revision", "languages", "formats"), rows))


@app.command()
def publish(
    context: typer.Context,
    briefing_id: Id,
    operator: Annotated[str | None, typer.Option(help="Who publishes it; none: the user of this session.")] = None,
    override: Annotated[
        bool, typer.Option("--override", help="Open gates that do not hold: facts, quality. With --why.")
    ] = False,
    why: Annotated[str | None, typer.Option(help="With --override: the reason.")] = None,
    json: AsJson = False,
) -> None:
    """Sign and publish all videos of the latest revision, if every gate holds; prints the folder."""
    from videogen.errors import InputError
    from videogen_dagster.runs.briefings import publish_briefing

    if override != (why is not None):
        raise InputError("--override and --why belong together", remedy="give both, or neither")
    with stdout_kept_clean():
        record, folder = publish_briefing(briefing_id, config=project(context).config, operator=operator, why=why)
    if json:
        print_json({"path": str(folder), **record.model_dump(mode="json")})
        return
    say(f"briefing {briefing_id}, revision {record.provenance.attempt}, signed by {record.signer}")
    write(folder)


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _copies(result: BriefingResult, folder: Path) -> tuple[Path, ...]:
    """Copies of all files of the variants in a folder of the user."""
    from videogen.storage.atomic_folder import copy, storage_errors

    with storage_errors(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        for video in result.videos:
            for path in sorted(video.parent.glob(f"{video.stem}.*")):
                copy(path, folder / path.name)
    return tuple(folder / video.name for video in result.videos)


def _print(result: BriefingResult, videos: tuple[Path, ...], as_json: bool, *, plan_only: bool) -> None:
    for note in result.notes:
        say(f"warning: {note}")
    if as_json:
        print_json(_data(result, videos))
        return
    if plan_only:
        write(result.storyboard.rstrip())
        say(f"briefing {result.id}, revision {result.revision}; next: videogen briefing redo {result.id}")
        return
    lengths = ", ".join(f"{seconds:.0f} s in {language}" for language, seconds in result.seconds.items())
    say(f"briefing {result.id}, revision {result.revision}: {lengths}")
    closed = [gate for gate in (result.report.gates if result.report else ()) if not gate.holds]
    for gate in closed:
        say(f"{gate.name}: {gate.found}")
    say(f"next: look at it, then: videogen briefing publish {result.id}")
    for path in videos:
        write(path)


def _data(result: BriefingResult, videos: tuple[Path, ...]) -> dict[str, Any]:
    return {
        "id": result.id,
        "revision": result.revision,
        "folder": result.folder,
        "videos": list(map(str, videos)),
        "seconds": result.seconds,
        "notes": list(result.notes),
        "gates": [gate.model_dump(mode="json") for gate in result.report.gates] if result.report else [],
    }
