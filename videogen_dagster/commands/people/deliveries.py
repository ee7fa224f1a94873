"""`videogen deliveries`: what feeds, webhooks and copies got, and what is still to come."""

from __future__ import annotations

from typing import Annotated

import typer

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import print_json, say, show, stdout_kept_clean, table


def deliveries(
    context: typer.Context,
    now: Annotated[bool, typer.Option("--now", help="First write the feeds and deliver what is due.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many of the latest deliveries.")] = 50,
    json: AsJson = False,
) -> None:
    """What went to webhooks and other storage: sent, to be tried again, uncertain, given up."""
    from videogen.release.outlets.outlets import Outlets

    outlets = Outlets(project(context).config)
    if now:
        with stdout_kept_clean():
            outcome = outlets.bring_up_to_date()
        for problem in outcome.problems:
            say(problem)
        say(f"{outcome.sent} delivered, {outcome.open} to be tried again")
    found = outlets.ledger.all()[:limit]
    if json:
        print_json([delivery.model_dump(mode="json") for delivery in found])
        return
    rows = [
        (f"{x.at:%Y-%m-%d %H:%M:%S}", x.receiver, x.kind, x.release, x.state.replace("_", " "), x.tries, x.problem)
        for x in found
    ]
    show(table(("when (UTC)", "receiver", "event", "release", "state", "tries", "problem"), rows))
