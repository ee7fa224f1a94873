"""The sensor that stands in for a monitor that died."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from sensors.monitoring import monitoring_sensor
from tests.dagster_helpers import Project
from videogen.monitoring.alerts.manager import AlertManager
from videogen.monitoring.heartbeat import DEAD_AFTER, beat


def tick(project: Project, cursor: str | None = None) -> tuple[str, str | None]:
    """What the sensor says, and its cursor."""
    resources = {"storage": project.storage}
    with dg.build_sensor_context(instance=project.instance, cursor=cursor, resources=resources) as context:
        skipped: Any = monitoring_sensor(context)
        return skipped.skip_message, context.cursor


@pytest.fixture
def manager(project: Project) -> AlertManager:
    return AlertManager(project.storage.settings.config)


def kinds(manager: AlertManager) -> list[str]:
    return [alert.rule for alert in manager.book().alerts.values()]


def test_without_a_monitor_nothing_is_missed(project: Project, manager: AlertManager) -> None:
    assert tick(project) == ("no monitor is meant to run", None)
    assert kinds(manager) == []


def test_a_monitor_that_lives_is_left_alone(project: Project, manager: AlertManager) -> None:
    manager.folder.mkdir(parents=True)
    beat(manager.folder, time.time())
    assert "last round" in tick(project)[0]
    assert kinds(manager) == []


def test_a_monitor_that_died_is_told_once_and_the_rules_are_evaluated_meanwhile(
    project: Project, manager: AlertManager
) -> None:
    manager.folder.mkdir(parents=True)
    beat(manager.folder, time.time() - DEAD_AFTER - 10)
    said, cursor = tick(project)
    assert "evaluated here" in said
    assert kinds(manager) == ["monitor_silent"]
    assert manager.book().evaluated_at is not None
    tick(project, cursor)
    assert kinds(manager) == ["monitor_silent"]
    # It is still dead for everybody else.
    assert (Path(manager.folder) / "heartbeat").exists()
