"""`videogen alert`: from a CAP file or short form to a published video; `videogen alerts`: what became of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from videogen_dagster.commands.common import AsJson, parse_settings, parse_size, project
from videogen_dagster.output import facts, print_json, say, show, stdout_kept_clean, table, write

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.emergency.alerts.register import RegisteredAlert
    from videogen.emergency.cap.repair import Repair
    from videogen_dagster.runs.alerts import AlertOutcome

_FORM = "Short form"
_VIDEO = "Video"


def alert(
    context: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(help="CAP files (XML); none: the short form.", show_default=False)
    ] = None,
    headline: Annotated[str | None, typer.Option(help="What happens, in one line.", rich_help_panel=_FORM)] = None,
    area: Annotated[str | None, typer.Option(help="Where, in words.", rich_help_panel=_FORM)] = None,
    instruction: Annotated[
        str | None, typer.Option(help="What people should do; one step a line.", rich_help_panel=_FORM)
    ] = None,
    sender: Annotated[
        str | None, typer.Option(help="Who warns; none: emergency.alert_sender.", rich_help_panel=_FORM)
    ] = None,
    description: Annotated[str | None, typer.Option(help="More about it.", rich_help_panel=_FORM)] = None,
    event: Annotated[
        str | None, typer.Option(help="Kind of hazard, e.g. Flood; none: the headline.", rich_help_panel=_FORM)
    ] = None,
    category: Annotated[
        str | None, typer.Option(help="Of CAP: Geo, Met, Safety, Fire, Health, …", rich_help_panel=_FORM)
    ] = None,
    severity: Annotated[
        str | None, typer.Option(help="Extreme, Severe, Moderate or Minor.", rich_help_panel=_FORM)
    ] = None,
    urgency: Annotated[
        str | None, typer.Option(help="Immediate, Expected, Future or Past.", rich_help_panel=_FORM)
    ] = None,
    certainty: Annotated[
        str | None, typer.Option(help="Observed, Likely, Possible or Unlikely.", rich_help_panel=_FORM)
    ] = None,
    onset: Annotated[
        str | None, typer.Option(help="When it begins, 2026-11-22T14:00:00+01:00.", rich_help_panel=_FORM)
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(help="Until when; none: emergency.alert_lifetime_hours from now.", rich_help_panel=_FORM),
    ] = None,
    language: Annotated[str | None, typer.Option(help="Language tag of the texts.", rich_help_panel=_FORM)] = None,
    polygon: Annotated[
        str | None, typer.Option(help="lat,lon pairs, the first one again at the end.", rich_help_panel=_FORM)
    ] = None,
    circle: Annotated[str | None, typer.Option(help="lat,lon and radius in km.", rich_help_panel=_FORM)] = None,
    web: Annotated[str | None, typer.Option(help="Address for more.", rich_help_panel=_FORM)] = None,
    contact: Annotated[str | None, typer.Option(help="Whom to ask.", rich_help_panel=_FORM)] = None,
    exercise: Annotated[
        bool, typer.Option("--exercise", help="An exercise: every frame says so.", rich_help_panel=_FORM)
    ] = False,
    rehearsal: Annotated[
        bool, typer.Option("--rehearsal", help="Publish exercises and tests of a file, watermarked.")
    ] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Take files that are not well-formed as the error proposes.")
    ] = False,
    size: Annotated[
        str | None,
        typer.Option(
            metavar="WIDTHxHEIGHT", help="1080x1920, or wide, square, tall; none: as set.", rich_help_panel=_VIDEO
        ),
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(help="Zone of the times, e.g. Europe/Rome; else the alert's.", rich_help_panel=_VIDEO),
    ] = None,
    model: Annotated[
        bool, typer.Option("--model", help="Background of the video model, if there is time.", rich_help_panel=_VIDEO)
    ] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting, e.g. emergency.sound=false."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A copy of the mp4 goes there.", rich_help_panel=_VIDEO)] = None,
    json: AsJson = False,
) -> None:
    """Publish an alert, and print the path of its mp4. Nothing is published that is incomplete or illegible."""
    from videogen_dagster.runs.alerts import publish_alerts, put_copies

    form = {
        "headline": headline, "area": area, "instruction": instruction, "sender": sender, "description": description,
        "event": event, "category": category, "severity": severity, "urgency": urgency, "certainty": certainty,
        "onset": onset, "expires": expires, "language": language, "polygon": polygon, "circle": circle, "web": web,
        "contact": contact,
    }  # fmt: skip
    given = {name: value for name, value in form.items() if value is not None}
    if exercise:
        given["status"] = "Exercise"
    config = _config(project(context).config, size, timezone, model, settings)
    with stdout_kept_clean():
        keys, refused = _take(config, files or [], given, rehearsal or exercise, repair)
        outcomes = publish_alerts(keys, config) if keys else []
        copies = put_copies(outcomes, out) if out is not None else {}
    _print(outcomes, copies, refused, json)


def _config(
    config: VideoGenConfig, size: str | None, timezone: str | None, model: bool, settings: list[str] | None
) -> VideoGenConfig:
    changes: dict[str, Any] = parse_settings(settings)
    if size is not None:
        changes["processing.resolution"] = parse_size(size)
    if timezone is not None:
        changes["emergency.timezone"] = timezone
    if model:
        changes["emergency.emergency_use_templates"] = False
    return config.updated(changes) if changes else config


def _take(
    config: VideoGenConfig, files: list[Path], form: dict[str, Any], rehearsal: bool, repair: bool
) -> tuple[list[str], list[str]]:
    """Keys of the alerts, and why others were refused, a text for each file."""
    from videogen.errors import InputError
    from videogen_dagster.runs.alerts import take_file, take_form

    if files and form:
        raise InputError("a file and the short form cannot be given together", remedy="give one of them")
    if not files:
        return [take_form(config, form, rehearsal=rehearsal).key], []
    keys, refused = [], []
    for path in files:

        def told(changes: Repair, name: str = path.name) -> None:
            say(f"{name} is repaired: {changes}")

        result = take_file(config, path, rehearsal=rehearsal, repair=repair, on_repair=told)
        keys += [registered.key for registered in (*result.taken, *result.known)]
        if result.refused:
            refused.append(f"{path.name} is refused\n{result.reasons()}")
    return keys, refused


def _print(outcomes: list[AlertOutcome], copies: dict[str, Path], refused: list[str], as_json: bool) -> None:
    from videogen_dagster.runs.alerts import as_error

    if as_json:
        print_json({"alerts": [as_data(outcome, copies.get(outcome.key)) for outcome in outcomes], "refused": refused})
    for reasons in refused:
        say(f"error: {reasons}")
    for outcome in outcomes:
        if not outcome.published:
            say(f"error: {as_error(outcome)}")
            continue
        record = outcome.record
        if record is not None and record.rung is not None:
            say(f"alert {outcome.key}: {record.title}; {record.rung}, {record.latency:.1f} s after it was taken")
        elif record is not None:
            say(f"alert {outcome.key}: {record.title}; {record.note}")
        if outcome.path is not None and not as_json:
            write(copies.get(outcome.key, outcome.path))
    if refused:
        raise typer.Exit(3)
    if not all(outcome.published for outcome in outcomes):
        raise typer.Exit(next(as_error(outcome).exit_code for outcome in outcomes if not outcome.published))


def as_data(outcome: AlertOutcome, copy: Path | None = None) -> dict[str, Any]:
    """What became of an alert, as plain data."""
    return {
        "key": outcome.key,
        "state": outcome.state,
        "path": str(outcome.path) if outcome.path else None,
        "copy": str(copy) if copy else None,
        "run_id": outcome.run_id,
        "problem": outcome.problem,
        "record": outcome.record.model_dump(mode="json") if outcome.record else None,
    }


def alerts(
    context: typer.Context,
    key: Annotated[str | None, typer.Argument(help="Key of an alert; none: the latest ones.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many of the latest alerts.")] = 20,
    release: Annotated[
        bool, typer.Option("--release", help="Publish this exercise or test after all, watermarked.")
    ] = False,
    cancel: Annotated[str | None, typer.Option(metavar="WHY", help="Cancel this alert: its video comes down.")] = None,
    json: AsJson = False,
) -> None:
    """What became of alerts; with a key, all that is known of one."""
    from videogen.emergency.publishing.production_parts import making

    tools = making(project(context).config)
    if key is None:
        register = tools.manager.register
        lines = [_line(register.get(found)) for found in register.keys()[::-1][:limit]]
        if json:
            print_json(lines)
        else:
            columns = ("alert", "state", "on air", "rank", "sent", "title")
            show(table(columns, (tuple(line.values()) for line in lines)))
        return
    if release or cancel is not None:
        with stdout_kept_clean():
            _act(project(context).config, key, cancel)
    registered, record = tools.manager.register.get(key), tools.published.record(key)
    if json:
        print_json(
            {
                **_line(registered),
                "history": [event.model_dump(mode="json") for event in registered.history],
                "alert": registered.alert.model_dump(mode="json"),
                "record": record.model_dump(mode="json") if record else None,
                "progress": tools.manager.monitor_generation_progress(key).model_dump(mode="json"),
            }
        )
        return
    show(facts({**_line(registered), "original": registered.original, "folder": tools.published.folder(key)}))
    show(table(("when", "state", "reason"), ((e.at.isoformat(), e.state, e.reason) for e in registered.history)))
    if record is not None:
        show(table(("check", "state", "found"), ((gate.name, gate.state, gate.found) for gate in record.checks)))


def _act(config: VideoGenConfig, key: str, cancel: str | None) -> None:
    """Release a rehearsal, or cancel an alert in its sender's name; both end in a run."""
    from videogen.emergency.alerts.form import cancellation
    from videogen.emergency.alerts.queue import COMMAND_LINE
    from videogen_dagster.runs.alerts import publish_alerts, storage_of

    storage = storage_of(config)
    if cancel is None:
        storage.alerts.release(key, COMMAND_LINE)
        publish_alerts([key], config)
        return
    message = cancellation(storage.alerts.get(key).alert, cancel)
    taken = storage.intake.take_own(message, origin=COMMAND_LINE, rehearsal=True)
    publish_alerts([taken.key], config)


def _line(registered: RegisteredAlert) -> dict[str, Any]:
    from videogen.emergency.manager import title_of

    return {
        "key": registered.key,
        "state": registered.state.replace("_", " "),
        "on_air": registered.on_air,
        "rank": registered.rank,
        "sent": registered.alert.sent.isoformat(),
        "title": title_of(registered.alert),
    }
