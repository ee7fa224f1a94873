"""What is written for Prometheus: accepted by its own tools, and in step with the built-in evaluation."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.videogen.monitoring.alerts_helpers import RULE
from videogen.config.config import PROJECT_ROOT
from videogen.monitoring.alerts.phase import Progress, advance
from videogen.monitoring.alerts.prometheus import rules_file
from videogen.monitoring.alerts.rules import AlertConfig, checked_rules, load_rules
from videogen.monitoring.files import files_of
from videogen.monitoring.metrics.catalogue import CATALOGUE
from videogen.monitoring.metrics.history import History
from videogen.monitoring.metrics.instruments import Sample
from videogen.monitoring.panels.definitions import DASHBOARDS, PANELS

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="Debian's package prometheus is not installed"
)
FOLDER = PROJECT_ROOT / "monitoring"


def promtool(*arguments: object) -> str:
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def shipped() -> AlertConfig:
    return load_rules(PROJECT_ROOT / "config" / "alerts.yaml")


def test_the_files_in_the_repository_are_those_of_the_rules_and_panels(shipped: AlertConfig) -> None:
    for name, content in files_of(shipped, 9464).items():
        assert (FOLDER / name).read_text(encoding="utf-8") == content, "run: videogen monitor rules --out monitoring"


@needs_promtool
def test_prometheus_accepts_rules_and_configuration() -> None:
    promtool("check", "rules", FOLDER / "prometheus" / "rules.yml")
    promtool("check", "config", FOLDER / "prometheus" / "prometheus.yml")


@needs_promtool
def test_every_rule_fires_and_stays_quiet_in_its_unit_tests() -> None:
    promtool("test", "rules", FOLDER / "prometheus" / "rules_test.yml")


@pytest.mark.skipif(shutil.which("amtool") is None, reason="Debian's package prometheus-alertmanager is not installed")
def test_alertmanager_accepts_its_configuration() -> None:
    path = FOLDER / "alertmanager" / "alertmanager.yml"
    subprocess.run(["amtool", "check-config", path], check=True, capture_output=True)


def test_dashboards_ask_only_for_metrics_of_the_catalogue() -> None:
    uids, ids = set(), set()
    for path in sorted((FOLDER / "grafana" / "dashboards").glob("*.json")):
        dashboard = json.loads(path.read_text(encoding="utf-8"))
        assert "__inputs" not in dashboard
        assert dashboard["templating"]["list"][0]["type"] == "datasource"
        uids.add(dashboard["uid"])
        for panel in dashboard["panels"]:
            ids.add((dashboard["uid"], panel["id"]))
            assert panel["fieldConfig"]["defaults"]["unit"]
            for target in panel["targets"]:
                named = set(re.findall(r"videogen_[a-z_]+", target["expr"]))
                assert {name.removesuffix("_bucket") for name in named} <= set(CATALOGUE)
                assert named
    assert len(uids) == len(DASHBOARDS) == 5
    assert len(ids) == len(PANELS)


# One random series a case; the rules differ in what can go apart: hysteresis, hold, keep firing, counters, quantiles.
STEP = 15
ROUNDS = 70
CASES: dict[str, dict[str, Any]] = {
    "Plain": {"above": 5},
    "Held": {"above": 5, "for": "45s"},
    "Kept": {"above": 5, "keep_firing_for": "1m"},
    "Between": {"above": 7, "clear": 3, "for": "30s", "keep_firing_for": "30s"},
    "Below": {"below": 3, "clear": 6, "for": "15s"},
    "Growing": {"query": {"metric": "videogen_videos_total", "value": "increase", "window": "2m"}, "above": 6},
    "Rate": {
        "query": {"metric": "videogen_videos_total", "value": "rate", "window": "90s"},
        "above": 0.05,
        "clear": 0.02,
    },
    "Age": {"query": {"metric": "videogen_inbox_oldest_timestamp_seconds", "value": "age"}, "above": 60, "for": "30s"},
    "Quantile": {
        "query": {"metric": "videogen_generation_seconds", "value": "quantile", "quantile": 0.8, "window": "2m"},
        # Not at a bucket's bound, where the last digit of a division decides.
        "above": 5.3,
        "clear": 3.1,
    },
    "Gone": {"query": {"metric": "videogen_emergency_level", "value": "absent"}, "above": 0, "for": "45s"},
}
SEEDS = range(8)


def series_of(name: str, seed: int) -> dict[str, list[float | None]]:
    """Series in Prometheus' notation → one value each step; None: it is not there, and marked as stale."""
    draw = random.Random(f"{name} {seed}")
    values: list[float | None] = []
    if name in ("Growing", "Rate"):
        total = 0.0
        for _ in range(ROUNDS):
            total = 0.0 if draw.random() < 0.05 else total + draw.choice([0, 0, 0, 1, 2, 5])
            values.append(total)
        return {'videogen_videos_total{profile="tiny"}': values}
    if name == "Age":
        last = 1.0
        for index in range(ROUNDS):
            last = index * STEP + 1.0 if draw.random() < 0.2 else last
            values.append(last)
        return {"videogen_inbox_oldest_timestamp_seconds": values}
    if name == "Gone":
        there = True
        for _ in range(ROUNDS):
            there = not there if draw.random() < 0.2 else there
            values.append(1.0 if there else None)
        return {"videogen_emergency_level": values}
    if name == "Quantile":
        counts = {"2.5": 0.0, "5.0": 0.0, "10.0": 0.0, "+Inf": 0.0}
        rows: dict[str, list[float | None]] = {bound: [] for bound in counts}
        for _ in range(ROUNDS):
            for bound in list(counts)[draw.randrange(4) :]:
                counts[bound] += draw.choice([0.0, 1.0, 1.0])
            highest = 0.0
            for bound, count in counts.items():
                highest = counts[bound] = max(highest, count)
                rows[bound].append(counts[bound])
        return {f'videogen_generation_seconds_bucket{{le="{bound}"}}': values for bound, values in rows.items()}
    level = 5.0
    for _ in range(ROUNDS):
        level = min(max(level + draw.uniform(-3, 3), 0.0), 10.0)
        values.append(round(level, 2))
    return {"videogen_host_load_ratio": values}


