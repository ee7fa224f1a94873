"""`videogen templates`: the templates of emergency videos: which there are, whether they can be read, new versions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import facts, print_json, say, show, table, write

if TYPE_CHECKING:
    from videogen.emergency.manager import EmergencyModeManager

app = typer.Typer(no_args_is_help=True, help="Templates of emergency videos: list, show, validate, register, update.")

Named = Annotated[
    str, typer.Argument(help="A template's id, a hazard in words, or a CAP category.", show_default=False)
]
File = Annotated[Path, typer.Argument(help="A YAML file.", show_default=False)]


@app.command("list")
def list_templates(context: typer.Context, json: AsJson = False) -> None:
    """Every version of every template, with its languages and the digest of its file."""
    entries = _manager(context).library.index()
    if json:
        print_json([entry.model_dump(mode="json") for entry in entries])
        return
    rows = (
        (entry.id, f"{entry.version}{' *' if entry.latest else ''}", entry.title, " ".join(entry.languages))
        for entry in entries
    )
    show(table(("template", "version", "title", "languages"), rows))


@app.command("show")
def show_template(
    context: typer.Context,
    name: Named,
    event: Annotated[str | None, typer.Option(help="The event in words, where a category says too little.")] = None,
    language: Annotated[str | None, typer.Option(help="A language that it must have.")] = None,
    version: Annotated[int | None, typer.Option(min=1, help="An old version; only with an id.")] = None,
    json: AsJson = False,
) -> None:
    """The template that fits: its advice, what it keeps to, how long a video of it takes, and its clip."""
    given = {"event": event, "language": language, "version": version}
    template = _manager(context).select_template(
        name, {key: value for key, value in given.items() if value is not None}
    )
    quality, clip = template.get_quality_metrics(), template.get_generation_parameters()
    seconds = template.estimate_generation_time()
    if json:
        print_json(
            {
                "template": template.model_dump(mode="json"),
                "quality": quality,
                "clip": clip.model_dump(mode="json"),
                "seconds": seconds,
            }
        )
        return
    numbers: dict[str, Any] = {key: f"{value:g}" for key, value in quality.items()}
    show(facts({"template": template.name, "title": template.title, "seconds": f"{seconds:.0f}", **numbers}))
    show(facts({"clip": clip.prompt, "size": f"{clip.size[0]}×{clip.size[1]}", "steps": clip.steps}))
    rows = ((code, step) for code, steps in template.guidance.items() for step in steps)
    show(table(("language", "advice"), rows))


@app.command("validate")
def validate_template(context: typer.Context, file: File, json: AsJson = False) -> None:
    """Lay out and draw sample alerts with the template of a file. Exit code 1: something could not be read."""
    from videogen.emergency.templates.library import read_template

    report = _manager(context).library.validate_template(read_template(file))
    if json:
        print_json(report.model_dump(mode="json"))
    else:
        for problem in report.problems:
            say(f"{problem.where}: {problem.what} — {problem.remedy}")
        say(f"{len(report.renderings)} renderings in {', '.join(report.languages)}: {len(report.problems)} problems")
    if report.problems:
        raise typer.Exit(1)


@app.command("register")
def register_template(context: typer.Context, file: File) -> None:
    """Add a new template as its version 1, if it passes validation."""
    from videogen.emergency.templates.library import read_template

    write(_manager(context).library.register_new_template(read_template(file)).name)


@app.command("update")
def update_template(context: typer.Context, name: Named, file: File) -> None:
    """Add the next version of a template: the fields of the file replace those of the latest one."""
    from videogen.emergency.templates.library import read_fields

    write(_manager(context).library.update_template(name, read_fields(file)).name)


def _manager(context: typer.Context) -> EmergencyModeManager:
    from videogen.emergency.manager import EmergencyModeManager

    return EmergencyModeManager(project(context).config)
