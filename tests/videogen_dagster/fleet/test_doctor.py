"""`videogen doctor`, `videogen worker` and the inbox of a machine without a daemon."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.servers import Server
from tests.dagster_helpers import places
from tests.videogen.emergency.sample_alerts import alert
from tests.videogen_dagster.front import Answer
from videogen.config.config import VideoGenConfig
from videogen.emergency.cap.writer import write_alert
from videogen.fleet.addresses import POSTGRES_VARIABLE, QUEUE_VARIABLE
from videogen.fleet.beats import Beat, FleetBoard
from videogen.fleet.queues import Queue
from videogen.fleet.software import software_version
from videogen_dagster.fleet.shared_home import shared_home, write_home

Served = tuple[Server, str]


@pytest.fixture
def videogen(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Answer]:
    from videogen_dagster import cli

    config = tmp_path / "config.yaml"
    signing = {"release.development_folder": str(tmp_path / "signing"), "paths.published": str(tmp_path / "published")}
    config.write_text(VideoGenConfig.load(None, places(tmp_path) | signing).to_yaml(), encoding="utf-8")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster_home"))
    monkeypatch.setenv("VIDEOGEN_CONFIG", str(config))

    def run(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["videogen", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capfd.readouterr()
        return Answer(int(ended.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def fleet_home(postgres: Served, redis: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FleetBoard:
    monkeypatch.setenv(POSTGRES_VARIABLE, postgres[1])
    monkeypatch.setenv(QUEUE_VARIABLE, redis[1])
    write_home(tmp_path / "dagster_home", shared_home(postgres=True, fleet=True), replace=False)
    return FleetBoard(redis[1])


def test_one_machine_is_well_without_a_queue(videogen: Callable[..., Answer]) -> None:
    done = videogen("doctor", "--json")

    assert done.code == 0, done.err
    states = {one["name"]: one["state"] for one in done.data}
    assert states == {"store": "well", "warehouse": "well", "database": "well", "queue": "well"}


def test_a_fleet_without_workers_is_told_what_to_start(videogen: Callable[..., Answer], fleet_home: FleetBoard) -> None:
    done = videogen("doctor", "--json")
    fleet_home.close()

    assert done.code == 1
    found = {one["name"]: one for one in json.loads(done.out)}
    assert found["database"]["state"] == "well"
    assert "…@" in found["database"]["found"], "no password"
    assert found["queue gpu"]["remedy"] == "start one on a machine: videogen worker --queue gpu"
    assert found["clocks"]["state"] == "well"


def test_a_fleet_with_a_stranger_is_told_both_versions(videogen: Callable[..., Answer], fleet_home: FleetBoard) -> None:
    stranger = Beat(
        worker="gpu@old", machine="old", queue=Queue.GPU, places=1, runs=(), version="0.0.1+other", pid=1
    )  # fmt: skip
    fleet_home.put(stranger, 60)
    try:
        done = videogen("doctor")
    finally:
        fleet_home.remove("gpu@old")
        fleet_home.close()

    assert done.code == 1
    assert "0.0.1+other" in done.out.replace("\n", "")
    assert software_version()[:8] in done.out.replace("\n", "")


def test_a_worker_needs_a_home_of_a_fleet_and_a_queue_that_there_is(
    videogen: Callable[..., Answer], fleet_home: FleetBoard, tmp_path: Path
) -> None:
    fleet_home.close()
    unknown = videogen("worker", "--queue", "gpuu")
    assert unknown.code == 2
    assert "did you mean gpu" in unknown.err

    write_home(tmp_path / "dagster_home", shared_home(postgres=True, fleet=False), replace=True)
    alone = videogen("worker")
    assert alone.code == 2
    assert "videogen home init --postgres --fleet" in alone.err


def test_a_machine_without_a_daemon_takes_what_is_dropped_there(tmp_path: Path) -> None:
    from resources.settings import SettingsResource
    from resources.storage import StorageResource
    from videogen_dagster.fleet.inbox import look

    storage = StorageResource(settings=SettingsResource(overrides=places(tmp_path)))
    inbox = Path(storage.settings.config.paths.inbox)
    (inbox / "alerts").mkdir(parents=True)
    (inbox / "alerts" / "flood.xml").write_bytes(write_alert(alert()))

    keys, ids = look(storage)

    assert ids == []
    assert [one.key for one in storage.alerts.unfinished()] in ([], keys)
    assert keys == storage.alerts.keys()
    assert (inbox / "alerts" / "accepted" / "flood.xml").exists()
