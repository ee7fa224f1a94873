"""Rounds of the exporter: sources that fail or hang, restarts, the page, own metrics."""

from __future__ import annotations

import json
import re
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse
from starlette.testclient import TestClient

from tests.videogen.monitoring.alerts_helpers import config_in
from videogen.errors import InputError, StorageError
from videogen.monitoring.collector import Collected, MetricsCollector
from videogen.monitoring.exporter import Exporter
from videogen.monitoring.health import HealthCheck, SystemHealth, system_health
from videogen.monitoring.heartbeat import heartbeat_age
from videogen.monitoring.metrics.instruments import Update
from videogen.monitoring.metrics.samples_table import SamplesTable
from videogen.monitoring.page import monitor_app
from videogen.monitoring.service import MonitoringService
from videogen.storage.warehouse import Warehouse

WELL = SystemHealth(
    status="healthy", checked_at=datetime.now(UTC), checks=(HealthCheck(name="disk", status="healthy", found="<fine>"),)
)


def values(exporter: Exporter) -> dict[str, float]:
    """Samples of the exposition: name and values of labels → value."""
    families = parse(exporter.exposition().decode())
    return {" ".join([s.name, *s.labels.values()]): s.value for family in families for s in family.samples}


@pytest.fixture
def exporter(tmp_path: Path) -> Any:
    made = Exporter(config_in(tmp_path))
    yield made
    made.close()


def test_what_happened_before_the_first_round_is_added_in_the_second(tmp_path: Path, exporter: Exporter) -> None:
    MonitoringService(exporter.config).record_metric("videogen_denoise_steps_total", 20)
    exporter.round()
    assert values(exporter)["videogen_denoise_steps_total"] == 0.0
    exporter.round()
    assert values(exporter)["videogen_denoise_steps_total"] == 20.0


