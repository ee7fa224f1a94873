"""`videogen ui`: Dagster's pages behind the guard, with the code server and the daemon."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videogen_dagster.commands.common import project

if TYPE_CHECKING:
    import dagster as dg

    from videogen_dagster.ui.processes import Service


def ui(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535, help="On 127.0.0.1.")] = 3000,
    origin: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="Where else the pages are opened: your proxy's address. May be repeated."),
    ] = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="To look only: nothing can be launched, and no daemon is started.")
    ] = False,
) -> None:
    """Pages, daemon and monitor, until Ctrl-C. Other web pages can neither start nor change anything in them."""
    import os
    from tempfile import TemporaryDirectory

    from videogen.config.places import configuration_file
    from videogen_dagster.home import project_instance
    from videogen_dagster.ui.guard import Origins
    from videogen_dagster.ui.processes import Supervisor, stop_on_signals

    shared = project(context)
    shared.config  # noqa: B018  # settings that are not valid are refused here, not by each process
    if shared.config_path is not None:
        os.environ["VIDEOGEN_CONFIG"] = str(configuration_file(shared.config_path).absolute())
    extra = tuple(origin or ())
    Origins.of(port, extra)
    stop = stop_on_signals()
    with _listening(port) as door, project_instance() as instance, TemporaryDirectory(prefix="videogen-ui-") as folder:
        services = _services(instance, Path(folder), door, port, extra, read_only)
        if not read_only and shared.config.monitoring.enabled:
            _tell_where_runs_are(shared.config.monitoring.dagster_url, port)
            services += _monitor(shared.config.monitoring.port)
        _tell_of_desk(shared.config.desk.port, shared.config.desk.base_url)
        Supervisor(services).run(stop)


def _monitor(port: int) -> list[Service]:
    """The monitor, unless something else, perhaps another monitor, has its port."""
    import sys

    from videogen.errors import InputError
    from videogen_dagster.monitor import open_door
    from videogen_dagster.output import say
    from videogen_dagster.ui.processes import Service

    try:
        open_door(port).close()
    except InputError as error:
        say(f"the monitor is not started: {error}")
        return []
    return [Service("monitor", [sys.executable, "-m", "videogen_dagster.cli", "monitor"])]


def _tell_where_runs_are(configured: str, port: int) -> None:
    """Let the monitor's messages and reports lead to these pages, unless a setting names others."""
    import os

    from videogen.config.environment import variable_of
    from videogen.config.groups.monitoring import MonitoringSettings

    if configured == MonitoringSettings().dagster_url:
        os.environ[variable_of("monitoring", "dagster_url")] = f"http://127.0.0.1:{port}"


def _tell_of_desk(port: int, base: str) -> None:
    """Say where the review desk is, if it runs on this machine."""
    from videogen_dagster.output import say

    with socket.socket() as knock:
        knock.settimeout(0.2)
        if knock.connect_ex(("127.0.0.1", port)) == 0:
            say(f"the review desk is at {base or f'http://127.0.0.1:{port}'}")


def _listening(port: int) -> socket.socket:
    """The port, open from now on: browsers wait while the webserver starts, also when it is started again."""
    from videogen.errors import InputError

    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind(("127.0.0.1", port))
        door.listen(128)
    except OSError as error:
        door.close()
        raise InputError(
            f"port {port} cannot be used: {error.strerror or error}",
            remedy="take another one, --port 3001, or end what uses it",
        ) from error
    return door


def _services(
    instance: dg.DagsterInstance,
    folder: Path,
    door: socket.socket,
    port: int,
    origins: tuple[str, ...],
    read_only: bool,
) -> list[Service]:
    """Code server, webserver and daemon; the code server is reached through a socket in `folder` only."""
    import sys

    import yaml
    from dagster_shared.serdes import serialize_value

    from resources.dagster_internals import DAEMON_MODULE
    from videogen.config.places import SHIPPED, home
    from videogen_dagster.ui.processes import Service
    from videogen_dagster.ui.server import Serving

    stated = yaml.safe_load((SHIPPED / "workspace.yaml").read_text(encoding="utf-8"))
    code = stated["load_from"][0]["python_module"]
    code_socket, workspace = folder / "code.sock", folder / "workspace.yaml"
    location = {"location_name": code["location_name"], "socket": str(code_socket)}
    workspace.write_text(yaml.safe_dump({"load_from": [{"grpc_server": location}]}), encoding="utf-8")
    dagster = [sys.executable, "-m"]
    code_server = Service(
        "code server",
        [
            *(*dagster, "dagster", "code-server", "start", "--socket", str(code_socket)),
            *("--location-name", code["location_name"], "--module-name", code["module_name"]),
            *("--working-directory", str(home()), "--log-level", "warning"),
            *("--inject-env-vars-from-instance", "--instance-ref", serialize_value(instance.get_ref())),
        ],
        makes=code_socket,
        inner="grpc",
    )
    serving = Serving(
        descriptor=door.fileno(), port=port, workspace=workspace, origins=origins, read_only=read_only
    ).model_dump_json()
    webserver = Service(
        "webserver",
        [*dagster, "videogen_dagster.ui.server", serving],
        descriptors=(door.fileno(),),
        after=code_socket,
    )
    daemon = Service("daemon", [*dagster, DAEMON_MODULE, "run", "-w", str(workspace)], after=code_socket)
    return [code_server, webserver] if read_only else [code_server, webserver, daemon]
