"""Rules and an installation of a test's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.dagster_helpers import places
from videogen.config.config import VideoGenConfig
from videogen.monitoring.alerts.manager import AlertManager
from videogen.monitoring.metrics.instruments import Sample

START = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
RULE: dict[str, Any] = {
    "query": {"metric": "videogen_host_load_ratio"},
    "above": 10,
    "summary": "The load is {value}",
    "remedy": "do something about it",
}


def config_in(folder: Path, **changes: Any) -> VideoGenConfig:
    """A configuration whose places are below a folder; dotted names have __ for a dot."""
    return VideoGenConfig.load(None, places(folder) | {name.replace("__", "."): v for name, v in changes.items()})


def manager_in(folder: Path, **given: Any) -> AlertManager:
    """A manager with one rule, `LoadHigh`; fields of the rule, or receivers, routes and the like of the file.

    All shipped rules are off.
    """
    manager = AlertManager(config_in(folder))
    file: dict[str, Any] = {
        key: given.pop(key) for key in ("receivers", "routes", "rules", "reopen", "raised_for") if key in given
    }
    off = {name: {"enabled": False} for name in manager.rules.rules}
    rules = {**off, "LoadHigh": RULE | given, **file.pop("rules", {})}
    manager.configure({"rules": rules, **file})
    return manager


def load(value: float) -> list[Sample]:
    return [Sample("videogen_host_load_ratio", (), value)]


def replay(
    manager: AlertManager, values: Callable[[int], float], rounds: int, step: float = 15.0, start: datetime = START
) -> list[datetime]:
    """Evaluate and notify round by round, waiting for every delivery; returns the times at which the rule fired."""
    fired = []
    for index in range(rounds):
        now = start + timedelta(seconds=index * step)
        if manager.check_thresholds(load(values(index)), now):
            fired.append(now)
        for delivery in manager.notify(now):
            delivery.result(30)
    return fired


def messages(manager: AlertManager) -> list[tuple[str, str]]:
    """(kind, receiver) of every message so far."""
    return [(note.kind, note.receiver) for note in manager.book().notifications]


def only(mapping: Mapping[str, Any]) -> Any:
    (value,) = mapping.values()
    return value
