"""`videogen worker`: this machine makes runs of a fleet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videogen_dagster.commands.common import project


def worker(
    context: typer.Context,
    queue: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[=PLACES]", help="gpu, cpu or emergency, and how many at once. May be repeated."),
    ] = None,
    inbox: Annotated[bool, typer.Option(help="Take what people drop into this machine's inbox.")] = True,
) -> None:
    """Make runs from the fleet's queues, one of each at a time, until Ctrl-C; what is under way goes on elsewhere."""
    import os
    import sys

    from videogen.config.places import configuration_file
    from videogen.errors import ConfigError
    from videogen.fleet.addresses import QUEUE_VARIABLE, address
    from videogen.fleet.queues import places_of
    from videogen.fleet.software import software_version
    from videogen_dagster.fleet.facts import check_shared_places
    from videogen_dagster.fleet.queue import check_queue
    from videogen_dagster.home import project_instance
    from videogen_dagster.output import say
    from videogen_dagster.ui.processes import Service, Supervisor, stop_on_signals

    places = places_of(queue or [])
    shared = project(context)
    shared.config  # noqa: B018  # settings that are not valid are refused here, not by each process
    if shared.config_path is not None:
        os.environ["VIDEOGEN_CONFIG"] = str(configuration_file(Path(shared.config_path)).absolute())
    check_queue(address(QUEUE_VARIABLE))
    with project_instance() as instance:
        if not hasattr(instance.run_launcher, "queue_limits"):
            raise ConfigError(
                "this home launches runs on the daemon's own machine", remedy="videogen home init --postgres --fleet"
            )
        check_shared_places(instance)
    module = [sys.executable, "-m"]
    services = [
        Service(f"worker of {name}", [*module, "videogen_dagster.fleet.worker", str(name), str(number)])
        for name, number in places.items()
    ]
    if inbox:
        services.append(Service("inbox", [*module, "videogen_dagster.fleet.inbox"]))
    taken = ", ".join(f"{number} of {name}" for name, number in places.items())
    config = shared.config
    say(f"{config.path(config.paths.published)} must be the same file system on every machine; `videogen doctor` looks")
    say(f"runs at once: {taken}; software {software_version()}; Ctrl-C ends it")
    Supervisor(services).run(stop_on_signals())
