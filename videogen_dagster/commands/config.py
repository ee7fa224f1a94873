"""`videogen config`: the configuration as it is after file and environment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import print_json, say
from videogen_dagster.project import Project

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig

app = typer.Typer(no_args_is_help=True, help="Show or check the settings.")


@app.command("show")
def show_config(
    context: typer.Context,
    defaults: Annotated[bool, typer.Option("--defaults", help="Leave out file and environment.")] = False,
    json: AsJson = False,
) -> None:
    """Every setting with its value, as YAML with comments, or as JSON."""
    from videogen.config.commented_yaml import commented_yaml
    from videogen.config.config import VideoGenConfig

    config = VideoGenConfig.defaults() if defaults else project(context).config
    notes = {} if defaults else _adopted(config)
    if json:
        print_json({**config.model_dump(mode="json"), **({"adopted": notes} if notes else {})})
    else:
        typer.echo(commented_yaml(config, notes), nl=False)


def _adopted(config: VideoGenConfig) -> dict[str, str]:
    """Setting → the adopted change that its value comes from."""
    from videogen.config.adopted import origins, read_adopted
    from videogen.config.setting_names import flat
    from videogen.domain.safe_ranges import value_of

    changes = read_adopted(config.path(config.feedback.adopted_file))
    return {
        name: f"adopted by {change.operator} on {change.adopted_at:%Y-%m-%d}: {change.change_id}"
        for name, change in origins(changes).items()
        if flat(change.settings).get(name) == value_of(config, name)
    }


@app.command("check")
def check_config(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="A file; none: the configuration in force.")] = None,
    json: AsJson = False,
) -> None:
    """Check that settings are valid, and that what they name is there."""
    from videogen.intake.component_names import check_names

    home = Project(file) if file else project(context)
    check_names(home.config)
    found = _findings(home)
    if json:
        print_json({"valid": True, "findings": found})
    else:
        for finding in found:
            say(f"warning: {finding}")
        say("the configuration is valid" if not found else "the configuration is valid, but see the warnings")


def _findings(home: Project) -> list[str]:
    """What the settings name that is not there."""
    from videogen.errors import VideogenError
    from videogen.models.profile import load_profile

    config = home.config
    found = []
    try:
        profile = load_profile(config.model.profile, config.path(config.paths.models))
        folder = profile.folder
        if folder is not None and not folder.is_dir():
            found.append(f"model.profile {profile.name}: its weights are not at {folder}")
    except VideogenError as error:
        found.append(f"model.profile: {error}")
    for name, path in (
        ("preprocessing.policy_file", config.preprocessing.policy_file),
        ("preprocessing.vocabulary_file", config.preprocessing.vocabulary_file),
        ("emergency.emergency_template_directory", config.emergency.emergency_template_directory),
        *(("paths.allowed_inputs", folder) for folder in config.paths.allowed_inputs),
        *(("release.trusted", path) for path in config.release.trusted),
        *(("release.certificate", path) for path in (config.release.certificate,) if path is not None),
        *(("release.key", path) for path in (config.release.key,) if path is not None),
    ):
        if not config.path(path).exists():
            found.append(f"{name}: there is no {config.path(path)}")
    return found
