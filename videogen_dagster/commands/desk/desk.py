"""`videogen desk`: the review desk."""

from __future__ import annotations

from typing import Annotated

import typer

from videogen_dagster.commands.common import project


def desk(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="On 127.0.0.1; none: desk.port.")] = None,
) -> None:
    """The review desk: ask for videos, check, approve, publish, in a browser. Until Ctrl-C."""
    import logging

    from videogen_dagster.desk.serving import serve

    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s", level=logging.WARNING)
    shared = project(context)
    serve(shared, port or shared.config.desk.port)
