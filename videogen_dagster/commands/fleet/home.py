"""`videogen home`: the folder and the databases of Dagster."""

from __future__ import annotations

from typing import Annotated

import typer

from videogen_dagster.output import say, stdout_kept_clean

app = typer.Typer(no_args_is_help=True, help="Dagster's home: its settings and its databases.")


@app.command()
def init(
    postgres: Annotated[
        bool, typer.Option("--postgres", help="Runs and events in the Postgres that DAGSTER_POSTGRES_URL names.")
    ] = False,
    fleet: Annotated[
        bool, typer.Option("--fleet", help="Runs on workers, by the Redis that VIDEOGEN_QUEUE_URL names.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a dagster.yaml that was changed.")] = False,
) -> None:
    """Write dagster.yaml for one machine or several, and prepare the databases. Passwords stay in the environment."""
    from videogen.errors import ConfigError
    from videogen.fleet.addresses import QUEUE_VARIABLE, address, without_password
    from videogen_dagster.fleet.shared_home import check_postgres, shared_home, write_home
    from videogen_dagster.home import home_folder, project_instance

    if fleet and not postgres:
        raise ConfigError(
            "workers on several machines need a database that all of them reach",
            remedy="videogen home init --postgres --fleet",
        )
    database = check_postgres() if postgres else "SQLite"
    if fleet:
        from videogen_dagster.fleet.queue import check_queue

        check_queue(address(QUEUE_VARIABLE))
    path = write_home(home_folder(), shared_home(postgres=postgres, fleet=fleet), replace=replace)
    with stdout_kept_clean(), project_instance():
        pass
    queue = f", queue {without_password(address(QUEUE_VARIABLE))}" if fleet else ""
    say(f"{path} is ready: database {database}{queue}")


@app.command()
def upgrade() -> None:
    """Bring the databases of an earlier version of Dagster up to date; stop the daemon and the workers before."""
    from videogen_dagster.home import home_errors, project_instance

    with stdout_kept_clean(), home_errors(), project_instance() as instance:
        instance.upgrade(say)
    say("the databases are up to date")
