"""`videogen monitor`: metrics, alerts and panels as a service, and the alerts by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import print_json, say, show, table, write

if TYPE_CHECKING:
    from videogen.monitoring.alerts.alert import Alert
    from videogen.monitoring.alerts.manager import AlertManager

app = typer.Typer(
    invoke_without_command=True,
    help="What runs, waits and fails: metrics for Prometheus, alerts, panels. Without a command: serve them.",
)
_Who = Annotated[str | None, typer.Option("--as", help="Who does it; none: the user of this session.")]


@app.callback()
def serve(context: typer.Context) -> None:
    """Serve metrics, alerts and panels on 127.0.0.1 (monitoring.port) until Ctrl-C."""
    if context.invoked_subcommand is not None:
        return
    from videogen_dagster import monitor
    from videogen_dagster.home import project_instance

    config = project(context).config
    with monitor.open_door(config.monitoring.port) as door, project_instance() as instance:
        monitor.serve(config, instance, door)


@app.command("status")
def status(context: typer.Context, json: AsJson = False) -> None:
    """Whether everything that a video needs works; ends with 1 if something does not."""
    from resources.runs.observation import dagster_checks
    from videogen.monitoring.service import MonitoringService
    from videogen_dagster.home import project_instance

    with project_instance() as instance:
        found = MonitoringService(project(context).config, checks=dagster_checks(instance)).get_system_health()
    if json:
        print_json(found.model_dump(mode="json"))
    else:
        show(table(("", "state", "found", "what to do"), ((c.name, c.status, c.found, c.remedy) for c in found.checks)))
    raise typer.Exit(1 if found.status == "unhealthy" else 0)


@app.command("rules")
def rules(
    context: typer.Context,
    check: Annotated[Path | None, typer.Option(help="Only try a file of rules, laid over the shipped ones.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write rules, their unit tests and configurations for Prometheus here.")
    ] = None,
    json: AsJson = False,
) -> None:
    """The alert rules; with --out as files for Prometheus, Alertmanager and Grafana."""
    from videogen.config.places import SHIPPED
    from videogen.monitoring.alerts.rules import load_rules

    config = project(context).config
    if check is not None:
        load_rules(SHIPPED / "config" / "alerts.yaml", check)
        say(f"{check} is valid")
        return
    loaded = _manager(context).rules
    if out is not None:
        from videogen.monitoring.files import write_files

        for path in write_files(loaded, config.monitoring.port, out):
            write(path)
        return
    if json:
        print_json(loaded.model_dump(mode="json", by_alias=True, exclude_defaults=True))
        return
    lines = ((n, r.severity, "" if r.enabled else "off", r.only or "", r.summary) for n, r in loaded.rules.items())
    show(table(("rule", "severity", "", "only by", "what"), lines))


@app.command("alerts")
def alerts(
    context: typer.Context,
    everything: Annotated[
        bool, typer.Option("--all", help="Those that ended and those that are pending, too.")
    ] = False,
    notifications: Annotated[
        bool, typer.Option("--notifications", help="Who was told, and what became of it.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Alerts that fire, the latest first."""
    from datetime import UTC, datetime

    from videogen.monitoring.alerts.routing import muted

    manager = _manager(context)
    book = manager.book()
    if notifications:
        notes = list(reversed(book.notifications))
        if json:
            print_json([note.model_dump(mode="json") for note in notes])
        else:
            lines = (
                (f"{n.at:%Y-%m-%d %H:%M:%S}", n.receiver, n.kind, n.outcome, n.error, *n.alerts[:1]) for n in notes
            )
            show(table(("at (UTC)", "receiver", "", "outcome", "why", "alert"), lines))
        return
    kept = (
        [*book.alerts.values(), *book.ended] if everything else [a for a in book.alerts.values() if a.state == "firing"]
    )
    found = sorted(kept, key=lambda alert: alert.active_since, reverse=True)
    if json:
        print_json([alert.model_dump(mode="json") for alert in found])
        return
    now = datetime.now(UTC)
    cells = [_row(alert, muted(manager.rules, book, alert, now) if alert.state == "firing" else "") for alert in found]
    show(table(("id", "since (UTC)", "state", "severity", "rule", "what", "what to do"), cells))
    for silence in book.silences:
        say(f"silenced: {silence.rule} until {silence.until:%Y-%m-%d %H:%M} UTC by {silence.who}: {silence.why}")


@app.command("silence")
def silence(
    context: typer.Context,
    rule: Annotated[str, typer.Argument(help="A rule, or * for all.")],
    duration: Annotated[str, typer.Option("--for", help="e.g. 30m, 2h, 1d")],
    why: Annotated[str, typer.Option(help="For those who wonder.")],
    label: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="Only alerts with this label.")] = None,
    who: _Who = None,
    json: AsJson = False,
) -> None:
    """Notify nobody of a rule for a while; its alerts are still shown."""
    from videogen.errors import InputError
    from videogen.monitoring.metrics.durations import seconds

    try:
        length = seconds(duration)
    except ValueError as error:
        raise InputError(f"--for: {error}", remedy="e.g. --for 2h") from error
    labels = dict(pair.split("=", 1) for pair in label or () if "=" in pair)
    manager = _manager(context)
    made = manager.silence(rule, length, why, _user(who), labels)
    _done(made.model_dump(mode="json"), f"{rule} is silenced until {made.until:%Y-%m-%d %H:%M} UTC", json)
    if not any(made.covers(alert, made.since) for alert in manager.book().alerts.values()):
        say("it covers no alert that is there now")


@app.command("ack")
def acknowledge(context: typer.Context, alert_id: str, who: _Who = None, json: AsJson = False) -> None:
    """Say that you look after an alert: it is neither repeated nor escalated."""
    alert = _manager(context).acknowledge(alert_id, _user(who))
    _done(alert.model_dump(mode="json"), f"{alert.rule} is acknowledged by {alert.acknowledged_by}", json)


@app.command("resolve")
def resolve(context: typer.Context, alert_id: str, who: _Who = None, json: AsJson = False) -> None:
    """End an alert by hand. A rule whose condition is still met fires again."""
    alert = _manager(context).resolve_alert(alert_id, _user(who))
    _done(alert.model_dump(mode="json"), f"{alert.rule} has ended", json)


@app.command("report")
def report(context: typer.Context, alert_id: str, json: AsJson = False) -> None:
    """Write the incident report of an alert: Markdown, and one HTML file."""
    from resources.runs.observation import DagsterSurroundings
    from videogen.monitoring.alerts.manager import AlertManager
    from videogen_dagster.home import project_instance

    config = project(context).config
    with project_instance() as instance:
        manager = AlertManager(config, surroundings=DagsterSurroundings(config, instance))
        incident = manager.generate_incident_report(alert_id)
    if json:
        print_json({"alert": alert_id, "markdown": str(incident.markdown), "html": str(incident.html)})
    else:
        write(incident.html)


def _manager(context: typer.Context) -> AlertManager:
    from videogen.monitoring.alerts.manager import AlertManager

    return AlertManager(project(context).config)


def _user(given: str | None) -> str:
    from getpass import getuser

    return given or getuser()


def _row(alert: Alert, muted: str) -> tuple[str, ...]:
    state = f"acknowledged by {alert.acknowledged_by}" if alert.acknowledged_at else muted or alert.state
    since = f"{alert.fired_at or alert.active_since:%Y-%m-%d %H:%M:%S}"
    return (alert.id, since, state, alert.severity, alert.rule, alert.summary, alert.remedy)


def _done(data: Any, line: str, as_json: bool) -> None:
    if as_json:
        print_json(data)
    else:
        say(line)
