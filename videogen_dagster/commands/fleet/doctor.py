"""`videogen doctor`: whether this machine, and every machine of the fleet, can do its work; and what to do."""

from __future__ import annotations

import typer

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import print_json, say, show, stdout_kept_clean, table


def doctor(context: typer.Context, json: AsJson = False) -> None:
    """Check storage, database, queue, workers, clocks, versions and weights. Ends with 1 where something is wrong."""
    from videogen.fleet.checkup import worst
    from videogen_dagster.fleet.examination import examine

    shared = project(context)
    with stdout_kept_clean():
        findings = examine(shared.config)
    if json:
        print_json([finding.model_dump(mode="json") for finding in findings])
    else:
        show(table(("check", "state", "found"), ((one.name, one.state, one.found) for one in findings)))
        for one in findings:
            if one.remedy:
                say(f"{one.name}: {one.remedy}")
    if worst(findings) == "wrong":
        raise typer.Exit(1)
