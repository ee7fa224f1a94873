"""One run makes all alerts that wait, most urgent first, and its events say what a person wants to know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from assets.emergency import PLAN, VIDEO, emergency
from assets.partitions import ALERTS
from resources.all import build_resources
from resources.jobs_and_tags import ALONE_TAG, WORKER_TAG
from resources.runs.processes import this_process
from resources.settings import SettingsResource
from tests.videogen.emergency.publishing_helpers import current, settings, take
from videogen.config.config import VideoGenConfig
from videogen.emergency.publishing.check_names import REQUIRED
from videogen.emergency.publishing.production_parts import making
from videogen.storage.warehouse import Warehouse

JOB = "__ephemeral_asset_job__"


def run(
    folder: Path, instance: dg.DagsterInstance, key: str, changes: dict[str, Any] | None = None, **tags: str
) -> dg.ExecuteInProcessResult:
    instance.add_dynamic_partitions(ALERTS.name, [key])
    return dg.materialize(
        [emergency],
        partition_key=key,
        instance=instance,
        resources=build_resources({"settings": SettingsResource(overrides=settings(folder) | (changes or {}))}),
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
        tags=tags,
    )


def at_work(instance: dg.DagsterInstance, process: str) -> None:
    """Another run of the job, on which `process` works."""
    other = "0b5c0f4e-0000-4000-8000-000000000000"
    tags = {WORKER_TAG: f"{other}@{process}"}
    record = dg.DagsterRun(job_name=JOB, run_id=other, status=dg.DagsterRunStatus.STARTED, tags=tags)
    instance.run_storage.add_run(record)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A run launched for the least urgent of four alerts, one of which lacks a place."""
    folder = tmp_path_factory.mktemp("emergency")
    tools = making(VideoGenConfig.load(None, settings(folder)))
    alerts = {
        "minor": current("minor", info={"severity": "Minor"}),
        "extreme": current("extreme", info={"severity": "Extreme"}),
        "lacking": current("lacking", info={"severity": "Moderate", "areas": ()}),
        "severe": current("severe", info={"severity": "Severe"}),
    }
    keys = {name: take(tools, alert).key for name, alert in alerts.items()}
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(folder, instance, keys["minor"])
        names = {key: name for name, key in keys.items()}
        yield SimpleNamespace(result=result, keys=keys, names=names, tools=tools, instance=instance)


def materialized(shared: Any, asset: dg.AssetKey) -> list[tuple[str, dict[str, Any]]]:
    events = [event for event in shared.result.all_events if event.is_step_materialization and event.asset_key == asset]
    return [
        (
            shared.names[event.partition],
            {name: getattr(value, "records", value.value) for name, value in event.materialization.metadata.items()},
        )
        for event in events
    ]


def test_the_most_urgent_is_made_first_whatever_the_run_was_launched_for(shared: Any) -> None:
    assert [name for name, _ in materialized(shared, VIDEO)] == ["extreme", "severe", "minor"]
    published = {name: shared.tools.published.record(key) for name, key in shared.keys.items()}
    assert published.pop("lacking") is None
    times = [published[name].published_at for name in ("extreme", "severe", "minor")]
    assert times == sorted(times)


def test_one_that_is_refused_fails_the_run_with_its_reason_and_keeps_none_of_the_others(shared: Any) -> None:
    assert not shared.result.success
    (failed,) = [event for event in shared.result.all_events if event.is_step_failure]
    text = failed.step_failure_data.user_failure_data.description
    assert shared.keys["lacking"] in text
    assert "the location is missing" in text
    assert shared.tools.manager.register.get(shared.keys["lacking"]).state == "refused"
    told = Warehouse(shared.tools.config.paths.warehouse).query("SELECT kind, severity, problem FROM alerts")
    assert list(told["kind"]) == ["alert_not_published"]
    assert "the location is missing" in told["problem"][0]


