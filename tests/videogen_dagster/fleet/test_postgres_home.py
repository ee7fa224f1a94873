"""Dagster's home in a real Postgres."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
import yaml

from deploy.local.servers import Server
from tests.dagster_helpers import Project, places
from tests.videogen_dagster.front import Answer
from videogen.errors import ConfigError, StorageError
from videogen.fleet.addresses import POSTGRES_VARIABLE, address, without_password
from videogen_dagster.fleet.shared_home import check_postgres, shared_home, write_home
from videogen_dagster.home import project_instance

Postgres = tuple[Server, str]


@pytest.fixture
def home(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster_home"))
    monkeypatch.setenv("VIDEOGEN_CONFIG", "")
    monkeypatch.setenv(POSTGRES_VARIABLE, postgres[1])
    return tmp_path / "dagster_home"


@pytest.fixture
def videogen(
    home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Answer]:
    from videogen.config.config import VideoGenConfig
    from videogen_dagster import cli

    config = tmp_path / "config.yaml"
    config.write_text(VideoGenConfig.load(None, places(tmp_path)).to_yaml(), encoding="utf-8")

    def run(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["videogen", "--config", str(config), *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capfd.readouterr()
        return Answer(int(ended.value.code or 0), captured.out, captured.err)

    return run


def test_a_home_in_postgres_is_made_by_one_command_and_holds_runs_and_partitions(
    videogen: Callable[..., Answer], home: Path, postgres: Postgres
) -> None:
    made = videogen("home", "init", "--postgres")

    assert made.code == 0, made.err
    text = (home / "dagster.yaml").read_text()
    password = postgres[1].split(":")[2].partition("@")[0]
    assert password not in text + made.err
    assert yaml.safe_load(text)["storage"] == {"postgres": {"postgres_url": {"env": POSTGRES_VARIABLE}}}

    with project_instance() as instance:
        Project(places(home.parent), instance).submit("A red bus in a city street")
        assert type(instance.run_storage).__module__.startswith("dagster_postgres")
        assert len(instance.get_dynamic_partitions("videos")) == 1
        assert instance.event_log_storage.supports_global_concurrency_limits
    listed = videogen("status", "--json")
    assert listed.code == 0
    assert '"waiting"' in listed.out
    assert not list(home.rglob("*.db")), "nothing of it may lie in SQLite files"


def test_a_job_runs_in_a_home_in_postgres(home: Path, tmp_path: Path) -> None:
    write_home(home, shared_home(postgres=True, fleet=False), replace=False)
    with project_instance() as instance:
        project = Project(places(tmp_path), instance)
        (video_id,) = project.submit("A red bus in a city street")
        from videogen_dagster.definitions import build_defs

        defs = build_defs(resource_overrides=project.resources)
        done = defs.resolve_job_def("monitoring_rollup").execute_in_process(
            instance=instance, partition_key="2026-11-20", raise_on_error=False
        )
        assert done.success
        assert instance.get_run_by_id(done.run_id).status is dg.DagsterRunStatus.SUCCESS
        assert video_id in instance.get_dynamic_partitions("videos")


def test_a_home_that_was_changed_by_hand_is_not_overwritten(home: Path) -> None:
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")

    with pytest.raises(ConfigError, match="differs"):
        write_home(home, shared_home(postgres=True, fleet=False), replace=False)
    write_home(home, shared_home(postgres=True, fleet=False), replace=True)

    assert (home / "dagster.yaml.before").read_text() == "telemetry: {enabled: false}\n"


def test_wrong_password_missing_database_and_dead_server_are_told_apart(
    home: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres[1]
    password = url.split(":")[2].partition("@")[0]
    monkeypatch.setenv(POSTGRES_VARIABLE, url.replace(password, "secret-word"))
    with pytest.raises(StorageError, match="password") as wrong:
        check_postgres()
    assert "secret-word" not in str(wrong.value)
    assert "correct user and password" in wrong.value.remedy

    monkeypatch.setenv(POSTGRES_VARIABLE, url.removesuffix("videogen") + "other")
    with pytest.raises(StorageError, match="does not exist") as missing:
        check_postgres()
    assert "createdb" in missing.value.remedy

    monkeypatch.setenv(POSTGRES_VARIABLE, "postgresql://videogen:x@127.0.0.1:1/videogen")
    with pytest.raises(StorageError, match="refused") as dead:
        check_postgres()
    assert "start the server" in dead.value.remedy


def test_the_home_says_which_variable_is_missing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_home(home, shared_home(postgres=True, fleet=False), replace=False)
    monkeypatch.delenv(POSTGRES_VARIABLE)
    with pytest.raises(ConfigError, match=POSTGRES_VARIABLE):
        project_instance()
    monkeypatch.setenv(POSTGRES_VARIABLE, "mysql://u:p@h/d")
    with pytest.raises(ConfigError, match="mysql"):
        address(POSTGRES_VARIABLE)


def test_an_address_is_shown_without_its_password() -> None:
    assert without_password("redis://:geheim@queue:6379/0") == "redis://:…@queue:6379/0"
    assert without_password("postgresql://db/videogen") == "postgresql://db/videogen"


def test_a_fleet_takes_its_limits_from_the_workers_not_from_the_file() -> None:
    settings = yaml.safe_load(shared_home(postgres=True, fleet=True))

    assert "runs" not in settings["concurrency"]
    assert settings["run_launcher"]["class"] == "FleetRunLauncher"
    assert os.environ.get("VIDEOGEN_QUEUE_URL") not in settings["run_launcher"]["config"].values()