def test_numbers_recorded_while_no_monitor_ran_count_once(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    service = MonitoringService(config)
    for _ in range(2):
        service.record_metric("videogen_denoise_steps_total", 20)
        exporter = Exporter(config)
        exporter.round()
        exporter.round()
        assert values(exporter)["videogen_denoise_steps_total"] == 20.0
        exporter.close()


def test_a_source_that_fails_is_shown_and_the_others_go_on(tmp_path: Path) -> None:
    def broken() -> Collected:
        raise StorageError("the database is gone", remedy="bring it back")

    exporter = Exporter(config_in(tmp_path), {"dagster": lambda state: broken})
    exporter.round()
    found = values(exporter)
    assert found["videogen_exporter_collect_success dagster"] == 0.0
    assert found["videogen_exporter_collect_success host"] == 1.0
    assert found["videogen_host_memory_size_bytes"] > 0
    assert "the database is gone" in exporter.collector.problems["dagster"]
    exporter.close()


def test_a_source_that_hangs_holds_nothing_up_and_is_taken_over_when_it_answers(monkeypatch: Any) -> None:
    monkeypatch.setattr("videogen.monitoring.collector.PATIENCE", 0.2)
    release = threading.Event()

    def slow() -> Collected:
        release.wait(30)
        return Collected([Update("videogen_inbox_files", 3.0)])

    collector = MetricsCollector(lambda *_: None, {"stores": slow, "host": lambda: Collected([])})
    clock = time.monotonic()
    collector.collect_performance_metrics()
    assert time.monotonic() - clock < 25
    assert "goes on" in collector.problems["stores"]
    release.set()
    for _ in range(50):
        samples = {sample.name: sample.value for sample in collector.collect_performance_metrics()}
        if "stores" not in collector.problems:
            break
    assert samples["videogen_inbox_files"] == 3.0
    collector.close()


def test_each_source_is_timed_by_itself() -> None:
    def slow() -> Collected:
        time.sleep(0.3)
        return Collected([])

    collector = MetricsCollector(lambda *_: None, {"stores": slow, "host": lambda: Collected([])})
    collector.collect_performance_metrics()
    took = {
        dict(sample.labels)["collector"]: sample.value
        for sample in collector.collect_performance_metrics()
        if sample.name == "videogen_exporter_collect_seconds"
    }
    assert took["stores"] >= 0.3 > took["host"]
    collector.close()


def test_only_one_monitor_works_on_a_folder(tmp_path: Path, exporter: Exporter) -> None:
    with pytest.raises(StorageError, match="another monitor works on"):
        Exporter(exporter.config)


def test_the_heartbeat_says_that_it_lives_and_is_taken_away_at_a_good_end(tmp_path: Path) -> None:
    exporter = Exporter(config_in(tmp_path))
    assert heartbeat_age(exporter.folder) is None
    exporter.round()
    age = heartbeat_age(exporter.folder)
    assert age is not None
    assert age < 60
    exporter.close()
    assert heartbeat_age(exporter.folder) is None


def test_a_component_adds_metrics_from_its_own_process(tmp_path: Path, exporter: Exporter) -> None:
    service = MonitoringService(exporter.config)
    shown = {"name": "videogen_captions_shown_total", "kind": "counter", "help": "Captions",
             "labels": {"language": ["en", "fr"]}}  # fmt: skip
    service.register_metrics("captions", [shown])
    service.record_metric("videogen_captions_shown_total", 2, language="fr")
    exporter.round()
    exporter.round()
    assert values(exporter)["videogen_captions_shown_total fr"] == 2.0
    with pytest.raises(InputError, match="must begin with videogen_captions_"):
        service.register_metrics("captions", [{**shown, "name": "videogen_shown_total"}])
    with pytest.raises(InputError, match="is something else"):
        service.register_metrics("captions", [{**shown, "labels": {}}])
    exporter.close()
    again = Exporter(exporter.config)
    again.round()
    assert values(again)["videogen_captions_shown_total fr"] == 0.0
    again.close()


def test_what_cannot_be_recorded_is_told_once_and_raises_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service = MonitoringService(config_in(tmp_path))
    for _ in range(3):
        service.record_metric("videogen_denoise_step_second", 1.0)
        service.record_metric("videogen_denoise_steps_total", "many")  # type: ignore[arg-type]
        service.record_metric("videogen_denoise_step_seconds", float("nan"))
    assert caplog.text.count("did you mean 'videogen_denoise_step_seconds'") == 1
    assert caplog.text.count("'many' is not a number") == 1


def test_operations_and_events_are_measured_and_counted(tmp_path: Path, exporter: Exporter) -> None:
    collector = MonitoringService(exporter.config).collector
    with pytest.raises(ZeroDivisionError), collector.measure_latency("decode"):
        _ = 1 / 0
    collector.count_events("sensor_takes_over")
    collector.count_events("something else")
    exporter.round()
    exporter.round()
    found = values(exporter)
    assert found["videogen_operation_seconds_count decode"] == 1.0
    assert found["videogen_events_total sensor_takes_over"] == 1.0
    assert found["videogen_events_total other"] == 1.0


def test_resources_of_the_machine_are_read(tmp_path: Path) -> None:
    from videogen.monitoring.sources.host import Host

    usage = MetricsCollector(lambda *_: None, host=Host({"store": tmp_path}, gpu=False).read).track_resource_usage()
    assert 0 < usage.values["videogen_host_memory_available_bytes"] <= usage.values["videogen_host_memory_size_bytes"]
    assert usage.values['videogen_disk_free_bytes{place="store"}'] > 0


def test_values_of_every_minute_are_kept_and_come_back_after_a_restart(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    now = datetime.now(UTC)
    exporter = Exporter(config)
    exporter.round(now - timedelta(minutes=2))
    exporter.round(now)
    exporter.close()
    rows = Warehouse(config.paths.warehouse).query("SELECT DISTINCT sampled_at FROM metric_samples")
    assert len(rows) == 2
    again = Exporter(config)
    again.begin()
    ((_, series),) = again.alerts.evaluator.history.matching("videogen_host_load_ratio", {})
    assert len(series.times(0.0, now.timestamp() + 60)) == 2
    again.close()


def test_old_minutes_become_hourly_means_and_old_means_go(tmp_path: Path) -> None:
    from videogen.monitoring.metrics.instruments import Sample

    root = str(tmp_path / "warehouse")
    table = SamplesTable(root, ["videogen_host_cpu_ratio"])
    begun = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
    for minute in range(90):
        table.add([Sample("videogen_host_cpu_ratio", (), float(minute))], begun + timedelta(minutes=minute))
    keep = {"keep_minutes": timedelta(days=14), "keep_hours": timedelta(days=30)}
    assert table.compact(**keep, now=begun + timedelta(days=3)) == 0
    table.compact(**keep, now=begun + timedelta(days=16))
    rows = Warehouse(root).query("SELECT value FROM metric_samples ORDER BY sampled_at")
    assert list(rows["value"]) == [29.5, 74.5]
    table.compact(**keep, now=begun + timedelta(days=40))
    assert len(Warehouse(root).query("SELECT * FROM metric_samples")) == 0


@pytest.fixture
def client(exporter: Exporter) -> TestClient:
    exporter.round()
    return TestClient(monitor_app(exporter, lambda: WELL, frozenset({"testserver"})), raise_server_exceptions=True)


def test_the_page_shows_alerts_checks_and_every_panel_without_scripts(exporter: Exporter, client: TestClient) -> None:
    exporter.alerts.trigger_alert("below_target", {"problem": "<script>alert(1)</script> is bad"})
    text = client.get("/").text
    assert "&lt;script&gt;" in text
    assert "<script" not in text
    assert "&lt;fine&gt;" in text
    assert text.count("<svg") == 30
    assert re.search(r"Processor.*?cores in use: \d", text)
    assert client.get("/?hours=24").status_code == client.get("/?hours=x").status_code == 200
    assert client.get("/").headers["content-security-policy"].startswith("default-src 'none'")


def test_metrics_health_and_readiness_are_served(exporter: Exporter, client: TestClient) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json()["status"] == "healthy"
    assert "videogen_build_info" in client.get("/metrics").text
    openmetrics = client.get("/metrics", headers={"Accept": "application/openmetrics-text"})
    assert openmetrics.text.endswith("# EOF\n")
    exporter.round_at = datetime.now(UTC) - timedelta(minutes=5)
    assert client.get("/healthz").status_code == 503


def test_other_names_for_this_machine_are_refused(client: TestClient) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 421


def test_before_the_first_round_there_are_no_metrics(exporter: Exporter) -> None:
    app = monitor_app(exporter, lambda: WELL, frozenset({"testserver"}))
    assert TestClient(app).get("/metrics").status_code == 503


def test_alerts_of_alertmanager_are_kept_where_prometheus_evaluates(tmp_path: Path) -> None:
    exporter = Exporter(config_in(tmp_path, monitoring__evaluation="prometheus"))
    exporter.round()
    client = TestClient(monitor_app(exporter, lambda: WELL, frozenset({"testserver"})))
    alert = {"status": "firing", "labels": {"alertname": "RunCrashed", "severity": "critical", "job_name": "generate_video"},
             "annotations": {"summary": "it died", "remedy": "retry it"}, "startsAt": "2026-11-30T12:00:00Z"}  # fmt: skip
    body = {"version": "4", "alerts": [alert]}
    assert client.post("/alertmanager", json=body).status_code == 204
    (kept,) = exporter.alerts.book().alerts.values()
    assert (kept.rule, kept.severity, kept.labels, kept.origin) == (
        "RunCrashed", "critical", {"job_name": "generate_video"}, "alertmanager",
    )  # fmt: skip
    assert client.post("/alertmanager", json={"alerts": [{**alert, "status": "resolved"}]}).status_code == 204
    assert exporter.alerts.book().alerts == {}
    assert client.post("/alertmanager", content=b"[1]").status_code == 400
    assert client.post("/alertmanager", content=b"x" * 1_100_000).status_code == 413
    exporter.close()


def test_checks_that_hang_or_break_are_unhealthy_and_the_others_are_told(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("videogen.monitoring.health.LIMIT", 2.0)
    release = threading.Event()

    def hangs() -> Any:
        release.wait(30)
        return "healthy", "late", ""

    def breaks() -> Any:
        raise StorageError("the disk is gone", remedy="bring it back")

    found = system_health(config_in(tmp_path), {"slow": hangs, "broken": breaks})
    release.set()
    checks = {check.name: check for check in found.checks}
    assert found.status == "unhealthy"
    assert checks["slow"].found == "no answer within 2 s"
    assert (checks["broken"].found, checks["broken"].remedy) == ("the disk is gone", "bring it back")
    assert checks["store"].status == "healthy"
    assert json.loads(found.model_dump_json())["checks"]