def test_every_published_alert_has_a_plan_with_estimates_and_what_was_skipped(shared: Any) -> None:
    plans = dict(materialized(shared, PLAN))
    assert set(plans) == {"extreme", "lacking", "severe", "minor"}
    plan = plans["extreme"]
    assert (plan["template"], plan["rung"], plan["pool"]) == ("flood", "template background", "emergency")
    assert "model background: no video model was given" in plan["skipped"]
    assert [record.data["rung"] for record in plan["estimates"]] == [
        "model background",
        "template background",
        "text card",
    ]
    assert plan["seconds_left"] > 0


def test_a_person_can_look_at_the_video_and_see_how_long_it_took(shared: Any) -> None:
    video = dict(materialized(shared, VIDEO))["extreme"]
    assert video["contact_sheet"].startswith("![Flood in the lower valley](data:image/jpeg;base64,")
    assert Path(video["path"]).name == "alert.mp4"
    assert video["taken_to_published"] > 0
    assert video["sent_to_published"] >= video["taken_to_published"]
    assert video["seconds_rendering"] > 0
    assert video["template_version"] == 2


def test_every_gate_has_an_evaluation_for_each_published_alert(shared: Any) -> None:
    found = {
        (shared.names[evaluation.partition], evaluation.check_name): evaluation.passed
        for evaluation in shared.result.get_asset_check_evaluations()
    }
    assert found == {(name, check): True for name in ("extreme", "severe", "minor") for check in (*REQUIRED, "in_time")}


def test_dagster_knows_which_alerts_have_a_video(shared: Any) -> None:
    made = {shared.names[key] for key in shared.instance.get_materialized_partitions(VIDEO)}
    assert made == {"extreme", "severe", "minor"}


def test_a_run_that_is_to_stay_alone_leaves_the_others_waiting(tmp_path: Path) -> None:
    tools = making(VideoGenConfig.load(None, settings(tmp_path)))
    mine, other = (take(tools, current(name)).key for name in ("mine", "other"))
    with dg.DagsterInstance.ephemeral() as instance:
        assert run(tmp_path, instance, mine, **{ALONE_TAG: "true"}).success
    register = tools.manager.register
    assert (register.get(mine).state, register.get(other).state) == ("published", "taken")


def test_an_alert_that_another_process_has_in_hand_is_left_to_it(tmp_path: Path) -> None:
    tools = making(VideoGenConfig.load(None, settings(tmp_path)))
    mine, other = (take(tools, current(name)) for name in ("mine", "other"))
    tools.manager.hold_for(other)
    with dg.DagsterInstance.ephemeral() as instance:
        at_work(instance, this_process())
        assert run(tmp_path, instance, mine.key).success
    register = tools.manager.register
    assert (register.get(mine.key).state, register.get(other.key).state) == ("published", "taken")


def test_what_a_killed_process_had_in_hand_does_not_wait_for_its_hold_to_end(tmp_path: Path) -> None:
    tools = making(VideoGenConfig.load(None, settings(tmp_path)))
    minor = take(tools, current("minor", info={"severity": "Minor"}))
    extreme = take(tools, current("extreme", info={"severity": "Extreme"}))
    tools.manager.hold_for(extreme)
    host, number, _ = this_process().rsplit(":", 2)
    with dg.DagsterInstance.ephemeral() as instance:
        at_work(instance, f"{host}:{number}:0.00")
        assert run(tmp_path, instance, minor.key).success
    records = [tools.published.record(alert.key) for alert in (extreme, minor)]
    assert all(records)
    assert records[0].published_at < records[1].published_at


def test_a_model_whose_profile_cannot_be_read_costs_the_background_and_not_the_alert(tmp_path: Path) -> None:
    (tmp_path / "models" / "profiles").mkdir(parents=True)
    (tmp_path / "models" / "profiles" / "pib-mini.yaml").write_text("family: [", encoding="utf-8")
    tools = making(VideoGenConfig.load(None, settings(tmp_path)))
    key = take(tools, current("flood")).key
    changes = {"emergency.emergency_use_templates": False, "paths.models": str(tmp_path / "models")}
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(tmp_path, instance, key, changes)
    assert result.success
    published = tools.published.record(key)
    assert published is not None
