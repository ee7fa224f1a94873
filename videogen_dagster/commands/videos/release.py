"""`videogen publish`, `videogen withdraw` and `videogen verify`: what leaves the house, and where a file is from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import facts, print_json, say, show, stdout_kept_clean, table, write

if TYPE_CHECKING:
    from videogen.release.origin import Checked, Origin

VideoId = Annotated[str, typer.Argument(help="Id of a request, see `videogen status`.", show_default=False)]


def publish(
    context: typer.Context,
    video_id: VideoId,
    override: Annotated[
        bool, typer.Option("--override", help="Open gates that do not hold: quality, facts, an earlier withdrawal.")
    ] = False,
    operator: Annotated[
        str | None, typer.Option(help="Who publishes it; none: release.user, or the session's. Needed with --override.")
    ] = None,
    why: Annotated[str | None, typer.Option(help="With --override: the reason.")] = None,
    json: AsJson = False,
) -> None:
    """Sign the best attempt and publish it, if every gate holds; prints the path of the mp4."""
    from videogen.errors import InputError
    from videogen.release.override import override_by
    from videogen.release.people.people import People
    from videogen_dagster.runs.release import publish as release

    if not override and why is not None:
        raise InputError("--why belongs to --override", remedy="add --override, or leave it out")
    config = project(context).config
    if override and operator is None and config.release.identity == "authenticated":
        operator = People.of(config).operator().name
    decided = override_by(operator, why) if override else None
    with stdout_kept_clean():
        record, path = release(video_id, config, operator=operator, override=decided)
    if json:
        print_json({"path": str(path), **record.model_dump(mode="json")})
        return
    made = record.provenance
    if record.lifted:
        person = made.override.operator if made.override else "an operator"
        say(f"warning: released by {person} in spite of {', '.join(record.lifted)}")
    say(f"video {video_id}, attempt {made.attempt}, seed {made.seed}, signed by {record.signer}")
    write(path)


def withdraw(
    context: typer.Context,
    video_id: VideoId,
    why: Annotated[str, typer.Option(help="The reason.", show_default=False)],
    operator: Annotated[str | None, typer.Option(help="Who withdraws it; none: the user of this session.")] = None,
    json: AsJson = False,
) -> None:
    """Take a published video back. The record stays and says why; the store keeps the signed file."""
    from videogen_dagster.runs.release import withdraw as take_back

    with stdout_kept_clean():
        record = take_back(video_id, project(context).config, operator, why)
    if json:
        print_json(record.model_dump(mode="json"))
    else:
        say(f"video {video_id} is withdrawn")


def verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A video, made by anyone.", show_default=False)],
    json: AsJson = False,
) -> None:
    """Who made a file, from which request, attempt, model and seed, and whether one bit has changed since.

    Where the credentials are gone or not trusted, the watermark in the picture is looked for: it names the release.

    Exit code 0: not a bit has changed, and the settings name the signer as trusted. 1: otherwise.
    """
    from videogen.release.origin import check_file

    checked = check_file(file, project(context).config)
    found = checked.verification
    if json:
        origin = None if checked.origin is None else checked.origin.model_dump(mode="json")
        print_json(found.model_dump(mode="json") | {"origin": origin, "summary": checked.summary})
    else:
        _print(checked)
    if not found.trusted:
        raise typer.Exit(1)


def _print(checked: Checked) -> None:
    found, record = checked.verification, checked.verification.record
    _show({"verdict": checked.summary, "signed by": found.signer, "organisation": found.signed_by})
    if checked.origin is not None:
        _print_origin(checked.origin)
    if not found.signed:
        return
    _show(
        {
            "trusted": f"{'yes' if found.trusted else 'no'}, {found.trust or 'the file has changed'}",
            "issued by": found.issued_by,
            "certificate": found.certificate and f"SHA-256 {found.certificate}",
        }
    )
    _show({"time stamp": found.signed_at, "made with": found.maker, "source": found.source_type})
    if record is None:
        return
    _show(
        {
            record.kind: record.id,
            "attempt": record.attempt,
            "model": f"{record.model} {record.revision}".strip(),
            "seed": None if record.seed is None else str(record.seed),
            "prompt": record.prompt,
            "title": record.title,
            "requester": record.requester,
            "requested": record.requested_at.isoformat(timespec="seconds"),
            "released": record.released_at.isoformat(timespec="seconds"),
            "released by": record.released_by,
            "label": record.label,
            "watermark": record.watermark,
            "pictures": ", ".join(f"{picture.name} {picture.sha256[:12]}…" for picture in record.pictures),
            "sources": ", ".join(f"{source.name} {source.sha256[:12]}…" for source in record.sources),
            "override": record.override and f"{record.override.operator}: {record.override.why}",
            "below target": "yes" if record.below_target else None,
            **record.details,
        }
    )
    show(table(("gate", "state", "found"), ((gate.name, gate.state, gate.found) for gate in record.gates)))


def _print_origin(origin: Origin) -> None:
    seen, release = origin.watermark, origin.release
    _show({"watermark": f"{seen.payload}{', mirrored' if seen.mirrored else ''}, strength {seen.strength:g}"})
    if release is not None:
        _show({release.kind: release.id, "title": release.title, "file": release.file})


def _show(values: Mapping[str, object]) -> None:
    show(facts({name: str(value) for name, value in values.items() if value}))
