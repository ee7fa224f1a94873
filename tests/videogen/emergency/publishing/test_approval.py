"""An alert waits for people only where a setting says so; then for those who approved this very message."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dagster_helpers import places
from tests.videogen.emergency.sample_alerts import NOW, alert
from videogen.config.config import VideoGenConfig
from videogen.emergency.alerts.register import AlertRegister
from videogen.emergency.publishing.approval import alert_subject, check_approved
from videogen.errors import ReleaseError
from videogen.release.people.people import People


@pytest.fixture
def register(tmp_path: Path) -> AlertRegister:
    return AlertRegister(str(tmp_path / "alerts"))


def config(folder: Path, needed: int) -> VideoGenConfig:
    settings = {"release.approvals_of_alerts": needed, "release.identity": "authenticated"}
    return VideoGenConfig.load(None, places(folder) | settings)


def test_by_default_an_alert_waits_for_nobody(register: AlertRegister, tmp_path: Path) -> None:
    key = register.take(alert(), original=b"<alert/>", origin="test", now=NOW).registered.key
    check_approved(config(tmp_path, 0), register, key)


def test_where_asked_for_a_checker_approves_the_message_as_it_came_in(register: AlertRegister, tmp_path: Path) -> None:
    key = register.take(alert(), original=b"<alert/>", origin="test", now=NOW).registered.key
    settings = config(tmp_path, 1)
    with pytest.raises(ReleaseError, match="the alert waits: 0 of 1 approvals"):
        check_approved(settings, register, key)
    assert register.get(key).state == "taken", "it can be tried again"
    people = People.of(settings)
    checker = people.vouched_for("ben", "proxy", ["checker"])
    assert checker is not None
    people.record(checker, "approve", alert_subject(register, key))
    check_approved(settings, register, key)
    people.record(checker, "hold", alert_subject(register, key))
    with pytest.raises(ReleaseError, match="held by ben"):
        check_approved(settings, register, key)
