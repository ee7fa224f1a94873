"""The command line, `videogen`. It loads in an instant: every command imports what it needs when it runs."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from videogen_dagster.commands.adapt import adapt
from videogen_dagster.commands.alerts.alert import alert, alerts
from videogen_dagster.commands.alerts.emergency import app as emergency_app
from videogen_dagster.commands.alerts.templates import app as templates_app
from videogen_dagster.commands.clean import clean
from videogen_dagster.commands.config import app as config_app
from videogen_dagster.commands.desk.desk import desk
from videogen_dagster.commands.explain import explain
from videogen_dagster.commands.feedback.experiments import app as experiments_app
from videogen_dagster.commands.feedback.feedback import app as feedback_app
from videogen_dagster.commands.files.assess import assess
from videogen_dagster.commands.files.upscale import upscale
from videogen_dagster.commands.fleet.doctor import doctor
from videogen_dagster.commands.fleet.home import app as home_app
from videogen_dagster.commands.fleet.worker import worker
from videogen_dagster.commands.knowledge import factcheck, kb
from videogen_dagster.commands.models.catalogue import profiles, stages
from videogen_dagster.commands.models.measure import measure
from videogen_dagster.commands.models.models import app as models_app
from videogen_dagster.commands.monitor import app as monitor_app
from videogen_dagster.commands.people.decisions import (
    approve,
    correct,
    decisions,
    embargo,
    hold,
    request_changes,
    rights,
)
from videogen_dagster.commands.people.deliveries import deliveries
from videogen_dagster.commands.people.users import app as users_app
from videogen_dagster.commands.query import query
from videogen_dagster.commands.ui import ui
from videogen_dagster.commands.variation.pipelines import pipelines
from videogen_dagster.commands.variation.vary import vary
from videogen_dagster.commands.videos.briefing import app as briefing_app
from videogen_dagster.commands.videos.cancel import cancel
from videogen_dagster.commands.videos.generate import generate
from videogen_dagster.commands.videos.open import open_video
from videogen_dagster.commands.videos.release import publish, verify, withdraw
from videogen_dagster.commands.videos.status import list_videos, show_video, status
from videogen_dagster.commands.videos.submit import retry, submit
from videogen_dagster.output import EXIT_CODES, report_error
from videogen_dagster.process import run_lean
from videogen_dagster.project import Project

app = typer.Typer(
    name="videogen",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Labelled, captioned, checked videos from prompts and pictures.",
    epilog=f"Exit codes: {EXIT_CODES}",
)
app.command()(generate)
app.command()(vary)
app.command()(explain)
app.command()(submit)
app.command()(alert)
app.command()(alerts)
app.add_typer(emergency_app, name="emergency")
app.add_typer(templates_app, name="templates")
app.add_typer(briefing_app, name="briefing")
app.command("list")(list_videos)
app.command()(status)
app.command("show")(show_video)
app.command("open")(open_video)
app.command()(cancel)
app.command()(retry)
app.command()(query)
app.command()(adapt)
app.command()(assess)
app.command()(measure)
app.command()(upscale)
app.command()(publish)
app.command()(verify)
app.command()(withdraw)
app.command()(approve)
app.command()(hold)
app.command("request-changes")(request_changes)
app.command()(embargo)
app.command()(rights)
app.command()(correct)
app.command()(decisions)
app.command()(deliveries)
app.add_typer(users_app, name="users")
app.command()(clean)
app.command()(factcheck)
app.add_typer(kb, name="kb")
app.add_typer(feedback_app, name="feedback")
app.add_typer(experiments_app, name="experiments")
app.add_typer(config_app, name="config")
app.command()(profiles)
app.command()(pipelines)
app.add_typer(models_app, name="models")
app.command()(stages)
app.add_typer(monitor_app, name="monitor")
app.command()(ui)
app.add_typer(home_app, name="home")
app.command()(worker)
app.command()(doctor)
app.command()(desk)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("pib-videogen"))
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", envvar="VIDEOGEN_CONFIG", help="YAML or JSON file of settings; none: the defaults."),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before the command count for all commands."""
    context.obj = Project(config)


def main() -> None:
    """Run the command; an error of the project ends it with a message on stderr and the error's own exit code."""
    from videogen.errors import VideogenError

    if not sys.warnoptions:
        warnings.filterwarnings("ignore", module=r"dagster\b")
    try:
        app()
    except VideogenError as error:
        report_error(error, as_json="--json" in sys.argv)
        sys.exit(error.exit_code)


def script() -> None:
    """The program `videogen`: `main` as all that its process does."""
    run_lean(main)


if __name__ == "__main__":
    script()
