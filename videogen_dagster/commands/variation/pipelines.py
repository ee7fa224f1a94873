"""`videogen pipelines`: the ways through the stages that a request may choose."""

from __future__ import annotations

from typing import Any

import typer

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import print_json, show, table


def pipelines(context: typer.Context, json: AsJson = False) -> None:
    """The named pipelines of the configuration, what each changes, and whether it fits the configured steps."""
    from videogen.domain.requests import VideoRequest
    from videogen.intake.component_names import check_names

    config = project(context).config
    found: list[dict[str, Any]] = []
    for name, pipeline in config.pipelines.named.items():
        request = VideoRequest(prompt="a prompt", pipeline=name)
        check_names(request.settings(config))
        found.append({"name": name, "description": pipeline.description, "changes": request.pipeline_settings(config)})
    if json:
        print_json(found)
        return
    rows = ((one["name"], one["description"], _lines(one["changes"])) for one in found)
    show(table(("pipeline", "for", "changes"), rows))


def _lines(changes: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {_shown(value)}" for name, value in changes.items())


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
