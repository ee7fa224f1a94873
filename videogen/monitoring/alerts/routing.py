"""Who is told of which alert, and when: grouping, repeating, escalation, silences, inhibition, quiet hours. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from videogen.monitoring.alerts.alert import Alert, AlertBook
from videogen.monitoring.alerts.rules import AlertConfig, Escalation, QuietHours, Route

Kind = Literal["firing", "repeated", "escalated", "resolved"]


@dataclass(frozen=True)
class Due:
    """One message that is due: alerts of one group, to one receiver."""

    receiver: str
    kind: Kind
    alerts: tuple[Alert, ...]


def route_of(config: AlertConfig, alert: Alert) -> Route | None:
    """The first route that takes the alert."""
    return next((route for route in config.routes if route.matches(alert.rule, alert.severity)), None)


def muted(config: AlertConfig, book: AlertBook, alert: Alert, now: datetime) -> str:
    """Why nobody is told of an alert now; empty: somebody is."""
    for silence in book.silences:
        if silence.covers(alert, now):
            return f"silenced by {silence.who} until {silence.until:%Y-%m-%d %H:%M} UTC: {silence.why}"
    for other in book.alerts.values():
        rule = config.rules.get(other.rule)
        if other.state == "firing" and rule is not None and alert.rule in rule.inhibits:
            return f"{other.rule} fires, and explains it"
    route = route_of(config, alert)
    if route is not None and route.quiet is not None and alert.severity != "critical" and _is_quiet(route.quiet, now):
        return f"quiet hours until {route.quiet.end}"
    return ""


def due(config: AlertConfig, book: AlertBook, now: datetime) -> list[Due]:
    """The messages that are due now."""
    found: dict[tuple[str, Kind, Route, tuple[str, ...]], list[Alert]] = defaultdict(list)
    for alert in (*book.alerts.values(), *book.ended):
        route = route_of(config, alert)
        if route is None:
            continue
        group = tuple(alert.rule if name == "rule" else alert.labels.get(name, "") for name in route.group_by)
        for kind, receiver in _wanted(config, book, alert, route, now):
            found[receiver, kind, route, group].append(alert)
    return [Due(receiver, kind, tuple(alerts)) for (receiver, kind, _, _), alerts in found.items()]


def told(config: AlertConfig, messages: Iterable[Due], now: datetime) -> None:
    """Note in the alerts that these messages are on their way."""
    for message in messages:
        for alert in message.alerts:
            if message.kind == "resolved":
                alert.told_resolved = True
            elif message.kind == "escalated":
                route = route_of(config, alert)
                alert.escalated = len(_passed(route, alert, now)) if route else alert.escalated
            else:
                alert.notified_at = now


def _wanted(
    config: AlertConfig, book: AlertBook, alert: Alert, route: Route, now: datetime
) -> Iterable[tuple[Kind, str]]:
    """(kind, receiver) of what is due for one alert."""
    if alert.state == "resolved":
        if _tells_its_end(config, alert, now):
            yield from (("resolved", name) for name in route.to if config.receivers[name].resolved)
        return
    if alert.state != "firing" or alert.fired_at is None or muted(config, book, alert, now):
        return
    if alert.notified_at is None:
        if now >= alert.fired_at + timedelta(seconds=route.group_wait):
            yield from (("firing", name) for name in route.to)
        return
    if alert.acknowledged_at is not None:
        return
    if route.repeat and now >= alert.notified_at + timedelta(seconds=route.repeat):
        yield from (("repeated", name) for name in route.to)
    for step in _passed(route, alert, now)[alert.escalated :]:
        yield from (("escalated", name) for name in step.to)


def _passed(route: Route, alert: Alert, now: datetime) -> list[Escalation]:
    """Steps of escalation whose time has come."""
    since = alert.fired_at or now
    steps = sorted(route.escalate, key=lambda step: step.after)
    return [step for step in steps if now >= since + timedelta(seconds=step.after)]


def _tells_its_end(config: AlertConfig, alert: Alert, now: datetime) -> bool:
    """Whether its end is told: only where its beginning was; one that comes and goes must have stayed away."""
    if alert.told_resolved or alert.notified_at is None or alert.resolved_at is None:
        return False
    return not alert.reopened or now >= alert.resolved_at + timedelta(seconds=config.reopen)


def _is_quiet(quiet: QuietHours, now: datetime) -> bool:
    clock = f"{now.astimezone(ZoneInfo(quiet.zone)):%H:%M}"
    if quiet.start <= quiet.end:
        return quiet.start <= clock < quiet.end
    return clock >= quiet.start or clock < quiet.end
