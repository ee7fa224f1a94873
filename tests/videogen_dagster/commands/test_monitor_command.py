"""`videogen monitor` by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.videogen.monitoring.alerts_helpers import config_in
from videogen.errors import ConfigError, InputError
from videogen.monitoring.alerts.manager import AlertManager
from videogen_dagster.cli import app


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AlertManager:
    config = config_in(tmp_path)
    (tmp_path / "config.yaml").write_text(config.to_yaml(), encoding="utf-8")
    monkeypatch.setenv("VIDEOGEN_CONFIG", str(tmp_path / "config.yaml"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    return AlertManager(config)


def videogen(*arguments: str) -> tuple[int, str]:
    """Exit code and stdout of `videogen monitor …`; errors of the project are raised."""
    done = CliRunner().invoke(app, ["monitor", *arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


def test_an_alert_is_listed_acknowledged_ended_and_reported(manager: AlertManager) -> None:
    alert = manager.trigger_alert("release_refused", {"problem": "the label is missing", "remedy": "make it again"})
    assert alert.id in videogen("alerts")[1]
    (listed,) = json.loads(videogen("alerts", "--json")[1])
    assert listed["summary"] == "the label is missing"
    assert json.loads(videogen("ack", alert.id, "--as", "ada", "--json")[1])["acknowledged_by"] == "ada"
    code, out = videogen("report", alert.id)
    assert code == 0
    assert "the label is missing" in Path(out.strip()).read_text(encoding="utf-8")
    assert json.loads(videogen("resolve", alert.id, "--json")[1])["state"] == "resolved"
    assert json.loads(videogen("alerts", "--json")[1]) == []
    assert [one["id"] for one in json.loads(videogen("alerts", "--all", "--json")[1])] == [alert.id]
    with pytest.raises(InputError, match="no alert has the id"):
        videogen("ack", "20261130T000000-abcdef")


def test_a_rule_is_silenced_for_a_while_with_a_reason(manager: AlertManager) -> None:
    code, out = videogen("silence", "RunHangs", "--for", "2h", "--why", "a new disk", "--as", "ada", "--json")
    assert code == 0
    assert json.loads(out)["why"] == "a new disk"
    assert [silence.rule for silence in manager.book().silences] == ["RunHangs"]
    with pytest.raises(InputError, match="not a duration"):
        videogen("silence", "RunHangs", "--for", "soon", "--why", "x")


def test_rules_are_listed_and_a_file_is_tried(manager: AlertManager, tmp_path: Path) -> None:
    assert "RunCrashed" in json.loads(videogen("rules", "--json")[1])["rules"]
    own = tmp_path / "own.yaml"
    own.write_text("rules: {RunHangs: {query: {metric: videogen_run_hangs}}}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="RunHangs"):
        videogen("rules", "--check", str(own))


def test_the_state_of_the_system_is_printed_with_what_to_do(manager: AlertManager) -> None:
    code, out = videogen("status", "--json")
    found = json.loads(out)
    checks = {check["name"]: check for check in found["checks"]}
    assert code == (1 if found["status"] == "unhealthy" else 0)
    assert checks["store"]["status"] == "healthy"
    assert checks["monitor"]["found"].startswith("no monitor runs")
    assert {"daemon", "queue", "disk", "model", "encoder", "certificate", "clock"} <= set(checks)
