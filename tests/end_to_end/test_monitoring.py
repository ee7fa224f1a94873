"""Monitoring from end to end: a real daemon, runs that end, hang and are killed, real Prometheus and Alertmanager.

Everything runs at once, so that the waiting overlaps; limits are shorter than the shipped ones where noted.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from tests.dagster_helpers import places
from tests.end_to_end.pages import free_port
from tests.tiny_models import SETTINGS
from videogen.config.config import PROJECT_ROOT, VideoGenConfig
from videogen.monitoring.alerts.prometheus import rules_file
from videogen.monitoring.alerts.rules import AlertConfig, load_rules

_MISSING = [name for name in ("prometheus", "prometheus-alertmanager", "promtool") if shutil.which(name) is None]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(bool(_MISSING), reason=f"Debian's packages of Prometheus are not installed: {_MISSING}"),
]
RULES: dict[str, Any] = {
    "rules": {
        # Shipped: 120 s. Here the daemon gives a sign of life every three seconds, not every 30.
        "DaemonDead": {"above": 20, "clear": 15, "keep_firing_for": "2s"},
        # Shipped: 15 minutes.
        "RunWaitsTooLong": {"above": 10, "clear": 8, "for": "2s", "keep_firing_for": "2s"},
        # Shipped: ten minutes. It ends when the crash is older than its window.
        "RunCrashed": {"query": {"window": "30s"}, "keep_firing_for": "2s"},
    },
    "receivers": {"ops": {"kind": "webhook", "url": "OPS_URL", "key": "OPS_KEY"}},
    "routes": [{"to": ["ops"], "group_wait": 1, "group_by": ["rule"]}],
}
EXPECTED = ("RunCrashed", "RunWaitsTooLong", "DaemonDead")
# What this machine does not have.
WITHOUT_DATA = ("videogen_gpu_",)


class Hook:
    """A webhook on this machine: JSON bodies with the time at which they came."""

    def __init__(self) -> None:
        self.bodies: list[tuple[float, dict[str, Any]]] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                hook.bodies.append((time.time(), body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class System:
    """All processes, in one folder that everybody can pass through."""

    def __init__(self, folder: Path, models: Path) -> None:
        self.folder = folder
        self.port, self.prometheus, self.alertmanager = free_port(), free_port(), free_port()
        self.built_in, self.by_prometheus = Hook(), Hook()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        (folder / "own.yaml").write_text(yaml.safe_dump(RULES), encoding="utf-8")
        changes = {
            "paths.models": str(models),
            "monitoring.port": self.port,
            "monitoring.interval": 2.0,
            "monitoring.rules": str(folder / "own.yaml"),
            "release.automatic": False,
        }
        self.config = VideoGenConfig.load(None, SETTINGS | places(folder) | changes)
        (folder / "config.yaml").write_text(self.config.to_yaml(), encoding="utf-8")
        home = folder / "home"
        home.mkdir()
        text = (PROJECT_ROOT / "dagster_home" / "dagster.yaml").read_text(encoding="utf-8")
        # The queue is stuck: nothing ordinary leaves it.
        (home / "dagster.yaml").write_text(text.replace("limit: 4", "limit: 0"), encoding="utf-8")
        dg.DagsterInstance.from_config(str(home)).dispose()
        self.environment = os.environ | {
            "DAGSTER_HOME": str(home),
            "PYTHONPATH": str(PROJECT_ROOT),
            "VIDEOGEN_CONFIG": str(folder / "config.yaml"),
            "OPS_URL": self.built_in.url,
            "OPS_KEY": "not-a-real-key",
        }
        self.rules: AlertConfig = load_rules(PROJECT_ROOT / "config" / "alerts.yaml", folder / "own.yaml")

    @property
    def instance(self) -> dg.DagsterInstance:
        return dg.DagsterInstance.from_config(str(self.folder / "home"))

    def start(self, name: str, *command: object) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                [str(word) for word in command],
                cwd=PROJECT_ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self.running[name]

    def videogen(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        return self.start(name, sys.executable, "-m", "videogen_dagster.cli", *arguments)

    def start_prometheus(self) -> None:
        """Prometheus and Alertmanager as nobody, on the loopback only."""
        place = self.folder / "prometheus"
        (place / "data").mkdir(parents=True)
        (place / "alertmanager").mkdir()
        (place / "rules.yml").write_text(rules_file(self.rules, step=2), encoding="utf-8")
        targets = [{"targets": [f"127.0.0.1:{self.port}"]}]
        managers = [{"static_configs": [{"targets": [f"127.0.0.1:{self.alertmanager}"]}]}]
        scrape = {"job_name": "videogen", "static_configs": targets}
        given = {
            "global": {"scrape_interval": "2s", "evaluation_interval": "2s"},
            "rule_files": ["rules.yml"],
            "alerting": {"alertmanagers": managers},
            "scrape_configs": [scrape],
        }
        (place / "prometheus.yml").write_text(yaml.safe_dump(given), encoding="utf-8")
        route = {"receiver": "hook", "group_by": ["alertname"], "group_wait": "1s", "group_interval": "2s"}
        hook = {"name": "hook", "webhook_configs": [{"url": self.by_prometheus.url, "send_resolved": True}]}
        manager = {"route": route, "receivers": [hook]}
        (place / "alertmanager.yml").write_text(yaml.safe_dump(manager), encoding="utf-8")
        subprocess.run(["promtool", "check", "config", place / "prometheus.yml"], check=True, capture_output=True)
        lowered: list[str] = []
        if os.geteuid() == 0:
            lowered = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]
            for path in (place, *place.rglob("*")):
                os.chown(path, 65534, 65534)
        self.start(
            "prometheus.server", *lowered, "prometheus", f"--config.file={place / 'prometheus.yml'}",
            f"--storage.tsdb.path={place / 'data'}", f"--web.listen-address=127.0.0.1:{self.prometheus}",
            "--enable-feature=exemplar-storage", "--log.level=warn",
        )  # fmt: skip
        self.start(
            "alertmanager", *lowered, "prometheus-alertmanager", f"--config.file={place / 'alertmanager.yml'}",
            f"--storage.path={place / 'alertmanager'}", f"--web.listen-address=127.0.0.1:{self.alertmanager}",
            "--cluster.listen-address=", "--log.level=warn",
        )  # fmt: skip

    def ask(self, query: str) -> list[dict[str, Any]]:
        """What Prometheus answers now."""
        address = f"http://127.0.0.1:{self.prometheus}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
        with urllib.request.urlopen(address, timeout=20) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
            return found

    def told(self, rule: str, state: str) -> tuple[bool, bool]:
        """Whether the built-in delivery and Alertmanager have told it."""
        own = any(
            alert["rule"] == rule and (body["kind"] == "resolved") == (state == "resolved")
            for _, body in self.built_in.bodies
            for alert in body["alerts"]
        )
        theirs = any(
            alert["labels"]["alertname"] == rule and alert["status"] == state
            for _, body in self.by_prometheus.bodies
            for alert in body["alerts"]
        )
        return own, theirs

    def until(self, look: Callable[[], Any], what: str, seconds: float = 240) -> Any:
        """The first answer that is not empty; where there is none in time, the logs of all processes."""
        deadline = time.monotonic() + seconds
        while True:
            with suppress(OSError):
                if found := look():
                    return found
            assert time.monotonic() < deadline, f"it took too long until {what}\n{self._logs()}"
            time.sleep(0.25)

    def _logs(self) -> str:
        logs = sorted(self.folder.glob("*.log"))
        return "".join(f"--- {log.name}\n{log.read_text(encoding='utf-8', errors='replace')[-2500:]}\n" for log in logs)

    def stop(self) -> None:
        for process in reversed(self.running.values()):
            if process.poll() is None:
                process.terminate()
        for process in self.running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()
            process.wait()
        self.built_in.close()
        self.by_prometheus.close()


@pytest.fixture(scope="module")
def system(tiny_models: Path) -> Iterator[System]:
    folder = Path(tempfile.mkdtemp(prefix="videogen-monitoring-"))
    folder.chmod(0o755)
    made = System(folder, tiny_models)
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


def test_what_goes_wrong_is_seen_told_and_over_by_both_evaluations(system: System) -> None:
    system.videogen("monitor", "monitor")
    system.start_prometheus()
    daemon = system.start(
        "daemon", sys.executable, "-m", "tests.end_to_end.quick_daemon", "run", "-w", PROJECT_ROOT / "workspace.yaml"
    )
    address = f"http://127.0.0.1:{system.port}"
    system.until(lambda: urllib.request.urlopen(f"{address}/healthz", timeout=10).status == 200, "the monitor is up")
    inbox = Path(system.config.paths.inbox)
    inbox.mkdir()
    (inbox / "stuck.jsonl").write_text('{"prompt": "a red bus"}\n', encoding="utf-8")
    instance = system.instance
    # One after the other: a run that was killed holds its place in the pool until somebody ends it.
    good = system.videogen("good", "generate", "a blue boat", "--no-regenerate")
    system.until(lambda: good.poll() is not None, "the good run has ended")
    assert good.returncode == 0
    doomed = system.videogen("doomed", "generate", "a red boat", "--no-regenerate")

    def of(process: subprocess.Popen[bytes]) -> dg.DagsterRun | None:
        begun = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        return next((run for run in begun if any(f":{process.pid}:" in value for value in run.tags.values())), None)

    victim = system.until(lambda: of(doomed), "the run that will be killed has begun", 100)
    doomed.send_signal(signal.SIGKILL)
    killed_at = time.time()
    system.until(lambda: system.told("RunCrashed", "firing") == (True, True), "the crash is told", 90)
    first = min(at for at, body in system.built_in.bodies for one in body["alerts"] if one["rule"] == "RunCrashed")
    print(f"a killed run was told after {first - killed_at:.1f} s")
    assert first - killed_at < 60

    system.until(lambda: system.told("RunWaitsTooLong", "firing") == (True, True), "the stuck queue is told")
    waiting = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED]))
    assert len(waiting) == 1
    ended = 'videogen_runs_ended_total{job_name="generate_video",outcome="success"}'
    system.until(lambda: [one for one in system.ask(ended) if one["value"][1] == "1"], "the good run is counted")

    daemon.kill()
    daemon.wait()
    died_at = time.time()
    instance.report_run_canceled(waiting[0])
    queries = _dashboard_queries()
    empty = [query for query in queries if not system.ask(query)]
    assert [query for query in empty if not any(name in query for name in WITHOUT_DATA)] == []
    system.until(lambda: system.told("RunWaitsTooLong", "resolved") == (True, True), "the queue is free again")
    system.until(lambda: system.told("DaemonDead", "firing") == (True, True), "the dead daemon is told")
    print(f"a dead daemon was told after {time.time() - died_at:.1f} s, with a limit of 20 s")
    system.until(lambda: system.told("RunCrashed", "resolved") == (True, True), "the crash is over")

    text = urllib.request.urlopen(f"{address}/metrics", timeout=10).read().decode()
    series = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(series) <= 1500
    (alert_id,) = {
        one["id"] for _, body in system.built_in.bodies for one in body["alerts"] if one["rule"] == "RunCrashed"
    }
    report = subprocess.run(
        [sys.executable, "-m", "videogen_dagster.cli", "monitor", "report", alert_id],
        cwd=PROJECT_ROOT, env=system.environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    page = Path(report.stdout.strip()).read_text(encoding="utf-8")
    assert victim.run_id in page
    assert "RunWaitsTooLong fires" in page
    if keep := os.environ.get("KEEP_INCIDENT"):
        shutil.copytree(Path(report.stdout.strip()).parent, keep, dirs_exist_ok=True)
        for hours in (1, 6):
            shown = urllib.request.urlopen(f"{address}/?hours={hours}", timeout=30).read()
            (Path(keep) / f"page{hours}.html").write_bytes(shown)


def _dashboard_queries() -> list[str]:
    found = []
    for path in sorted((PROJECT_ROOT / "monitoring" / "grafana" / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            found += [re.sub(r"\$\w+", "", target["expr"]) for target in panel["targets"]]
    return found