def built_in(rule: Any, series: dict[str, list[float | None]]) -> list[bool]:
    """Whether the rule fires, round by round."""
    history, progress, found = History(), Progress(), []
    for index in range(ROUNDS):
        now = float(index * STEP)
        history.add(now, [_sample(name, values[index]) for name, values in series.items() if values[index] is not None])
        answers = rule.query.answer(history, now)
        met = any(rule.holds(value, firing=progress.phase == "firing") for value in answers.values())
        progress = advance(progress, met, now, hold=rule.hold, keep_firing_for=rule.keep_firing_for)
        found.append(progress.phase == "firing")
    return found


def _sample(name: str, value: float | None) -> Sample:
    labels = re.findall(r'(\w+)="([^"]*)"', name)
    assert value is not None
    return Sample(name.partition("{")[0], tuple(labels), value)


@needs_promtool
def test_the_built_in_evaluation_fires_exactly_when_prometheus_does(tmp_path: Path) -> None:
    rules = {name: {**RULE, "summary": "Something is too high", **case} for name, case in CASES.items()}
    for name, case in CASES.items():
        if "below" in case:
            del rules[name]["above"]
    config = checked_rules({"rules": rules, "receivers": {}, "routes": []}, "cases")
    (tmp_path / "rules.yml").write_text(rules_file(config, annotations=False, step=STEP), encoding="utf-8")
    tests, fired, changes = [], 0, 0
    for name in CASES:
        for seed in SEEDS:
            series = series_of(name, seed)
            firing = built_in(config.rules[name], series)
            fired += any(firing)
            changes += sum(before != after for before, after in pairwise(firing))
            tests.append(
                {
                    "interval": f"{STEP}s",
                    "input_series": [
                        {"series": key, "values": " ".join("stale" if v is None else repr(v) for v in values)}
                        for key, values in series.items()
                    ],
                    "alert_rule_test": [
                        {
                            "alertname": name,
                            "eval_time": f"{index * STEP}s",
                            "exp_alerts": [{"exp_labels": {"severity": "warning"}}] if fires else [],
                        }
                        for index, fires in enumerate(firing)
                    ],
                }
            )
    assert fired > 60, "the series must make most rules fire, or nothing is compared"
    assert changes > 250
    content = {"rule_files": ["rules.yml"], "evaluation_interval": f"{STEP}s", "tests": tests}
    (tmp_path / "test.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    promtool("test", "rules", tmp_path / "test.yml")
